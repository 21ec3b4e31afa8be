/* SPDX-License-Identifier: Apache-2.0
 *
 * STOMP: logins, destinations, bodies with and without length, brokers, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define CONNECT                                                                                    \
    "CONNECT\naccept-version:1.1,1.2\nhost:/\nlogin:amy\npasscode:secret\nheart-beat:0,0\n\n\0"
#define CONNECTED "CONNECTED\nversion:1.2\nsession:s-1\nserver:RabbitMQ/3.10.8\n\n\0\n"
#define TX_CONNECT                                                                                 \
    "tx stomp command=CONNECT version=1.1,1.2 host=/ user=amy version=1.2 "                        \
    "server=RabbitMQ/3.10.8 session=s-1"
#define SEND    "SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello\0\n"
#define TX_SEND "tx stomp command=SEND destination=/queue/a content_type=text/plain"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 40000, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT), SERVER(CONNECTED),
                 CLIENT("\n\nSUBSCRIBE\r\nid:0\r\ndestination:/queue/a\r\nack:auto\r\n\r\n\0"),
                 CLIENT(SEND), CLIENT("SEND\ndestination:b\ncontent-length:3\n\na\0b\0"),
                 SERVER("MESSAGE\nsubscription:0\nmessage-id:m1\ndestination:/queue/a\n"
                        "content-length:5\n\nhello\0"),
                 CLIENT("ACK\nid:m1\n\n\0DISCONNECT\nreceipt:77\n\n\0"),
                 SERVER("RECEIPT\nreceipt-id:77\n\n\0")),
           LINES("app stomp", "proof certain", "server rabbitmq", TX_CONNECT,
                 "tx stomp command=SUBSCRIBE destination=/queue/a id=0", TX_SEND,
                 "tx stomp command=SEND destination=b content_length=3",
                 "tx stomp command=MESSAGE destination=/queue/a id=m1 content_length=5",
                 "tx stomp command=DISCONNECT", "buffer body hello", "buffer body a\\x00b",
                 "!tx stomp command=ACK*", "!note *"));
}

static void knows_brokers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("STOMP\naccept-version:1.0\n\n\0"),
                 SERVER("CONNECTED\nserver:ActiveMQ/5.17.2\nversion:1.0\n\n\0")),
           LINES("app stomp", "proof certain", "server activemq",
                 "tx stomp command=STOMP version=1.0 version=1.0 server=ActiveMQ/5.17.2"));
    speaks(TURNS(CLIENT("CONNECT\n\n\0"), SERVER("CONNECTED\nsession:1\n\n\0")),
           LINES("app stomp", "proof certain", "!server *"));
}

static void notes_refusals(void **state)
{
    const struct conversation c = {
        .turns = TURNS(CLIENT(CONNECT),
                       SERVER("ERROR\nmessage:Bad CONNECT\ncontent-length:6\n\ndenied\0")),
        .expect = LINES("tx stomp command=CONNECT version=1.1,1.2 host=/ user=amy "
                        "content_length=6 error=Bad CONNECT",
                        "note STOMP refuses the login: amy")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    speaks(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT(SEND),
                 SERVER("ERROR\nmessage:access refused to queue\n\n\0")),
           LINES("tx stomp command=ERROR error=access refused to queue",
                 "note STOMP refuses access: amy"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT)), LINES("app stomp", "proof strong"));
    speaks(TURNS(SERVER(CONNECTED)), LINES("app stomp", "proof strong", "server rabbitmq"));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT(SEND)), LINES("app stomp", "proof fair", TX_SEND));
    speaks_midstream(TURNS(CLIENT("the end of a body\0"), CLIENT(SEND), CLIENT(SEND)),
                     LINES("app stomp", TX_SEND));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(CONNECT), SERVER(CONNECTED), CLIENT_LOST(99), CLIENT("the end\0"),
                      CLIENT(SEND)),
                LINES(TX_CONNECT, TX_SEND));
}

static void passes_large_bodies(void **state)
{
    static char body[2000000];

    (void)state;
    memset(body, 'x', sizeof(body));
    speaks_once(TURNS(CLIENT(CONNECT), SERVER(CONNECTED),
                      CLIENT("SEND\ndestination:a\ncontent-length:2000000\n\n"),
                      CLIENT_BYTES(body, 1000000), CLIENT_LOST(1000000), CLIENT("\0" SEND),
                      CLIENT("SEND\ndestination:c\n\n"), CLIENT_BYTES(body, 1000000),
                      CLIENT("\0" SEND)),
                LINES("tx stomp command=SEND destination=a content_length=2000000", TX_SEND,
                      "tx stomp command=SEND destination=c"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("CONNECT a.example:443 HTTP/1.1\r\n\r\n"),
        CLIENT("CONNECT {}\r\n"),
        CLIENT("CONNECT\nno header\n\n\0"),
        CLIENT("CONNECT\n:empty\n\n\0"),
        CLIENT("CONNECT\na\0:b\n\n\0"),
        CLIENT("CONNECT\ncontent-length:99999999999\n\n\0"),
        CLIENT("CONNECT\ncontent-length:-1\n\n\0"),
        CLIENT("CONNECTED\nversion:1.2\n\n\0"),
        CLIENT("SEND\ndestination:a\n\n\0"),
        CLIENT("SEND\n\n"),
        SERVER("ERROR\nmessage:x\n\n\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("!app stomp"));
}

/* A head without end. */
static void gives_up_on_long_heads(void **state)
{
    static char head[20000] = "CONNECT\n";

    (void)state;
    for (size_t i = 8; i + 4 <= sizeof(head); i += 4)
        memcpy(head + i, "a:b\n", 4);
    speaks_once(TURNS(CLIENT_BYTES(head, sizeof(head))), LINES("!app stomp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),        cmocka_unit_test(knows_brokers),
        cmocka_unit_test(notes_refusals),         cmocka_unit_test(reads_one_side),
        cmocka_unit_test(joins_midstream),        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(passes_large_bodies),    cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(gives_up_on_long_heads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
