/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rtp.h"

enum { VERSION = 2, RTCP_FIRST = 192, RTCP_LAST = 223, SECONDS = 60 };

/* RFC 3550 section 5.1 and RFC 5761 section 4: the second byte tells the two apart. */
static enum parse_result rtp_parse(struct parse *p, struct cursor *in)
{
    uint8_t first = cur_u8(in), second = cur_u8(in);

    if (in->state != CUR_OK || first >> 6 != VERSION)
        return PARSE_REJECT;
    if (second >= RTCP_FIRST && second <= RTCP_LAST)
        parse_app(p, APP_RTCP);
    parse_commit(p, in);
    return PARSE_DONE;
}

static bool rtp_probe(enum dir from, struct span first)
{
    (void)from;
    return first.p[0] >> 6 == VERSION;
}

const struct parser parser_rtp = {
    .name = "rtp",
    .evidence = "announced by RTSP or SIP",
    .app = APP_RTP,
    .transports = OVER_UDP,
    .first = EITHER_FIRST,
    .max_pending = UINT16_MAX,
    .probe = rtp_probe,
    .parse = rtp_parse,
};

static void announce(struct parse *p, enum dir whose, uint16_t port, enum app app)
{
    parse_expect(p, &(struct announce){.parser = &parser_rtp,
                                       .app = app,
                                       .opener = whose == DIR_CLIENT ? DIR_SERVER : DIR_CLIENT,
                                       .transport = OVER_UDP,
                                       .port = port,
                                       .port_of = whose,
                                       .seconds = SECONDS});
}

void rtp_announce(struct parse *p, enum dir whose, uint16_t port)
{
    if (port == 0)
        return;
    announce(p, whose, port, APP_RTP);
    if (port < UINT16_MAX)
        announce(p, whose, (uint16_t)(port + 1), APP_RTCP);
}
