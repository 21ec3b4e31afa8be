/* SPDX-License-Identifier: Apache-2.0
 *
 * ftp-data: what FTP transfers, in sessions that its control connection announced. All of it is
 * content.
 */
#include "parser/parser.h"

/* Nothing in the bytes says when they end: the session does. */
static enum parse_result ftp_data_parse(struct parse *p, struct cursor *in)
{
    if (!p->expected)
        return PARSE_REJECT;
    parse_commit(p, in);
    parse_pass(p, UINT64_MAX / 4, BUFFER_BODY, BUFFER_BEGINS);
    return PARSE_MATCH;
}

static bool ftp_data_probe(enum dir from, struct span first)
{
    (void)from;
    (void)first;
    return false;
}

static void ftp_data_gap(struct parse *p, uint64_t missing)
{
    (void)p;
    (void)missing;
}

const struct parser parser_ftp_data = {
    .name = "ftp-data",
    .evidence = "announced by an FTP session",
    .app = APP_FTP_DATA,
    .transports = OVER_TCP,
    .first = EITHER_FIRST,
    .max_pending = 0,
    .probe = ftp_data_probe,
    .parse = ftp_data_parse,
    .gap = ftp_data_gap,
};
