/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_login: see tds_login.h.
 */
#include "support/tds_login.h"

#include <stdio.h>

/* ---- PRELOGIN ---- */

enum {
    OPTION_VERSION = 0,
    OPTION_ENCRYPTION = 1,
    OPTION_INSTANCE = 2,
    OPTION_MARS = 4,
    OPTION_MOST = 15,
    OPTION_END = 0xff,
    VERSION_SIZE = 6,
    INSTANCE_MOST = 255,
};

struct option {
    uint8_t type;
    struct span value;
};

/* The next entry of the table; false at its end. */
static bool option_next(struct cursor *table, struct span message, struct option *o)
{
    uint16_t at, n;

    o->type = cur_u8(table);
    if (o->type == OPTION_END || table->state != CUR_OK)
        return false;
    at = cur_be16(table);
    n = cur_be16(table);
    if ((size_t)at + n > message.n || o->type > OPTION_MOST)
        cur_fail(table);
    o->value = span_first(span_from(message, at), n);
    return table->state == CUR_OK;
}

bool tds_prelogin_test(struct span message)
{
    struct cursor table = cur_of(message);
    struct option o;

    if (!option_next(&table, message, &o) || o.type != OPTION_VERSION || o.value.n != VERSION_SIZE)
        return false;
    while (option_next(&table, message, &o))
        ;
    return table.state == CUR_OK;
}

static void version_report(struct parse *p, struct span value)
{
    struct cursor c = cur_of(value);
    uint8_t major = cur_u8(&c), minor = cur_u8(&c);
    uint16_t build = cur_be16(&c);
    char text[sizeof("255.255.65535")];

    if (c.state != CUR_OK)
        return;
    snprintf(text, sizeof(text), "%u.%u.%u", major, minor, build);
    parse_text(p, p->dir == DIR_SERVER ? FIELD_TDS_SERVER_VERSION : FIELD_TDS_LIBRARY_VERSION,
               text);
}

static void encryption_report(struct parse *p, struct tds_login *l, struct span value)
{
    static const char *const names[] = {"login", "on", "not supported", "required"};
    uint8_t how = value.n ? value.p[0] & 0x7f : UINT8_MAX; /* the top bit: with a certificate */

    if (p->dir != DIR_SERVER || how >= sizeof(names) / sizeof(names[0]))
        return;
    l->encryption = (uint8_t)(how + 1);
    parse_text(p, FIELD_TDS_ENCRYPTION, names[how]);
}

void tds_prelogin_read(struct parse *p, struct tds_login *l, struct span message)
{
    struct cursor table = cur_of(message);
    struct option o;

    while (option_next(&table, message, &o)) {
        if (o.type == OPTION_VERSION)
            version_report(p, o.value);
        else if (o.type == OPTION_ENCRYPTION)
            encryption_report(p, l, o.value);
        else if (o.type == OPTION_INSTANCE && p->dir == DIR_CLIENT)
            tds_text_field(p, FIELD_TDS_INSTANCE, TDS_TEXT_BYTES,
                           span_first(o.value, span_index(o.value, 0)));
        else if (o.type == OPTION_MARS && p->dir == DIR_SERVER && o.value.n && o.value.p[0])
            parse_uint(p, FIELD_TDS_MARS, 1);
    }
}

/* ---- LOGIN7 ---- */

enum {
    OFFSETS = 36, /* where the table of offsets begins */
    CLIENT_ID = 6,
    CHARACTERS_MOST = 128,
    HOST = 0,
    USER = 1,
    APPLICATION = 3,
    SERVER = 4,
    LIBRARY = 6,
    DATABASE = 8,
    TEXTS = 9,
};

/* The n-th text of the table; empty when it is not here. */
static struct span login7_text(struct span message, unsigned n)
{
    struct cursor c = cur_of(span_from(message, OFFSETS + 4 * (size_t)n));
    uint16_t at = cur_le16(&c), count = cur_le16(&c);

    if (c.state != CUR_OK || count > CHARACTERS_MOST || at + (size_t)2 * count > message.n)
        return span_of("", 0);
    return span_first(span_from(message, at), (size_t)2 * count);
}

static bool is_version7(uint32_t version)
{
    static const uint32_t known[] = {0x70000000, 0x71000000, 0x71000001, 0x72090002,
                                     0x730a0003, 0x730b0003, 0x74000004, 0x08000000};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i] == version)
            return true;
    return false;
}

bool tds_login7_test(struct span message, size_t length)
{
    struct cursor c = cur_of(message);
    uint32_t announced = cur_le32(&c);

    if (!is_version7(cur_le32(&c)) || announced < message.n || (length && announced != length))
        return false;
    cur_skip(&c, OFFSETS - 8);
    for (unsigned i = 0; i < TEXTS; i++) {
        uint16_t at = cur_le16(&c), count = cur_le16(&c);

        if (count && (at < OFFSETS + 4 * TEXTS + CLIENT_ID || at + 2u * count > announced))
            return false;
    }
    return c.state == CUR_OK;
}

