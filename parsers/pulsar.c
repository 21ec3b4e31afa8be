/* SPDX-License-Identifier: Apache-2.0
 *
 * Apache Pulsar's binary protocol. Each frame is a command, some have a message behind it:
 *
 *     total(4) size(4) BaseCommand{1: type, type: the command}
 *     [0E 02 size(4) entry metadata] 0E 01 checksum(4) size(4) metadata, payload
 *
 * The number of a command is also the number of the field that holds it: with both lengths this
 * proves a frame.
 */
#include "parser/parser.h"
#include "support/protobuf.h"
#include "support/walk.h"

enum {
    FRAME_MOST = 128 << 20,
    COMMAND_MOST = 16 << 10, /* longer ones are passed over */
    METADATA_MOST = 4 << 10,
    TYPE_MOST = 127,
    MAGIC_MESSAGE = 0x0e01,
    MAGIC_ENTRY = 0x0e02,
    PENDING = COMMAND_MOST + 8,
    METHOD_MAX = 24,
};

/* Commands that are looked into. */
enum command {
    CONNECT = 2,
    CONNECTED = 3,
    SUBSCRIBE = 4,
    PRODUCER = 5,
    SEND = 6,
    MESSAGE = 9,
    SUCCESS = 13,
    ERROR = 14,
    PRODUCER_SUCCESS = 17,
    PARTITIONED_METADATA = 21,
    PARTITIONED_METADATA_RESPONSE = 22,
    LOOKUP = 23,
    LOOKUP_RESPONSE = 24,
    TOPICS_OF_NAMESPACE = 32,
    TOPICS_OF_NAMESPACE_RESPONSE = 33,
    AUTH_CHALLENGE = 36,
};

enum step { AT_FRAME, AT_PAYLOAD };

struct pulsar_state {
    uint32_t left[2]; /* of the message behind a command */
    uint8_t step[2];  /* enum step */
    uint8_t method_n;
    char method[METHOD_MAX];
    bool asked, answered; /* CONNECT; its answer */
    bool matched;
    bool lost[2]; /* no frame boundary known */
};

struct frame {
    uint8_t type;
    bool is_long;     /* not looked into */
    struct span body; /* the command */
    uint32_t behind;  /* bytes of a message */
};

/* The key of the login; a broker that refuses it answers a request of this number. */
static const uint64_t LOGIN = UINT64_MAX;

/* ---- frames ---- */

static void command_read(struct cursor *in, struct frame *f)
{
    struct pb_field type, body;

    if (!pb_next(in, &type) || type.number != 1 || type.type != PB_NUMBER ||
        type.value > TYPE_MOST || !pb_next(in, &body) || body.number != type.value ||
        body.type != PB_BYTES || cur_left(in) != 0)
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    f->type = (uint8_t)type.value;
    f->body = body.bytes;
}

static void frame_read(struct cursor *in, struct frame *f)
{
    uint32_t total = cur_be32(in), size = cur_be32(in);
    struct cursor command;

    *f = (struct frame){.is_long = size > COMMAND_MOST};
    if (in->state == CUR_OK && (total > FRAME_MOST || size < 4 || size > total - 4 || total < 8))
        cur_fail(in);
    if (in->state != CUR_OK)
        return;
    f->behind = total - 4 - (f->is_long ? 0 : size);
    if (f->is_long)
        return;
    command = cur_sub(in, size);
    if (in->state != CUR_OK)
        return;
    command_read(&command, f);
    cur_join(in, &command);
}

/* ---- what commands say ---- */

struct wanted {
    uint8_t command, number;
    enum field field;
};

static const struct wanted wanted[] = {
    {CONNECT, 1, FIELD_PULSAR_CLIENT_VERSION},
    {CONNECT, 4, FIELD_PULSAR_PROTOCOL},
    {CONNECT, 5, FIELD_PULSAR_AUTH},
    {CONNECT, 6, FIELD_PULSAR_BROKER},
    {CONNECT, 7, FIELD_PULSAR_PRINCIPAL},
    {CONNECTED, 1, FIELD_PULSAR_SERVER_VERSION},
    {SUBSCRIBE, 1, FIELD_PULSAR_TOPIC},
    {SUBSCRIBE, 2, FIELD_PULSAR_SUBSCRIPTION},
    {SUBSCRIBE, 6, FIELD_PULSAR_CONSUMER},
    {PRODUCER, 1, FIELD_PULSAR_TOPIC},
    {PRODUCER, 4, FIELD_PULSAR_PRODUCER},
    {PRODUCER_SUCCESS, 2, FIELD_PULSAR_PRODUCER},
    {ERROR, 3, FIELD_PULSAR_MESSAGE},
    {PARTITIONED_METADATA, 1, FIELD_PULSAR_TOPIC},
    {PARTITIONED_METADATA_RESPONSE, 1, FIELD_PULSAR_PARTITIONS},
    {PARTITIONED_METADATA_RESPONSE, 5, FIELD_PULSAR_MESSAGE},
    {LOOKUP, 1, FIELD_PULSAR_TOPIC},
    {LOOKUP_RESPONSE, 1, FIELD_PULSAR_BROKER},
    {LOOKUP_RESPONSE, 7, FIELD_PULSAR_MESSAGE},
    {TOPICS_OF_NAMESPACE, 2, FIELD_PULSAR_NAMESPACE},
};

