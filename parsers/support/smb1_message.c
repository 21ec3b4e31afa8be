/* SPDX-License-Identifier: Apache-2.0
 *
 * smb1_message: version 1 of smb_message.
 */
#include "support/smb_message.h"
#include "support/utf16.h"

enum {
    SMB1_NEGOTIATE = 0x72,
    SMB1_CREATE = 0xa2,
    SMB1_OPEN = 0x2d,
    SMB1_LOCKING = 0x24,
    SMB1_LOGOFF = 0x74,
    SMB1_MAKE_FOLDER = 0x00,
    SMB1_DELETE_FOLDER = 0x01,
    SMB1_DELETE = 0x06,
    SMB1_RENAME = 0x07,
    SMB1_QUERY = 0x08,
    SMB1_CHECK_FOLDER = 0x10,
    SMB1_LAST = 0xff, /* of a chain */
    SMB1_WRITE = 0x2f,
    SMB1_READ = 0x2e,
    SMB1_UNICODE = 0x8000,
    TEXT = 1024,
};

struct smb_head smb1_head_read(struct cursor *c)
{
    struct smb_head h = {.one = true};

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

/* Those of [MS-CIFS] section 3.2.4.2.2 and of [MS-SMB2] section 3.2.4.2.2.1. */
static const char *const dialects[] = {
    "unknown",    "PC NETWORK PROGRAM 1.0",
    "PCLAN1.0",   "MICROSOFT NETWORKS 1.03",
    "XENIX CORE", "MICROSOFT NETWORKS 3.0",
    "LANMAN1.0",  "Windows for Workgroups 3.1a",
    "LM1.2X002",  "DOS LM1.2X002",
    "LANMAN2.1",  "DOS LANMAN2.1",
    "Samba",      "NT LANMAN 1.0",
    "NT LM 0.12", "POSIX 2",
    "SMB 2.002",  "SMB 2.???",
};

enum { DIALECT_COUNT = sizeof dialects / sizeof dialects[0], DIALECT_NT = 14, DIALECT_2 = 16 };

static uint8_t dialect_find(struct span name)
{
    for (size_t i = 1; i < DIALECT_COUNT; i++)
        if (span_equal(name, span_text(dialects[i])))
            return (uint8_t)i;
    return 0;
}

static void tell_version(struct parse *p, struct smb_known *known)
{
    if (!known->told)
        parse_note(p, "SMB version 1 is spoken");
    known->told = true;
}

/* A list of names, each behind the byte 2. Who offers no version 2 speaks version 1. */
static void smb1_offer(struct parse *p, const struct smb_head *h, struct cursor *bytes,
                       struct smb_known *known)
{
    bool two = false;

    known->offered_n = 0;
    known->asked = true;
    known->asked_id = h->id;
    while (known->offered_n < SMB_DIALECTS && cur_left(bytes)) {
        struct span name;
        uint8_t place;

        cur_skip(bytes, 1);
        name = cur_until(bytes, 0, 255);
        if (bytes->state != CUR_OK)
            break;
        place = dialect_find(name);
        two |= place >= DIALECT_2;
        known->offered[known->offered_n++] = place;
        parse_field(p, FIELD_SMB_CLIENT_DIALECTS, name);
    }
    if (!two && known->offered_n)
        tell_version(p, known);
}

/* The place of one of them in the list, or that there is none that is known. */
static void smb1_chosen(struct parse *p, struct cursor words, struct smb_known *known)
{
    bool nt = cur_left(&words) == 34; /* only the answer of the newest is so long */
    uint16_t place = cur_le16(&words);
    uint8_t dialect = 0;

    known->asked = false;
    if (words.state != CUR_OK || place == UINT16_MAX)
        return;
    if (place < known->offered_n)
        dialect = known->offered[place];
    else if (nt)
        dialect = DIALECT_NT;
    parse_text(p, FIELD_SMB_DIALECT, dialects[dialect]);
    tell_version(p, known);
}

/* A name and the zero behind it, in UTF-16 (behind a filling byte where its place is odd) or in
 * bytes. */
static struct span smb1_string(struct cursor *bytes, struct span message, size_t wide)
{
    struct span rest;
    size_t n = 0;

    if (wide == 2 && ((size_t)(bytes->pos - message.p) & 1))
        cur_skip(bytes, 1);
    rest = cur_look(bytes);
    while (n + wide <= rest.n && (rest.p[n] || rest.p[n + wide - 1]))
        n += wide;
    cur_skip(bytes, n + wide <= rest.n ? n + wide : rest.n);
    return span_first(rest, n);
}

static size_t put_name(struct parse *p, enum field f, struct span name, size_t wide, uint8_t *text,
                       size_t room)
{
    struct utf16 pending = {0};
    size_t n = name.n < room ? name.n : room;

    if (wide == 2)
        n = utf16_to_utf8(&pending, &name, text, room);
    else if (n)
        memcpy(text, name.p, n);
    if (n)
        parse_field(p, f, span_of(text, n));
    return n;
}

static void smb1_path(struct parse *p, enum field f, struct cursor *bytes, struct span message,
                      size_t wide)
{
    uint8_t text[TEXT];

    put_name(p, f, smb1_string(bytes, message, wide), wide, text, sizeof text);
}

/* Of a message, or of one of a chain: words: count(1) 2 each; bytes: count(2). */
struct smb1_block {
    struct cursor words, bytes;
};

static bool smb1_block(struct span message, size_t at, struct smb1_block *b)
{
    struct cursor c = cur_of(span_from(message, at));
    uint16_t count;

    b->words = cur_sub(&c, cur_u8(&c) * (size_t)2);
    count = cur_le16(&c);
    b->bytes = cur_of(span_first(cur_look(&c), count));
    return c.state == CUR_OK;
}

/* 12 words: NTLMSSP; 13 and 10: two passwords or one, the name, the domain ([MS-CIFS] section
 * 2.2.4.53). */
static void smb1_login(struct parse *p, struct smb1_block *b, struct span message, size_t wide,
                       struct smb_known *known)
{
    size_t words = cur_left(&b->words) / 2, secrets;
    uint8_t text[TEXT];
    struct span name;

