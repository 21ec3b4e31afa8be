/* SPDX-License-Identifier: Apache-2.0
 *
 * AMQP: logins of 0-9-1 and 1.0, methods and their answers, contents, refusals, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

static uint8_t arena[1 << 18];
static size_t arena_used;

/* A frame of 0-9-1 around a payload. */
static struct turn framed(enum turn_who who, uint8_t type, uint8_t channel, struct span payload)
{
    uint8_t *p = arena + arena_used;

    assert_true(arena_used + payload.n + 8 <= sizeof(arena));
    p[0] = type;
    p[1] = 0;
    p[2] = channel;
    p[3] = 0;
    p[4] = (uint8_t)(payload.n >> 16);
    p[5] = (uint8_t)(payload.n >> 8);
    p[6] = (uint8_t)payload.n;
    memcpy(p + 7, payload.p, payload.n);
    p[7 + payload.n] = 0xce;
    arena_used += payload.n + 8;
    return (struct turn){who, (const char *)p, payload.n + 8, 0};
}

/* A frame of 1.0. */
static struct turn one(enum turn_who who, uint8_t type, struct span body)
{
    uint8_t *p = arena + arena_used;

    assert_true(arena_used + body.n + 8 <= sizeof(arena));
    p[0] = 0;
    p[1] = 0;
    p[2] = (uint8_t)((body.n + 8) >> 8);
    p[3] = (uint8_t)(body.n + 8);
    p[4] = 2;
    p[5] = type;
    p[6] = p[7] = 0;
    memcpy(p + 8, body.p, body.n);
    arena_used += body.n + 8;
    return (struct turn){who, (const char *)p, body.n + 8, 0};
}

#define C(channel, literal)             framed(TURN_CLIENT, 1, channel, SPAN(literal))
#define S(channel, literal)             framed(TURN_SERVER, 1, channel, SPAN(literal))
#define C_FRAME(type, channel, literal) framed(TURN_CLIENT, type, channel, SPAN(literal))
#define S_FRAME(type, channel, literal) framed(TURN_SERVER, type, channel, SPAN(literal))
#define C1(type, literal)               one(TURN_CLIENT, type, SPAN(literal))
#define S1(type, literal)               one(TURN_SERVER, type, SPAN(literal))

static void talk(const struct conversation *c)
{
    conversation_check(c);
    arena_used = 0;
}

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    talk(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    arena_used = 0;
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 40000, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    arena_used = 0;
}

#define HEADER_091 "AMQP\0\0\x09\1"
#define START                                                                                      \
    "\0\x0a\0\x0a\0\x09\0\0\0\x38\3capF\0\0\0\x08\2okt\1\1nV\7productS\0\0\0\x08RabbitMQ"          \
    "\7versionS\0\0\0\5"                                                                           \
    "3.10."                                                                                        \
    "\0\0\0\5PLAIN\0\0\0\5en_US"
#define START_OK                                                                                   \
    "\0\x0a\0\x0b\0\0\0\x21\7productS\0\0\0\4pika\7versionS\0\0\0\3"                               \
    "1.2"                                                                                          \
    "\5PLAIN\0\0\0\x0b\0guest\0pass\5en_US"
#define TUNE    "\0\x0a\0\x1e\7\xff\0\2\0\0\0\x3c"
#define TUNE_OK "\0\x0a\0\x1f\7\xff\0\2\0\0\0\x3c"
#define OPEN    "\0\x0a\0\x28\4/dev\0\0"
#define OPEN_OK "\0\x0a\0\x29\0"
#define LOGIN_TURNS                                                                                \
    CLIENT(HEADER_091), S(0, START), C(0, START_OK), S(0, TUNE), C(0, TUNE_OK), C(0, OPEN)
#define TX_LOGIN                                                                                   \
    "tx amqp version=0-9-1 server.product=RabbitMQ server.version=3.10. client.product=pika "      \
    "client.version=1.2 mechanism=PLAIN user=guest vhost=/dev"