/* What is reported, and where the number of the request stands and that of an error; 0: none. */
static const struct kind {
    uint8_t command, from; /* enum dir */
    uint8_t request, error;
    const char *name;
} kinds[] = {
    {CONNECT, DIR_CLIENT, 0, 0, "CONNECT"},
    {CONNECTED, DIR_SERVER, 0, 0, NULL},
    {SUBSCRIBE, DIR_CLIENT, 5, 0, "SUBSCRIBE"},
    {PRODUCER, DIR_CLIENT, 3, 0, "PRODUCER"},
    {SUCCESS, DIR_SERVER, 1, 0, NULL},
    {ERROR, DIR_SERVER, 1, 2, NULL},
    {PRODUCER_SUCCESS, DIR_SERVER, 1, 0, NULL},
    {PARTITIONED_METADATA, DIR_CLIENT, 2, 0, "PARTITIONED_METADATA"},
    {PARTITIONED_METADATA_RESPONSE, DIR_SERVER, 2, 4, NULL},
    {LOOKUP, DIR_CLIENT, 2, 0, "LOOKUP"},
    {LOOKUP_RESPONSE, DIR_SERVER, 4, 6, NULL},
    {TOPICS_OF_NAMESPACE, DIR_CLIENT, 1, 0, "GET_TOPICS_OF_NAMESPACE"},
    {TOPICS_OF_NAMESPACE_RESPONSE, DIR_SERVER, 1, 0, NULL},
};

static const struct kind *kind_find(enum dir from, uint8_t command)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].command == command && kinds[i].from == from)
            return &kinds[i];
    return NULL;
}

static const char *error_name(uint64_t error)
{
    static const char *const names[] = {
        "UnknownError",
        "MetadataError",
        "PersistenceError",
        "AuthenticationError",
        "AuthorizationError",
        "ConsumerBusy",
        "ServiceNotReady",
        "ProducerBlockedQuotaExceededError",
        "ProducerBlockedQuotaExceededException",
        "ChecksumError",
        "UnsupportedVersionError",
        "TopicNotFound",
        "SubscriptionNotFound",
        "ConsumerNotFound",
        "TooManyRequests",
        "TopicTerminatedError",
        "ProducerBusy",
        "InvalidTopicName",
        "IncompatibleSchema",
        "ConsumerAssignError",
        "TransactionCoordinatorNotFound",
        "InvalidTxnStatus",
        "NotAllowedError",
        "TransactionConflict",
        "TransactionNotFound",
        "ProducerFenced",
    };

    return error < sizeof(names) / sizeof(names[0]) ? names[error] : NULL;
}

/* A field of that number that is one, or 0. */
static uint64_t number_of(struct span body, uint8_t number, bool *there)
{
    struct cursor in = cur_of(body);
    struct pb_field f;

    *there = false;
    while (number && pb_next(&in, &f)) {
        if (f.number != number || f.type != PB_NUMBER)
            continue;
        *there = true;
        return f.value;
    }
    return 0;
}

static struct span text_of(struct span body, uint8_t number)
{
    struct cursor in = cur_of(body);
    struct pb_field f;

    while (pb_next(&in, &f))
        if (f.number == number && f.type == PB_BYTES)
            return f.bytes;
    return span_of(body.p, 0);
}

static bool is_sound(struct span body)
{
    struct cursor in = cur_of(body);
    struct pb_field f;

    while (pb_next(&in, &f))
        ;
    return cur_done(&in);
}

static bool is_number(enum field field)
{
    return field == FIELD_PULSAR_PROTOCOL || field == FIELD_PULSAR_PARTITIONS;
}

