/* SPDX-License-Identifier: Apache-2.0 */
#include "support/smb_message.h"

#include "support/ntlmssp.h"
#include "support/utf16.h"

enum {
    SMB1_NEGOTIATE = 0x72,
    SMB1_SETUP = 0x73,
    SMB1_TREE = 0x75,
    SMB1_CREATE = 0xa2,
    SMB1_OPEN = 0x2d,
    SMB1_WRITE = 0x2f,
    SMB1_READ = 0x2e,
    SMB1_UNICODE = 0x8000,
    NEGOTIATE = 0,
    SETUP = 1,
    TREE = 3,
    CREATE = 5,
    READ = 8,
    WRITE = 9,
    DIALECTS = 16,
    TEXT = 1024,
    PENDING = 0x103,
};

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
        {0xc000006d, "STATUS_LOGON_FAILURE"},
        {0xc000006e, "STATUS_ACCOUNT_RESTRICTION"},
        {0xc0000071, "STATUS_PASSWORD_EXPIRED"},
        {0xc0000072, "STATUS_ACCOUNT_DISABLED"},
        {0xc00000bb, "STATUS_NOT_SUPPORTED"},
        {0xc00000cc, "STATUS_BAD_NETWORK_NAME"},
        {0xc0000203, "STATUS_USER_SESSION_DELETED"},
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
    return status == 0xc000006d || status == 0xc0000022 || status == 0xc000006e ||
           status == 0xc0000071 || status == 0xc0000072 || status == 0xc0000234;
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

static void report_login(struct parse *p, struct span blob, struct smb_login *login)
{
    struct ntlmssp n = ntlmssp_read(blob);

    if (n.type != 3)
        return;
    login->n = 0;
    for (int i = 0; i < n.user_n && i < SMB_USER; i++)
        login->user[login->n++] = (uint8_t)n.user[i];
    parse_field(p, FIELD_SMB_NTLM_DOMAIN, span_of(n.domain, n.domain_n));
    parse_field(p, FIELD_SMB_NTLM_USER, span_of(n.user, n.user_n));
    parse_field(p, FIELD_SMB_NTLM_HOST, span_of(n.host, n.host_n));
    if (n.user_n == 0)
        parse_note(p, "SMB login without a name");
}

static void begin(struct parse *p, const struct smb_head *h)
{
    parse_tx_key(p, h->answer ? TX_REPLY : TX_REQUEST, h->id);
    if (h->answer)
        return;
    parse_uint(p, FIELD_SMB_ID, h->id);
}