#define CHANNEL_OPEN    "\0\x14\0\x0a\0"
#define CHANNEL_OPEN_OK "\0\x14\0\x0b\0\0\0\0"
#define DECLARE         "\0\x32\0\x0a\0\0\0\0\0\0\0\0"
#define DECLARE_OK      "\0\x32\0\x0b\7amq.gen\0\0\0\0\0\0\0\0"
#define TX_DECLARE      "tx amqp method=queue.declare channel=1 queue=amq.gen"

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(LOGIN_TURNS, S(0, OPEN_OK), C(1, CHANNEL_OPEN), S(1, CHANNEL_OPEN_OK),
                 C(1, DECLARE), S(1, DECLARE_OK), C(1, "\0\x28\0\x0a\0\0\4logs\6fanout\0\0\0\0\0"),
                 S(1, "\0\x28\0\x0b"), C(1, "\0\x3c\0\x28\0\0\4logs\3key\0"),
                 C_FRAME(2, 1, "\0\x3c\0\0\0\0\0\0\0\0\0\x0b\x80\0\4text"), C_FRAME(3, 1, "hello "),
                 C_FRAME(3, 1, "world"), C_FRAME(8, 0, ""), C(1, "\0\x3c\0\x14\0\0\1q\0\0\0\0\0\0"),
                 S(1, "\0\x3c\0\x15\3tag"), S(1, "\0\x3c\0\x3c\3tag\0\0\0\0\0\0\0\1\0\4logs\3key"),
                 S_FRAME(2, 1, "\0\x3c\0\0\0\0\0\0\0\0\0\3\0\0"), S_FRAME(3, 1, "abc"),
                 C(1, "\0\x3c\0\x50\0\0\0\0\0\0\0\1\0"), C(0, "\0\x0a\0\x32\0\xc8\3bye\0\0\0\0"),
                 S(0, "\0\x0a\0\x33")),
           LINES("app amqp", "proof certain", "server rabbitmq", TX_LOGIN,
                 "tx amqp method=channel.open channel=1", TX_DECLARE,
                 "tx amqp method=exchange.declare channel=1 exchange=logs",
                 "tx amqp method=basic.publish channel=1 exchange=logs routing_key=key "
                 "content_type=text body_size=11",
                 "buffer body hello world", "buffer body abc",
                 "tx amqp method=basic.consume channel=1 queue=q consumer_tag=tag",
                 "tx amqp method=basic.deliver channel=1 exchange=logs routing_key=key "
                 "consumer_tag=tag body_size=3",
                 "tx amqp method=connection.close close.code=200 close.text=bye", "!note *",
                 "!tx amqp method=basic.ack*"));
}

static void pairs_by_channel(void **state)
{
    (void)state;
    speaks(TURNS(LOGIN_TURNS, S(0, OPEN_OK), C(2, CHANNEL_OPEN), C(1, DECLARE),
                 S(2, CHANNEL_OPEN_OK), S(1, DECLARE_OK), C(1, "\0\x3c\0\x46\0\0\1q\0"),
                 S(1, "\0\x3c\0\x47\0\0\0\0\0\0\0\1\0\0\1q\0\0\0\0"),
                 S_FRAME(2, 1, "\0\x3c\0\0\0\0\0\0\0\0\0\0\0\0"), C(1, "\0\x3c\0\x46\0\0\1q\0"),
                 S(1, "\0\x3c\0\x48\0"), C(1, "\0\x32\0\x0a\0\0\1q\x10\0\0\0\0"),
                 C(1, "\0\x32\0\x28\0\0\1x\0"), S(1, "\0\x14\0\x28\1\x94\2no\0\x32\0\x28"),
                 C(1, "\0\x14\0\x29")),
           LINES("tx amqp method=channel.open channel=2", TX_DECLARE,
                 "tx amqp method=basic.get channel=1 queue=q routing_key=q body_size=0",
                 "tx amqp method=basic.get channel=1 queue=q",
                 "tx amqp method=queue.declare channel=1 queue=q",
                 "tx amqp method=queue.delete channel=1 queue=x "
                 "close.code=404 close.text=no"));
}