static void fields_tell(struct parse *p, const struct frame *f)
{
    struct cursor in = cur_of(f->body);
    struct pb_field field;

    while (pb_next(&in, &field)) {
        for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
            if (wanted[i].command != f->type || wanted[i].number != field.number)
                continue;
            if (is_number(wanted[i].field) && field.type == PB_NUMBER)
                parse_uint(p, wanted[i].field, field.value);
            else if (!is_number(wanted[i].field) && field.bytes.n)
                parse_field(p, wanted[i].field, field.bytes);
        }
    }
}

static void error_tell(struct parse *p, struct pulsar_state *s, uint64_t error, uint64_t key)
{
    const char *name = error_name(error);

    if (name)
        parse_text(p, FIELD_PULSAR_ERROR, name);
    if (error == 3)
        parse_refused(p, "Pulsar refuses the login",
                      key == LOGIN ? span_of(s->method, s->method_n) : span_of("", 0));
    else if (error == 4)
        parse_refused(p, "Pulsar refuses access", span_of("", 0));
}

static void method_keep(struct pulsar_state *s, struct span body)
{
    struct span method = span_first(text_of(body, 5), METHOD_MAX);

    s->method_n = (uint8_t)method.n;
    if (method.n)
        memcpy(s->method, method.p, method.n);
}

static void command_tell(struct parse *p, struct pulsar_state *s, const struct frame *f)
{
    const struct kind *kind = kind_find(p->dir, f->type);
    uint64_t key, error;
    bool there;

    if (f->type == CONNECT)
        method_keep(s, f->body);
    if (kind == NULL || !is_sound(f->body))
        return;
    key = number_of(f->body, kind->request, &there);
    if (!there)
        key = LOGIN;
    parse_tx_key(p, p->dir == DIR_CLIENT ? TX_REQUEST : TX_REPLY, key);
    if (kind->name)
        parse_text(p, FIELD_PULSAR_COMMAND, kind->name);
    fields_tell(p, f);
    error = number_of(f->body, kind->error, &there);
    if (there)
        error_tell(p, s, error, key);
    if (p->dir == DIR_SERVER)
        parse_tx_key(p, TX_DONE, key);
}

/* ---- proof ---- */

static bool is_topic(struct span topic)
{
    return span_starts(topic, SPAN("persistent://")) ||
           span_starts(topic, SPAN("non-persistent://"));
}

static bool has_topic(const struct frame *f)
{
    return (f->type == SUBSCRIBE || f->type == PRODUCER || f->type == LOOKUP ||
            f->type == PARTITIONED_METADATA) &&
           is_topic(text_of(f->body, 1));
}

static bool is_version(struct span text)
{
    return text.n && span_printable(text);
}

/* A session begins with a login; one that was joined later shows a topic, or a message. */
static void judge(struct parse *p, struct pulsar_state *s, struct cursor *in, const struct frame *f)
{
    bool is_client = p->dir == DIR_CLIENT;
    enum proof proof = PROOF_NONE;

    if (f->is_long || !is_sound(f->body))
        cur_fail(in);
    else if ((f->type == (is_client ? CONNECT : CONNECTED)) && f->behind == 0 &&
             is_version(text_of(f->body, 1)))
        proof = PROOF_STRONG;
    else if (!is_client && s->asked && (f->type == ERROR || f->type == AUTH_CHALLENGE))
        proof = PROOF_STRONG;
    else if (p->midstream && is_client && has_topic(f))
        proof = PROOF_STRONG;
    else if (!p->midstream || (f->behind && f->type != SEND && f->type != MESSAGE))
        cur_fail(in);
    if (in->state != CUR_OK || proof == PROOF_NONE)
        return;
    s->matched = true;
    s->answered = s->answered || !is_client;
    s->asked = s->asked || is_client;
    parse_proof(p, s->asked && s->answered ? PROOF_CERTAIN : proof);
}

/* The other side, once there is a match: its first frame makes it certain. */
static void judge_again(struct parse *p, struct pulsar_state *s)
{
    if (s->asked && s->answered)
        return;
    s->asked = s->asked || p->dir == DIR_CLIENT;
    s->answered = s->answered || p->dir == DIR_SERVER;
    if (s->asked && s->answered)
        parse_proof(p, PROOF_CERTAIN);
}

/* ---- steps ---- */

