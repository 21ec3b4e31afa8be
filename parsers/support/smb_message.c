/* SPDX-License-Identifier: Apache-2.0 */
#include "support/smb_message.h"

#include "support/ntlmssp.h"
#include "support/utf16.h"

enum {
    NEGOTIATE = 0,
    SETUP = 1,
    TREE = 3,
    CREATE = 5,
    READ = 8,
    WRITE = 9,
    CANCEL = 12,
    TEXT = 1024,
    PENDING = 0x103,
};

#define OVERFLOW      0x80000005u
#define ACCESS_DENIED 0xc0000022u

/* [MS-ERREF] section 2.3.1: those that logins and files bring. */
static const char *status_name(uint32_t status)
{
    static const struct {
        uint32_t status;
        const char *name;
    } names[] = {
        {0, "STATUS_SUCCESS"},
        {0x103, "STATUS_PENDING"},
        {0x80000005, "STATUS_BUFFER_OVERFLOW"},
        {0x80000006, "STATUS_NO_MORE_FILES"},
        {0xc000000d, "STATUS_INVALID_PARAMETER"},
        {0xc000000f, "STATUS_NO_SUCH_FILE"},
        {0xc0000016, "STATUS_MORE_PROCESSING_REQUIRED"},
        {0xc0000022, "STATUS_ACCESS_DENIED"},
        {0xc0000033, "STATUS_OBJECT_NAME_INVALID"},
        {0xc0000034, "STATUS_OBJECT_NAME_NOT_FOUND"},
        {0xc0000035, "STATUS_OBJECT_NAME_COLLISION"},
        {0xc000005e, "STATUS_NO_LOGON_SERVERS"},
        {0xc0000064, "STATUS_NO_SUCH_USER"},
        {0xc000006a, "STATUS_WRONG_PASSWORD"},
        {0xc000006d, "STATUS_LOGON_FAILURE"},
        {0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
        {0xc000006f, "STATUS_INVALID_LOGON_HOURS"},
        {0xc0000070, "STATUS_INVALID_WORKSTATION"},
        {0xc0000071, "STATUS_PASSWORD_EXPIRED"},
        {0xc0000072, "STATUS_ACCOUNT_DISABLED"},
        {0xc00000bb, "STATUS_NOT_SUPPORTED"},
        {0xc00000c9, "STATUS_NETWORK_NAME_DELETED"},
        {0xc00000cc, "STATUS_BAD_NETWORK_NAME"},
        {0xc000015b, "STATUS_LOGON_TYPE_NOT_GRANTED"},
        {0xc0000193, "STATUS_ACCOUNT_EXPIRED"},
        {0xc0000203, "STATUS_USER_SESSION_DELETED"},
        {0xc0000224, "STATUS_PASSWORD_MUST_CHANGE"},
        {0xc0000225, "STATUS_NOT_FOUND"},
        {0xc0000234, "STATUS_ACCOUNT_LOCKED_OUT"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].status == status)
            return names[i].name;
    return NULL;
}

static bool is_refusal(uint32_t status)
{
    static const uint32_t refusals[] = {
        ACCESS_DENIED, 0xc0000064, 0xc000006a, 0xc000006d, 0xc000006e,
        0xc000006f,    0xc0000070, 0xc0000071, 0xc0000072, 0xc000015b,
        0xc0000193,    0xc0000224, 0xc0000234, 0x00020002, /* of DOS: a bad password */
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        if (status == refusals[i])
            return true;
    return false;
}

static void put_hex(struct parse *p, enum field f, uint64_t value, int digits)
{
    char text[18] = "0x";

    for (int i = 0; i < digits; i++)
        text[2 + i] = "0123456789abcdef"[value >> (4 * (digits - 1 - i)) & 15];
    parse_field(p, f, span_of(text, 2 + (size_t)digits));
}

/* Names are in UTF-16 and end with a zero, or with their length. */
static void put_utf16(struct parse *p, enum field f, struct span value)
{
    uint8_t text[TEXT];
    struct utf16 pending = {0};
    size_t n = utf16_to_utf8(&pending, &value, text, sizeof text);

    if (n)
        parse_field(p, f, span_of(text, n));
}

/* offset(2) length(2) from the header's beginning */
static struct span read_part(struct cursor *c, struct span message)
{
    uint16_t offset = cur_le16(c), length = cur_le16(c);

    if (c->state != CUR_OK || offset > message.n || length > message.n - offset)
        return span_of("", 0);
    return span_first(span_from(message, offset), length);
}

void smb_login_report(struct parse *p, struct span blob, struct smb_known *known)
{
    struct ntlmssp n = ntlmssp_read(blob);

    if (n.type != 3)
        return;
    known->n = 0;
    for (int i = 0; i < n.user_n && i < SMB_USER; i++)
        known->user[known->n++] = (uint8_t)n.user[i];
    parse_field(p, FIELD_SMB_NTLM_DOMAIN, span_of(n.domain, n.domain_n));
    parse_field(p, FIELD_SMB_NTLM_USER, span_of(n.user, n.user_n));
    parse_field(p, FIELD_SMB_NTLM_HOST, span_of(n.host, n.host_n));
    if (n.user_n == 0)
        parse_note(p, "SMB login without a name");
}

/* One that takes a request back has its number, and no answer. */
static bool is_cancel(const struct smb_head *h)
{
    return !h->answer && h->command == (h->one ? SMB1_CANCEL : CANCEL);
}

static uint64_t key_of(const struct smb_head *h)
{
    return is_cancel(h) ? h->id ^ (uint64_t)1 << 63 : h->id;
}

void smb_begin(struct parse *p, const struct smb_head *h)
{
    parse_tx_key(p, h->answer ? TX_REPLY : TX_REQUEST, key_of(h));
    if (h->answer)
        return;
    parse_uint(p, FIELD_SMB_ID, h->id);
}

void smb_end(struct parse *p, const struct smb_head *h, const struct smb_known *known)
{
    bool setup = h->command == (h->one ? SMB1_SETUP : SETUP);
    bool share = h->command == (h->one ? SMB1_TREE : TREE);
    const char *name = status_name(h->status);

    if (is_cancel(h))
        parse_tx_key(p, TX_DONE, key_of(h));
    if (!h->answer)
        return;
    if (setup && is_refusal(h->status))
        parse_refused(p, "SMB login refused", span_of(known->user, known->n));
    else if (share && h->status == ACCESS_DENIED)
        parse_refused(p, "SMB share refused", span_of(known->user, known->n));
    if (h->status == PENDING)
        return; /* the real answer is still to come */
    if (name)
        parse_text(p, FIELD_SMB_STATUS, name);
    put_hex(p, FIELD_SMB_STATUS_CODE, h->status, 8);
    parse_tx_key(p, TX_DONE, h->id);
}

/* ---- SMB 2 and 3 ---- */

struct smb_head smb2_head_read(struct cursor *c)
{
    struct smb_head h = {0};
    uint32_t flags;

    if (cur_le16(c) != SMB2_HEAD)
        cur_fail(c);
    cur_skip(c, 2);
    h.status = cur_le32(c);
    h.command = cur_le16(c);
    cur_skip(c, 2);
    flags = cur_le32(c);
    h.answer = flags & 1;
    h.next = cur_le32(c);
    h.id = cur_le64(c);
    cur_skip(c, 4);
    h.tree = flags & 2 ? 0 : cur_le32(c); /* asynchronous: a number of its own stands there */
    cur_skip(c, flags & 2 ? 4 : 0);
    h.session = cur_le64(c);
    cur_skip(c, 16);
    if (h.command > 18 || (h.next && h.next < SMB2_HEAD))
        cur_fail(c);
    return h;
}

static const char *dialect_name(uint16_t dialect)
{
    switch (dialect) {
    case 0x0202:
        return "2.02";
    case 0x0210:
        return "2.10";
    case 0x02ff:
        return "2.??";
    case 0x0300:
        return "3.00";
    case 0x0302:
        return "3.02";
    case 0x0311:
        return "3.11";
    default:
        return "unknown";
    }
}

static void negotiate(struct parse *p, const struct smb_head *h, struct cursor *c)
{
    uint16_t count;

    if (h->answer) {
        cur_skip(c, 4);
        count = cur_le16(c);
        if (c->state == CUR_OK)
            parse_text(p, FIELD_SMB_DIALECT, dialect_name(count));
        return;
    }
    cur_skip(c, 2);
    count = cur_le16(c);
    cur_skip(c, 32);
    for (int i = 0; i < count && i < SMB_DIALECTS; i++) {
        uint16_t dialect = cur_le16(c);

        if (c->state != CUR_OK)
            return;
        parse_text(p, FIELD_SMB_CLIENT_DIALECTS, dialect_name(dialect));
    }
}

static void tree_connect(struct parse *p, const struct smb_head *h, struct cursor *c,
                         struct span message)
{
    static const char *const types[] = {"unknown", "FILE", "PIPE", "PRINT"};
    uint8_t type;

    cur_skip(c, 2);
    if (h->answer) {
        type = cur_u8(c);
        if (c->state == CUR_OK && h->status == 0)
            parse_text(p, FIELD_SMB_SHARE_TYPE, types[type <= 3 ? type : 0]);
        return;
    }
    cur_skip(c, 2);
    put_utf16(p, FIELD_SMB_SHARE, read_part(c, message));
}

static void create(struct parse *p, const struct smb_head *h, struct cursor *c, struct span message)
{
    static const char *const ways[] = {"FILE_SUPERSEDE", "FILE_OPEN",      "FILE_CREATE",
                                       "FILE_OPEN_IF",   "FILE_OVERWRITE", "FILE_OVERWRITE_IF",
                                       "unknown"};
    uint32_t way;

    if (h->answer)
        return;
    cur_skip(c, 36);
    way = cur_le32(c);
    cur_skip(c, 4);
    if (c->state == CUR_OK)
        parse_text(p, FIELD_SMB_DISPOSITION, ways[way < 6 ? way : 6]);
    put_utf16(p, FIELD_SMB_FILE, read_part(c, message));
}

static const char *command_name(uint16_t command)
{
    static const char *const names[] = {
        "NEGOTIATE_PROTOCOL",
        "SESSION_SETUP",
        "LOGOFF",
        "TREE_CONNECT",
        "TREE_DISCONNECT",
        "CREATE",
        "CLOSE",
        "FLUSH",
        "READ",
        "WRITE",
        "LOCK",
        "IOCTL",
        "CANCEL",
        "KEEPALIVE",
        "FIND",
        "NOTIFY",
        "GET_INFO",
        "SET_INFO",
        "BREAK",
    };

    return command < sizeof names / sizeof names[0] ? names[command] : "unknown";
}

void smb2_report(struct parse *p, const struct smb_head *h, struct span message,
                 struct smb_known *known)
{
    struct cursor c = cur_of(span_from(message, SMB2_HEAD));

    smb_begin(p, h);
    if (!h->answer) {
        parse_text(p, FIELD_SMB_COMMAND, command_name(h->command));
        put_hex(p, FIELD_SMB_SESSION, h->session, 16);
        parse_uint(p, FIELD_SMB_TREE, h->tree);
    }
    if (h->command == NEGOTIATE) {
        negotiate(p, h, &c);
    } else if (h->command == SETUP && !h->answer) {
        cur_skip(&c, 12);
        smb_login_report(p, read_part(&c, message), known);
    } else if (h->command == TREE) {
        tree_connect(p, h, &c, message);
    } else if (h->command == CREATE) {
        create(p, h, &c, message);
    }
    smb_end(p, h, known);
}

bool smb2_data_read(const struct smb_head *h, struct span message, struct smb_data *d)
{
    struct cursor c = cur_of(span_from(message, SMB2_HEAD));

    if (h->command != (h->answer ? READ : WRITE) ||
        (h->answer && h->status && h->status != OVERFLOW))
        return false;
    cur_skip(&c, 2);
    d->offset = h->answer ? cur_u8(&c) : cur_le16(&c);
    cur_skip(&c, h->answer ? 1 : 0);
    d->length = cur_le32(&c);
    cur_skip(&c, 8);
    return c.state == CUR_OK && d->offset >= SMB2_HEAD + 16;
}