static void user_keep(struct tds_login *l, enum tds_text how, struct span text)
{
    struct utf16 u = {.high = 0};
    struct span from = span_first(text, TDS_USER_MOST);

    if (how == TDS_TEXT_UTF16)
        l->user_n = (uint8_t)utf16_to_utf8(&u, &text, (uint8_t *)l->user, TDS_USER_MOST);
    else if (from.n)
        memcpy(l->user, from.p, l->user_n = (uint8_t)from.n);
}

static void tds_version_report(struct parse *p, uint8_t version)
{
    char text[] = {(char)('0' + (version >> 4)), '.', (char)('0' + (version & 15)), '\0'};

    parse_text(p, FIELD_TDS_VERSION, text);
}

void tds_login7_read(struct parse *p, struct tds_login *l, struct span message)
{
    static const struct {
        enum field field;
        unsigned text;
    } wanted[] = {
        {FIELD_TDS_HOST, HOST},       {FIELD_TDS_USER, USER},
        {FIELD_TDS_SERVER, SERVER},   {FIELD_TDS_APPLICATION, APPLICATION},
        {FIELD_TDS_LIBRARY, LIBRARY}, {FIELD_TDS_DATABASE, DATABASE},
    };
    struct cursor c = cur_of(message);

    cur_skip(&c, 4);
    l->version = (uint8_t)(cur_le32(&c) >> 24);
    if (l->version < TDS_70)
        l->version = TDS_74;
    tds_version_report(p, l->version);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        tds_text_field(p, wanted[i].field, TDS_TEXT_UTF16, login7_text(message, wanted[i].text));
    user_keep(l, TDS_TEXT_UTF16, login7_text(message, USER));
}

/* ---- the login record of TDS 4 and 5: texts of 30 bytes, each with its length behind it ---- */

enum {
    OLD_TEXT = 30,
    OLD_HOST = 0,
    OLD_USER = 31,
    OLD_PASSWORD = 62,
    OLD_APPLICATION = 140,
    OLD_SERVER = 171,
    OLD_VERSION = 458,
    OLD_LIBRARY = 462,
    OLD_LIBRARY_TEXT = 10,
};

static struct span old_text(struct span message, size_t at, uint8_t size)
{
    struct span text = span_from(message, at);

    if (text.n <= size || text.p[size] > size)
        return span_of("", 0);
    return span_first(text, text.p[size]);
}

static bool is_old_text(struct span message, size_t at, uint8_t size)
{
    struct span text = span_from(message, at);

    if (text.n <= size || text.p[size] > size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (i < text.p[size] ? text.p[i] < ' ' : text.p[i] >= 0x80)
            return false;
    return true;
}

bool tds_old_login_test(struct span message)
{
    static const uint16_t texts[] = {OLD_HOST, OLD_USER, OLD_PASSWORD, OLD_APPLICATION, OLD_SERVER};
    struct cursor c = cur_of(span_from(message, OLD_VERSION));
    uint32_t version = cur_be32(&c);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!is_old_text(message, texts[i], OLD_TEXT))
            return false;
    return c.state == CUR_OK && (version == 0x04020000 || version == 0x05000000 ||
                                 version == 0x04060000 || version == 0x04000000);
}

void tds_old_login_read(struct parse *p, struct tds_login *l, struct span message)
{
    struct cursor c = cur_of(span_from(message, OLD_VERSION));
    uint8_t major = cur_u8(&c), minor = cur_u8(&c);

    l->version = (uint8_t)(major << 4 | (minor & 15));
    tds_version_report(p, l->version);
    tds_text_field(p, FIELD_TDS_HOST, TDS_TEXT_BYTES, old_text(message, OLD_HOST, OLD_TEXT));
    tds_text_field(p, FIELD_TDS_USER, TDS_TEXT_BYTES, old_text(message, OLD_USER, OLD_TEXT));
    tds_text_field(p, FIELD_TDS_SERVER, TDS_TEXT_BYTES, old_text(message, OLD_SERVER, OLD_TEXT));
    tds_text_field(p, FIELD_TDS_APPLICATION, TDS_TEXT_BYTES,
                   old_text(message, OLD_APPLICATION, OLD_TEXT));
    tds_text_field(p, FIELD_TDS_LIBRARY, TDS_TEXT_BYTES,
                   old_text(message, OLD_LIBRARY, OLD_LIBRARY_TEXT));
    user_keep(l, TDS_TEXT_BYTES, old_text(message, OLD_USER, OLD_TEXT));
}