static void notes_refusals(void **state)
{
    const struct conversation c = {
        .turns = TURNS(CLIENT(HEADER_091), S(0, START), C(0, START_OK),
                       S(0, "\0\x0a\0\x32\1\x93\6ACCESS\0\0\0\0")),
        .expect = LINES("app amqp",
                        "tx amqp version=0-9-1 server.product=RabbitMQ server.version=3.10. "
                        "client.product=pika client.version=1.2 mechanism=PLAIN user=guest "
                        "method=connection.close close.code=403 close.text=ACCESS",
                        "note AMQP refuses access: guest")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "pass"));
    free(outcome);
    talk(&c);
    speaks(TURNS(LOGIN_TURNS, S(0, "\0\x0a\0\x32\2\x12\3NOT\0\x0a\0\x28")),
           LINES(TX_LOGIN " method=connection.close close.code=530 close.text=NOT",
                 "note AMQP refuses the virtual host: guest"));
    speaks(TURNS(CLIENT("AMQP\1\1\0\x0a"), SERVER(HEADER_091)),
           LINES("app amqp", "proof certain", "tx amqp version=0-10",
                 "note AMQP refuses the protocol version, wants: 0-9-1"));
    speaks(TURNS(CLIENT("AMQP\1\1\0\x0a"), SERVER("AMQP\1\1\0\x0a\x0f\0\0\x30whatever")),
           LINES("app amqp", "proof certain", "tx amqp version=0-10", "!note *"));
    speaks(TURNS(CLIENT("AMQP\0\1\0\0"), SERVER(HEADER_091)),
           LINES("app amqp", "proof certain", "tx amqp version=1.0",
                 "note AMQP refuses the protocol version, wants: 0-9-1"));
}

static void knows_other_logins(void **state)
{
    (void)state;
    /* AMQPLAIN, and the numbers of 0-8. */
    speaks(TURNS(CLIENT("AMQP\1\1\x08\0"), S(0, START),
                 C(0, "\0\x0a\0\x0b\0\0\0\0\x08"
                      "AMQPLAIN\0\0\0\x1c\5LOGINS\0\0\0\3bob"
                      "\x08PASSWORDS\0\0\0\0\5en_US"),
                 S(0, "\0\x0a\0\x3c\1\x93\6ACCESS\0\0\0\0")),
           LINES("tx amqp version=0-8 server.product=RabbitMQ server.version=3.10. "
                 "mechanism=AMQPLAIN user=bob method=connection.close close.code=403 "
                 "close.text=ACCESS",
                 "note AMQP refuses access: bob"));
    speaks(TURNS(CLIENT(HEADER_091), S(0, "\0\x0a\0\x0a\0\x09\0\0\0\x15\7productS\0\0\0\x08qpid-cpp"
                                          "\0\0\0\5PLAIN\0\0\0\5en_US")),
           LINES("app amqp", "proof certain", "tx amqp version=0-9-1 server.product=qpid-cpp"));
}

/* ---- 1.0 ---- */

#define SASL_HEADER "AMQP\3\1\0\0"
#define ONE_HEADER  "AMQP\0\1\0\0"
#define MECHANISMS  "\0\x53\x40\xc0\x0b\1\xe0\x08\1\xa3\5PLAIN"
#define INIT        "\0\x53\x41\xc0\x17\2\xa3\5PLAIN\xa0\x0d\0alice\0secret"
#define OPEN_CLIENT                                                                                \
    "\0\x53\x10\xc0\x17\x0a\xa1\3cat\xa1\5"                                                        \
    "vhost\x40\x40\x40\x40\x40\x40\x40\xc1\1\0"
#define OPEN_SERVER                                                                                \
    "\0\x53\x10\xc0\x33\x0a\xa1\1r\x40\x40\x40\x40\x40\x40\x40\x40\xc1\x25\4"                      \
    "\xa3\7product\xa1\x08RabbitMQ\xa3\7version\xa1\6"                                             \
    "3.10.8"