    if (words != 13 && words != 10) {
        smb_login_report(p, cur_rest(&b->bytes), known);
        return;
    }
    cur_skip(&b->words, 14);
    secrets = cur_le16(&b->words);
    if (words == 13)
        secrets += cur_le16(&b->words);
    cur_skip(&b->bytes, secrets);
    if (b->bytes.state != CUR_OK)
        return;
    name = smb1_string(&b->bytes, message, wide);
    known->n = (uint8_t)put_name(p, FIELD_SMB_NTLM_USER, name, wide, text, SMB_USER);
    memcpy(known->user, text, known->n);
    smb1_path(p, FIELD_SMB_NTLM_DOMAIN, &b->bytes, message, wide);
    if (known->n == 0)
        parse_note(p, "SMB login without a name");
}

static void smb1_request(struct parse *p, const struct smb_head *h, uint8_t command,
                         struct smb1_block *b, struct span message, struct smb_known *known)
{
    size_t wide = message.p[11] & SMB1_UNICODE >> 8 ? 2 : 1;

    switch (command) {
    case SMB1_NEGOTIATE:
        smb1_offer(p, h, &b->bytes, known);
        break;
    case SMB1_SETUP:
        smb1_login(p, b, message, wide, known);
        break;
    case SMB1_TREE:
        cur_skip(&b->words, 6);
        cur_skip(&b->bytes, cur_le16(&b->words)); /* a password */
        smb1_path(p, FIELD_SMB_SHARE, &b->bytes, message, wide);
        break;
    case SMB1_MAKE_FOLDER:
    case SMB1_DELETE_FOLDER:
    case SMB1_DELETE:
    case SMB1_RENAME:
    case SMB1_QUERY:
    case SMB1_CHECK_FOLDER:
        cur_skip(&b->bytes, 1); /* what it is: text */
        smb1_path(p, FIELD_SMB_FILE, &b->bytes, message, wide);
        break;
    case SMB1_CREATE:
    case SMB1_OPEN:
        smb1_path(p, FIELD_SMB_FILE, &b->bytes, message, wide);
        break;
    default:
        break;
    }
}

static bool is_chained(uint8_t command)
{
    return command == SMB1_LOCKING || command == SMB1_OPEN || command == SMB1_READ ||
           command == SMB1_WRITE || command == SMB1_SETUP || command == SMB1_LOGOFF ||
           command == SMB1_TREE || command == SMB1_CREATE;
}

/* The command, and those behind it: each says which the next is, and where. */
static void smb1_requests(struct parse *p, const struct smb_head *h, struct span message,
                          struct smb_known *known)
{
    uint8_t command = (uint8_t)h->command;
    size_t at = SMB1_HEAD, next = at;
    struct smb1_block b;

    while (next >= at && smb1_block(message, next, &b)) {
        struct cursor words = b.words;
        uint8_t then = cur_u8(&words);

        at = next + 1;
        cur_skip(&words, 1);
        next = cur_le16(&words);
        smb1_request(p, h, command, &b, message, known);
        if (!is_chained(command) || words.state != CUR_OK || then == SMB1_LAST)
            break;
        command = then;
    }
}

/* Counts of data are too short for the longest: all that is there. */
static void smb1_data(struct parse *p, struct span message)
{
    struct cursor c = cur_of(span_from(message, SMB1_HEAD));

    cur_skip(&c, cur_u8(&c) * (size_t)2);
    cur_skip(&c, 2);
    if (cur_left(&c))
        parse_buffer(p, BUFFER_BODY, BUFFER_WHOLE, cur_rest(&c));
}

void smb1_report(struct parse *p, const struct smb_head *h, struct span message,
                 struct smb_known *known)
{
    struct smb1_block b;

    smb_begin(p, h);
    if (!h->answer) {
        parse_text(p, FIELD_SMB_COMMAND, smb1_name((uint8_t)h->command));
        parse_uint(p, FIELD_SMB_TREE, h->tree);
        smb1_requests(p, h, message, known);
    } else if (h->command == SMB1_NEGOTIATE && smb1_block(message, SMB1_HEAD, &b)) {
        smb1_chosen(p, b.words, known);
    }
    if (h->command == (h->answer ? SMB1_READ : SMB1_WRITE))
        smb1_data(p, message);
    smb_end(p, h, known);
}
