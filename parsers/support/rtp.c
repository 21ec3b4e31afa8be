/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rtp.h"

enum { SECONDS = 60 };

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