static void reads_version_1(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SASL_HEADER), SERVER(SASL_HEADER), S1(1, MECHANISMS), C1(1, INIT),
                 S1(1, "\0\x53\x44\xc0\3\1\x50\0"), SERVER(ONE_HEADER), CLIENT(ONE_HEADER),
                 C1(0, OPEN_CLIENT), S1(0, OPEN_SERVER), C1(0, "\0\x53\x11\x45"),
                 S1(0, "\0\x53\x11\x45"),
                 C1(0, "\0\x53\x12\xc0\x19\7\xa1\4link\x43\x42\x40\x40\0\x53\x28\x45"
                       "\0\x53\x29\xc0\5\1\xa1\2qq"),
                 S1(0, "\0\x53\x12\xc0\x19\7\xa1\4link\x43\x41\x40\x40\0\x53\x28\x45"
                       "\0\x53\x29\xc0\5\1\xa1\2qq"),
                 C1(0, "\0\x53\x14\xc0\4\2\x43\x52\1\0\x53\x70\xc0\2\1\x41\0\x53\x75\xa0\5hello"),
                 C1(0, "\0\x53\x14\xc0\4\2\x43\x52\1\0\x53\x77\xa1\4text"), C1(0, ""),
                 S1(0, "\0\x53\x18\xc0\x28\1\0\x53\x1d\xc0\x22\2\xa3\x18"
                       "amqp:unauthorized-access\xa1\5never")),
           LINES("app amqp", "proof certain", "server rabbitmq",
                 "tx amqp version=1.0 mechanism=PLAIN user=alice container_id=cat vhost=vhost "
                 "server.product=RabbitMQ server.version=3.10.8",
                 "tx amqp method=attach link=link role=sender address=qq", "buffer body hello",
                 "buffer body text",
                 "tx amqp method=close close.condition=amqp:unauthorized-access close.text=never",
                 "note AMQP refuses access: alice"));
}

static void knows_refused_logins_of_version_1(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SASL_HEADER), SERVER(SASL_HEADER), S1(1, MECHANISMS), C1(1, INIT),
                 S1(1, "\0\x53\x44\xc0\3\1\x50\1")),
           LINES("tx amqp version=1.0 mechanism=PLAIN user=alice close.code=1",
                 "note AMQP refuses the login: alice"));
}

static void knows_other_products(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ONE_HEADER), SERVER(ONE_HEADER), C1(0, OPEN_CLIENT),
                 S1(0, "\0\x53\x10\xc0\x22\x0a\xa1\1r\x40\x40\x40\x40\x40\x40\x40\x40\xc1\x14\2"
                       "\xa3\7product\xa1\x08"
                       "ActiveMQ")),
           LINES("app amqp", "server activemq"));
}

static void goes_on_with_tls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("AMQP\2\1\0\0"), SERVER("AMQP\2\1\0\0"),
                 CLIENT("\x16\3\1\0\x2f\1\0\0\x2b\3\3"
                        "0123456789abcdef0123456789abcdef\0\0\2\x13\1\1\0\0\0")),
           LINES("protocols amqp,tls*", "tx amqp version=1.0"));
}

/* ---- sides, losses, others ---- */

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(HEADER_091)), LINES("app amqp", "proof strong"));
    speaks(TURNS(S(0, START)), LINES("app amqp", "proof strong", "server rabbitmq",
                                     "tx amqp server.product=RabbitMQ server.version=3.10."));
    speaks(TURNS(CLIENT(HEADER_091), C(0, START_OK), C(0, OPEN), C(1, DECLARE)),
           LINES("app amqp", "proof strong", "tx amqp method=queue.declare channel=1"));
    speaks(TURNS(SERVER(ONE_HEADER), S1(0, OPEN_SERVER)), LINES("app amqp", "proof strong"));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(C(1, "\0\x3c\0\x28\0\0\4logs\3key\0"),
                           C_FRAME(2, 1, "\0\x3c\0\0\0\0\0\0\0\0\0\3\0\0"), C_FRAME(3, 1, "abc")),
                     LINES("app amqp", "proof strong", "buffer body abc",
                           "tx amqp method=basic.publish channel=1 exchange=logs "
                           "routing_key=key body_size=3"));
    speaks_midstream(TURNS(CLIENT("the end of a body\xce"), C(1, DECLARE), S(1, DECLARE_OK)),
                     LINES("app amqp", TX_DECLARE));
    speaks_midstream(TURNS(C1(0, "\0\x53\x11\x45"), S1(0, "\0\x53\x11\x45")),
                     LINES("app amqp", "proof strong"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(LOGIN_TURNS, S(0, OPEN_OK), CLIENT_LOST(100), CLIENT("the end\xce"),
                      C(1, DECLARE), SERVER_LOST(100), SERVER("more of a body"), S(1, DECLARE_OK)),
                LINES("app amqp", TX_LOGIN, TX_DECLARE));
}