static void end(struct parse *p, const struct smb_head *h, const struct smb_login *login,
                bool setup)
{
    const char *name = status_name(h->status);

    if (!h->answer)
        return;
    if (setup && is_refusal(h->status))
        parse_refused(p, "SMB login refused", span_of(login->user, login->n));
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
    for (int i = 0; i < count && i < DIALECTS; i++) {
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

void smb2_report(struct parse *p, const struct smb_head *h, struct span message,
                 struct smb_login *login)
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
    struct cursor c = cur_of(span_from(message, SMB2_HEAD));

    begin(p, h);
    if (!h->answer) {
        parse_text(p, FIELD_SMB_COMMAND, names[h->command]);
        put_hex(p, FIELD_SMB_SESSION, h->session, 16);
        parse_uint(p, FIELD_SMB_TREE, h->tree);
    }
    if (h->command == NEGOTIATE) {
        negotiate(p, h, &c);
    } else if (h->command == SETUP && !h->answer) {
        cur_skip(&c, 12);
        report_login(p, read_part(&c, message), login);
    } else if (h->command == TREE) {
        tree_connect(p, h, &c, message);
    } else if (h->command == CREATE) {
        create(p, h, &c, message);
    }
    end(p, h, login, h->command == SETUP);
}

bool smb2_data_read(const struct smb_head *h, struct span message, struct smb_data *d)
{
    struct cursor c = cur_of(span_from(message, SMB2_HEAD));

    if (h->next || h->command != (h->answer ? READ : WRITE) || (h->answer && h->status))
        return false;
    cur_skip(&c, 2);
    d->offset = h->answer ? cur_u8(&c) : cur_le16(&c);
    cur_skip(&c, h->answer ? 1 : 0);
    d->length = cur_le32(&c);
    cur_skip(&c, 8);
    return c.state == CUR_OK && d->offset >= SMB2_HEAD + 16;
}

/* ---- SMB 1 ---- */

struct smb_head smb1_head_read(struct cursor *c)
{
    struct smb_head h = {0};

    h.command = cur_u8(c);
    h.status = cur_le32(c);
    h.answer = cur_u8(c) & 0x80;
    cur_skip(c, 14); /* flags, process, signature, reserved */
    h.tree = cur_le16(c);
    cur_skip(c, 2);
    h.session = cur_le16(c);
    h.id = cur_le16(c);
    return h;
}

static const char *smb1_name(uint8_t command)
{
    static const struct {
        uint8_t command;
        const char *name;
    } names[] = {
        {0x00, "SMB1_COMMAND_CREATE_DIRECTORY"},
        {0x01, "SMB1_COMMAND_DELETE_DIRECTORY"},
        {0x04, "SMB1_COMMAND_CLOSE"},
        {0x06, "SMB1_COMMAND_DELETE"},
        {0x07, "SMB1_COMMAND_RENAME"},
        {0x08, "SMB1_COMMAND_QUERY_INFO"},
        {0x10, "SMB1_COMMAND_CHECK_DIRECTORY"},
        {0x24, "SMB1_COMMAND_LOCKING_ANDX"},
        {0x25, "SMB1_COMMAND_TRANS"},
        {0x2b, "SMB1_COMMAND_ECHO"},
        {0x2d, "SMB1_COMMAND_OPEN_ANDX"},
        {0x2e, "SMB1_COMMAND_READ_ANDX"},
        {0x2f, "SMB1_COMMAND_WRITE_ANDX"},
        {0x32, "SMB1_COMMAND_TRANS2"},
        {0x34, "SMB1_COMMAND_FIND_CLOSE2"},
        {0x71, "SMB1_COMMAND_TREE_DISCONNECT"},
        {0x72, "SMB1_COMMAND_NEGOTIATE_PROTOCOL"},
        {0x73, "SMB1_COMMAND_SESSION_SETUP_ANDX"},
        {0x74, "SMB1_COMMAND_LOGOFF_ANDX"},
        {0x75, "SMB1_COMMAND_TREE_CONNECT_ANDX"},
        {0x80, "SMB1_COMMAND_QUERY_INFO_DISK"},
        {0xa0, "SMB1_COMMAND_NT_TRANS"},
        {0xa2, "SMB1_COMMAND_NT_CREATE_ANDX"},
        {0xa4, "SMB1_COMMAND_NT_CANCEL"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].command == command)
            return names[i].name;
    return "SMB1_COMMAND_OTHER";
}

/* A list of names, each behind the byte 2. */
static void smb1_dialects(struct parse *p, struct cursor *bytes)
{
    for (int i = 0; i < DIALECTS && cur_left(bytes); i++) {
        struct span name;

        cur_skip(bytes, 1);
        name = cur_until(bytes, 0, 255);
        if (bytes->state != CUR_OK)
            return;
        parse_field(p, FIELD_SMB_CLIENT_DIALECTS, name);
    }
}

/* A path, in UTF-16 behind a filling byte where its place is odd, or in bytes. */
static void smb1_path(struct parse *p, enum field f, struct cursor *bytes, struct span message,
                      bool unicode)
{
    struct span rest;

    if (!unicode) {
        rest = cur_rest(bytes);
        parse_field(p, f, span_first(rest, span_index(rest, 0)));
        return;
    }
    if ((size_t)(bytes->pos - message.p) & 1)
        cur_skip(bytes, 1);
    rest = cur_rest(bytes);
    for (size_t i = 0; i + 1 < rest.n; i += 2)
        if (rest.p[i] == 0 && rest.p[i + 1] == 0)
            rest.n = i;
    put_utf16(p, f, rest);
}

static void smb1_request(struct parse *p, const struct smb_head *h, struct cursor words,
                         struct cursor bytes, struct span message, struct smb_login *login)
{
    bool unicode = message.p[11] & SMB1_UNICODE >> 8;

    switch (h->command) {
    case SMB1_NEGOTIATE:
        smb1_dialects(p, &bytes);
        break;
    case SMB1_SETUP:
        report_login(p, cur_rest(&bytes), login);
        break;
    case SMB1_TREE:
        cur_skip(&words, 6);
        cur_skip(&bytes, cur_le16(&words)); /* a password */
        smb1_path(p, FIELD_SMB_SHARE, &bytes, message, unicode);
        break;
    case SMB1_CREATE:
    case SMB1_OPEN:
        smb1_path(p, FIELD_SMB_FILE, &bytes, message, unicode);
        break;
    default:
        break;
    }
}

/* words: count(1) 2 each; bytes: count(2) */
void smb1_report(struct parse *p, const struct smb_head *h, struct span message,
                 struct smb_login *login)
{
    struct cursor c = cur_of(span_from(message, SMB1_HEAD));
    struct cursor words = cur_sub(&c, cur_u8(&c) * (size_t)2), bytes;

    cur_skip(&c, 2);
    bytes = cur_of(cur_rest(&c));
    begin(p, h);
    if (!h->answer) {
        parse_text(p, FIELD_SMB_COMMAND, smb1_name((uint8_t)h->command));
        parse_uint(p, FIELD_SMB_TREE, h->tree);
        if (c.state == CUR_OK)
            smb1_request(p, h, words, bytes, message, login);
    } else if (h->command == SMB1_NEGOTIATE) {
        parse_text(p, FIELD_SMB_DIALECT, "NT LM 0.12");
        parse_note(p, "SMB version 1 is spoken");
    }
    if (c.state == CUR_OK && h->command == (h->answer ? SMB1_READ : SMB1_WRITE) &&
        bytes.pos < bytes.end)
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, cur_look(&bytes));
    end(p, h, login, h->command == SMB1_SETUP);
}
