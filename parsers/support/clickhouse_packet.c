/* SPDX-License-Identifier: Apache-2.0
 *
 * clickhouse_packet: see clickhouse_packet.h.
 */
#include "support/clickhouse_packet.h"

/* From which revision on something is there. */
enum since {
    SINCE_TIME_ZONE = 54058,
    SINCE_QUOTA_KEY = 54060,
    SINCE_DISPLAY_NAME = 54372,
    SINCE_PATCH = 54401,
    SINCE_WRITTEN = 54420,
    SINCE_SETTINGS_AS_TEXT = 54429,
    SINCE_SECRET = 54441,
    SINCE_TELEMETRY = 54442,
    SINCE_FORWARDED = 54443,
    SINCE_REFERER = 54447,
    SINCE_DEPTH = 54448,
    SINCE_START_TIME = 54449,
    SINCE_REPLICAS = 54453,
    SINCE_SERIALIZATION = 54454,
    SINCE_ADDENDUM = 54458,
    SINCE_ELAPSED = 54460,
    SINCE_PASSWORD_RULES = 54461,
    SINCE_NONCE = 54462,
    SINCE_TOTAL_BYTES = 54463,
    SINCE_AGGREGATION = 54469,
    SINCE_CHUNKED = 54470,
    SINCE_REPLICAS_VERSION = 54471,
    SINCE_ROLES = 54472,
    SINCE_SERVER_SETTINGS = 54474,
    SINCE_LINE_NUMBERS = 54475,
    SINCE_JWT = 54476,
    SINCE_QUERY_PLAN = 54477,
    SINCE_CLUSTER_FUNCTION = 54479,
};

enum {
    REVISION_FIRST = 50264,
    REVISION_LAST = 55999,
    VERSION_MOST = 100, /* years and months */
    NAME_MOST = 128,
    ID_MOST = 128,
    RULES_MOST = 256,
    BLOCK_EMPTY = 16, /* bytes of a block without columns, before it is compressed */
    STAGES = 8,
};

uint64_t ch_number(struct cursor *c)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = cur_u8(c);

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    cur_fail(c);
    return 0;
}

struct span ch_text(struct cursor *c)
{
    uint64_t n = ch_number(c);

    if (n > CH_TEXT_MAX)
        cur_fail(c);
    return cur_span(c, (size_t)n);
}

static struct span read_name(struct cursor *c, size_t most)
{
    uint64_t n = ch_number(c);
    struct span s;

    if (n > most)
        cur_fail(c);
    s = cur_span(c, (size_t)n);
    if (!span_printable(s))
        cur_fail(c);
    return s;
}

static void numbers_skip(struct cursor *c, unsigned n)
{
    for (; n; n--)
        (void)ch_number(c);
}

static void hello_read(struct cursor *c, struct ch_hello *h)
{
    *h = (struct ch_hello){.name = read_name(c, NAME_MOST)};
    h->major = ch_number(c);
    h->minor = ch_number(c);
    h->revision = ch_number(c);
    if (c->state != CUR_OK)
        return;
    if (h->name.n < 3 || h->major > VERSION_MOST || h->minor > VERSION_MOST ||
        h->revision < REVISION_FIRST || h->revision > REVISION_LAST)
        cur_fail(c);
}

void ch_client_hello_read(struct cursor *c, struct ch_hello *h)
{
    hello_read(c, h);
    h->database = ch_text(c);
    h->user = ch_text(c);
    (void)ch_text(c); /* the password */
}

void ch_server_hello_read(struct cursor *c, struct ch_hello *h)
{
    hello_read(c, h);
}

static void rules_skip(struct cursor *c)
{
    uint64_t n = ch_number(c);

    if (n > RULES_MOST)
        cur_fail(c);
    for (; n && c->state == CUR_OK; n--) {
        (void)ch_text(c);
        (void)ch_text(c);
    }
}

void ch_server_tail_read(struct cursor *c, uint32_t revision, struct ch_hello *h)
{
    if (revision >= SINCE_REPLICAS_VERSION)
        numbers_skip(c, 1);
    if (revision >= SINCE_TIME_ZONE)
        (void)ch_text(c);
    if (revision >= SINCE_DISPLAY_NAME)
        (void)ch_text(c);
    if (revision >= SINCE_PATCH)
        h->patch = ch_number(c);
    if (revision >= SINCE_CHUNKED) {
        (void)ch_text(c);
        (void)ch_text(c);
    }
    if (revision >= SINCE_PASSWORD_RULES)
        rules_skip(c);
    if (revision >= SINCE_NONCE)
        cur_skip(c, 8);
    if (revision >= SINCE_SERVER_SETTINGS)
        ch_settings_skip(c);
    if (revision >= SINCE_QUERY_PLAN)
        numbers_skip(c, 1);
    if (revision >= SINCE_CLUSTER_FUNCTION)
        numbers_skip(c, 1);
}

bool ch_addendum_read(struct cursor *c, uint32_t revision)
{
    struct span sends = {NULL, 0}, receives = {NULL, 0};

    if (revision >= SINCE_ADDENDUM)
        (void)ch_text(c);
    if (revision >= SINCE_CHUNKED) {
        sends = ch_text(c);
        receives = ch_text(c);
    }
    if (revision >= SINCE_REPLICAS_VERSION)
        numbers_skip(c, 1);
    return span_equal(sends, SPAN("chunked")) || span_equal(receives, SPAN("chunked"));
}