static void passes_large_frames(void **state)
{
    static char body[131072];

    (void)state;
    memset(body, 'b', sizeof(body));
    speaks_once(TURNS(LOGIN_TURNS, S(0, OPEN_OK), C(1, "\0\x3c\0\x28\0\0\4logs\3key\0"),
                      C_FRAME(2, 1, "\0\x3c\0\0\0\0\0\0\0\2\0\0\0\0"),
                      framed(TURN_CLIENT, 3, 1, span_of(body, sizeof(body))), C(1, DECLARE),
                      S(1, DECLARE_OK)),
                LINES("tx amqp method=basic.publish channel=1 exchange=logs routing_key=key "
                      "body_size=131072",
                      TX_DECLARE, "buffer body bbbb*"));
    /* A table that is longer than what is read. */
    memcpy(body, "\0\x32\0\x0a\0\0\3big\0\0\1\xff\xf2", 15);
    speaks_once(TURNS(LOGIN_TURNS, S(0, OPEN_OK),
                      framed(TURN_CLIENT, 1, 1, span_of(body, sizeof(body))), C(2, DECLARE),
                      S(1, "\0\x32\0\x0b\3big\0\0\0\0\0\0\0\0")),
                LINES("tx amqp method=queue.declare channel=1 queue=big queue=big",
                      "tx amqp method=queue.declare channel=2"));
}

static void refuses_look_alikes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("AMQP\0\0\x09\2")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("AMQX\0\0\x09\1")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("AMQP/1.0 hello\r\n")), LINES(UNKNOWN));
    speaks(TURNS(C(1, DECLARE)), LINES(UNKNOWN));
    speaks(TURNS(S(1, DECLARE_OK)), LINES(UNKNOWN));
    speaks(TURNS(C1(0, "\0\x53\x11\x45")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\1\0\0\0\0\0\5\0\x0a\0\x0a\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\0\0\0\x0c\2\0\0\0\0\x53\x75\x45")), LINES(UNKNOWN));
}

/* Counts, lengths and descriptors that lie. */
static void survives_hostile_values(void **state)
{
    static char nested[600] = "\0\x53\x10\xd0\0\0\2\x40\xff\xff\xff\xff";

    (void)state;
    for (size_t i = 12; i < sizeof(nested); i += 3)
        memcpy(nested + i, "\0\x53\1", 3);
    speaks_once(TURNS(CLIENT(ONE_HEADER), SERVER(ONE_HEADER),
                      one(TURN_CLIENT, 0, span_of(nested, 588)), C1(0, OPEN_CLIENT)),
                LINES("app amqp", "proof certain"));
    speaks(TURNS(CLIENT(HEADER_091),
                 S(0, "\0\x0a\0\x0a\0\x09\0\0\0\x0a\7productS\xff\0\0\0\5PLAIN\0\0\0\5en_US")),
           LINES("app amqp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(pairs_by_channel),
        cmocka_unit_test(notes_refusals),
        cmocka_unit_test(knows_other_logins),
        cmocka_unit_test(reads_version_1),
        cmocka_unit_test(knows_refused_logins_of_version_1),
        cmocka_unit_test(knows_other_products),
        cmocka_unit_test(goes_on_with_tls),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(joins_midstream),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(passes_large_frames),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_hostile_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