static uint64_t frame_step(struct parse *p, struct pulsar_state *s, struct cursor *in)
{
    struct frame f;

    frame_read(in, &f);
    if (in->state != CUR_OK)
        return 0;
    if (s->matched)
        judge_again(p, s);
    else
        judge(p, s, in, &f);
    if (in->state != CUR_OK)
        return 0;
    if (f.is_long)
        return walk_pass(in, f.behind);
    command_tell(p, s, &f);
    s->left[p->dir] = f.behind;
    if (f.behind)
        s->step[p->dir] = AT_PAYLOAD;
    return 0;
}

/* What stands before the payload; all of it lies within the frame. */
static uint32_t payload_head(struct cursor *in, uint32_t left)
{
    struct cursor head = *in;
    uint16_t magic = cur_be16(&head);
    uint32_t size;

    if (head.state == CUR_OK && magic == MAGIC_ENTRY) {
        size = cur_be32(&head);
        if (head.state == CUR_OK && size <= METADATA_MOST)
            cur_skip(&head, size);
        else
            cur_fail(&head);
        magic = cur_be16(&head);
    }
    if (head.state == CUR_OK && magic != MAGIC_MESSAGE)
        cur_fail(&head);
    cur_skip(&head, 4);
    size = cur_be32(&head);
    if (head.state == CUR_OK && size <= METADATA_MOST)
        cur_skip(&head, size);
    else
        cur_fail(&head);
    if ((uint64_t)(head.pos - in->pos) > left)
        cur_fail(&head);
    if (head.state == CUR_SHORT && cur_left(in) < left) {
        cur_short(in, head.need);
        return 0;
    }
    return head.state == CUR_OK ? (uint32_t)(head.pos - in->pos) : UINT32_MAX;
}

static uint64_t payload_step(struct parse *p, struct pulsar_state *s, struct cursor *in)
{
    uint32_t left = s->left[p->dir], head = payload_head(in, left);

    if (in->state != CUR_OK)
        return 0;
    if (head == UINT32_MAX && !s->matched) {
        cur_fail(in);
        return 0;
    }
    if (!s->matched) {
        parse_proof(p, PROOF_STRONG);
        s->matched = true;
    }
    s->step[p->dir] = AT_FRAME;
    if (head == UINT32_MAX) /* old clients send no checksum */
        return walk_body(p, in, left, BUFFER_BODY, BUFFER_WHOLE);
    cur_skip(in, head);
    if (left == head)
        return 0;
    return walk_body(p, in, left - head, BUFFER_BODY, BUFFER_WHOLE);
}

static uint64_t pulsar_step(struct parse *p, struct cursor *in)
{
    struct pulsar_state *s = p->state;

    return s->step[p->dir] == AT_PAYLOAD ? payload_step(p, s, in) : frame_step(p, s, in);
}

/* Something was lost: does a frame begin here? */
static bool is_boundary(const struct cursor *in)
{
    struct cursor at = *in;
    struct frame f;

    frame_read(&at, &f);
    return at.state == CUR_OK && !f.is_long && is_sound(f.body);
}

static enum parse_result pulsar_parse(struct parse *p, struct cursor *in)
{
    struct pulsar_state *s = p->state;

    if (s->lost[p->dir] && !is_boundary(in)) {
        (void)walk_over(p, in);
        return walk_verdict(&s->matched);
    }
    s->lost[p->dir] = false;
    return walk(p, in, pulsar_step, &s->matched);
}

static void pulsar_gap(struct parse *p, uint64_t missing)
{
    struct pulsar_state *s = p->state;

    (void)missing;
    s->lost[p->dir] = true;
    s->step[p->dir] = AT_FRAME;
}

static bool pulsar_probe(enum dir from, struct span first)
{
    struct cursor in = cur_of(first);
    uint32_t total = cur_be32(&in), size = cur_be32(&in);

    (void)from;
    if (in.state != CUR_OK)
        return first.p[0] <= FRAME_MOST >> 24;
    if (total > FRAME_MOST || total < 8 || size < 4 || size > total - 4 || size > COMMAND_MOST)
        return false;
    return first.n < 9 || first.p[8] == (1 << 3 | PB_NUMBER);
}

static const uint16_t ports[] = {6650, 0};

const struct parser parser_pulsar = {
    .name = "pulsar",
    .evidence = "CONNECT, CONNECTED; joined later: a command with a topic or a message",
    .app = APP_PULSAR,
    .transports = OVER_TCP,
    .first = CLIENT_FIRST,
    .ports = ports,
    .state_size = sizeof(struct pulsar_state),
    .max_pending = PENDING,
    .midstream = true,
    .probe = pulsar_probe,
    .parse = pulsar_parse,
    .gap = pulsar_gap,
};