void ch_settings_skip(struct cursor *c)
{
    while (c->state == CUR_OK) {
        struct span name = ch_text(c);

        if (name.n == 0)
            return;
        numbers_skip(c, 1);
        (void)ch_text(c);
    }
}

/* ---- queries ---- */

static void over_tcp_skip(struct cursor *c)
{
    (void)ch_text(c);
    (void)ch_text(c);
    (void)ch_text(c);
    numbers_skip(c, 3);
}

static void over_http_skip(struct cursor *c, uint32_t revision)
{
    cur_skip(c, 1);
    (void)ch_text(c);
    if (revision >= SINCE_FORWARDED)
        (void)ch_text(c);
    if (revision >= SINCE_REFERER)
        (void)ch_text(c);
}

static void telemetry_skip(struct cursor *c)
{
    uint8_t there = cur_u8(c);

    if (there > 1)
        cur_fail(c);
    if (there != 1)
        return;
    cur_skip(c, 16 + 8);
    (void)ch_text(c);
    cur_skip(c, 1);
}

static void origin_skip(struct cursor *c, uint32_t revision)
{
    uint8_t interface;

    (void)ch_text(c);                /* first user */
    (void)read_name(c, ID_MOST);     /* first query */
    (void)read_name(c, CH_TEXT_MAX); /* from where */
    if (revision >= SINCE_START_TIME)
        cur_skip(c, 8);
    interface = cur_u8(c);
    if (interface < 1 || interface > 2)
        cur_fail(c);
    if (interface == 1)
        over_tcp_skip(c);
    else
        over_http_skip(c, revision);
    if (revision >= SINCE_QUOTA_KEY)
        (void)ch_text(c);
    if (revision >= SINCE_DEPTH)
        numbers_skip(c, 1);
    if (revision >= SINCE_PATCH && interface == 1)
        numbers_skip(c, 1);
    if (revision >= SINCE_TELEMETRY)
        telemetry_skip(c);
    if (revision >= SINCE_REPLICAS)
        numbers_skip(c, 3);
    if (revision >= SINCE_LINE_NUMBERS)
        numbers_skip(c, 2);
    if (revision >= SINCE_JWT && cur_u8(c))
        (void)ch_text(c);
}

void ch_query_read(struct cursor *c, uint32_t revision, struct ch_query *q)
{
    uint8_t kind;
    uint64_t stage, compression;

    *q = (struct ch_query){.id = read_name(c, ID_MOST)};
    kind = cur_u8(c);
    if (kind > 2)
        cur_fail(c);
    if (kind)
        origin_skip(c, revision);
    if (revision >= SINCE_SETTINGS_AS_TEXT)
        ch_settings_skip(c);
    else if (ch_text(c).n) /* their values would have to be known by name */
        cur_fail(c);
    if (revision >= SINCE_ROLES)
        (void)ch_text(c);
    if (revision >= SINCE_SECRET)
        (void)ch_text(c);
    stage = ch_number(c);
    compression = ch_number(c);
    q->compressed = compression == 1;
    q->text = ch_number(c);
    if (stage > STAGES || compression > 1 || q->text > INT32_MAX)
        cur_fail(c);
}

/* ---- the server's ---- */

void ch_exception_read(struct cursor *c, struct ch_exception *e)
{
    e->code = cur_le32(c);
    e->name = read_name(c, NAME_MOST);
    if (c->state == CUR_OK && !span_starts(e->name, SPAN("DB::")))
        cur_fail(c);
    e->message = ch_text(c);
    (void)ch_text(c);
    e->nested = cur_u8(c) != 0;
}

void ch_progress_skip(struct cursor *c, uint32_t revision)
{
    numbers_skip(c, 3);
    if (revision >= SINCE_TOTAL_BYTES)
        numbers_skip(c, 1);
    if (revision >= SINCE_WRITTEN)
        numbers_skip(c, 2);
    if (revision >= SINCE_ELAPSED)
        numbers_skip(c, 1);
}

void ch_profile_skip(struct cursor *c, uint32_t revision)
{
    numbers_skip(c, 3);
    cur_skip(c, 1);
    numbers_skip(c, 1);
    cur_skip(c, 1);
    if (revision >= SINCE_AGGREGATION) {
        cur_skip(c, 1);
        numbers_skip(c, 1);
    }
}

/* checksum(16) method(1) size(4) size before(4), all little-endian; the size is from the method on.
 */
static bool packed_skip(struct cursor *c)
{
    uint32_t size, before;

    cur_skip(c, 16 + 1);
    size = cur_le32(c);
    before = cur_le32(c);
    if (before > BLOCK_EMPTY || size < 9 || size > 9 + 4 * BLOCK_EMPTY)
        return false;
    cur_skip(c, size - 9);
    return true;
}

bool ch_block_skip(struct cursor *c, uint32_t revision, bool compressed)
{
    uint64_t columns, rows;

    (void)ch_text(c); /* the table's name */
    if (compressed)
        return packed_skip(c);
    for (uint64_t field = ch_number(c); field && c->state == CUR_OK; field = ch_number(c)) {
        if (field > 2)
            return false;
        cur_skip(c, field == 1 ? 1 : 4);
    }
    columns = ch_number(c);
    rows = ch_number(c);
    if (rows)
        return false;
    for (; columns && c->state == CUR_OK; columns--) {
        (void)ch_text(c);
        (void)ch_text(c);
        if (revision >= SINCE_SERIALIZATION && cur_u8(c))
            return false;
    }
    return true;
}
