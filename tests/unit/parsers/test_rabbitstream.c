/* SPDX-License-Identifier: Apache-2.0
 *
 * RabbitMQ's stream protocol: login, requests and responses, messages, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* Sizes are below 256. */
#define FRAME(size, rest) "\0\0\0" size rest
#define HELLO             CLIENT(FRAME("\x24", "\0\x11\0\1\0\0\0\1\0\0\0\1\0\7product\0\x0dstream-client"))
#define HELLO_BACK                                                                                 \
    SERVER(FRAME("\x2e", "\x80\x11\0\1\0\0\0\1\0\1\0\0\0\2\0\7product\0\x08RabbitMQ"               \
                         "\0\7version\0\2"                                                         \
                         "4."))
#define TX_HELLO                                                                                   \
    "tx amqp version=stream method=PeerProperties client.product=stream-client "                   \
    "server.product=RabbitMQ server.version=4."

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

static void reads_a_session(void **state)
{
    (void)state;
    speaks(TURNS(HELLO, HELLO_BACK,
                 CLIENT(FRAME("\x1e", "\0\x13\0\1\0\0\0\2\0\5PLAIN\0\0\0\x0b\0amy\0secret")),
                 SERVER(FRAME("\x0a", "\x80\x13\0\1\0\0\0\2\0\1")),
                 SERVER(FRAME("\x0c", "\0\x14\0\1\0\2\0\0\0\0\0\x3c")),
                 CLIENT(FRAME("\x0c", "\x80\x14\0\1\0\2\0\0\0\0\0\x3c")),
                 CLIENT(FRAME("\x0b", "\0\x15\0\1\0\0\0\3\0\1/")),
                 SERVER(FRAME("\x0e", "\x80\x15\0\1\0\0\0\3\0\1\0\0\0\0")),
                 CLIENT(FRAME("\x11", "\0\1\0\1\0\0\0\4\1\0\0\0\4logs")),
                 SERVER(FRAME("\x0a", "\x80\1\0\1\0\0\0\4\0\x10")),
                 CLIENT(FRAME("\x1a", "\0\2\0\1\1\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\5hello")),
                 SERVER(FRAME("\x11", "\0\3\0\1\1\0\0\0\1\0\0\0\0\0\0\0\1"))),
           LINES("app amqp", "proof certain", "server rabbitmq", TX_HELLO,
                 "tx amqp version=stream method=SaslAuthenticate mechanism=PLAIN user=amy",
                 "tx amqp version=stream method=Open vhost=/",
                 "tx amqp version=stream method=DeclarePublisher queue=logs close.code=16",
                 "note RabbitMQ refuses access: amy", "buffer body *"));
}

static void notes_refused_logins(void **state)
{
    (void)state;
    speaks(TURNS(HELLO, HELLO_BACK,
                 CLIENT(FRAME("\x1e", "\0\x13\0\1\0\0\0\2\0\5PLAIN\0\0\0\x0b\0amy\0secret")),
                 SERVER(FRAME("\x0a", "\x80\x13\0\1\0\0\0\2\0\x08"))),
           LINES("note RabbitMQ refuses the login: amy"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(HELLO), LINES("app amqp", "proof strong"));
    speaks(TURNS(HELLO_BACK), LINES("app amqp", "proof strong", "server rabbitmq"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(HELLO, HELLO_BACK, CLIENT_LOST(40), CLIENT("the end of something"),
                      CLIENT(FRAME("\x0b", "\0\x15\0\1\0\0\0\3\0\1/")), SERVER_LOST(9),
                      SERVER("more of it"),
                      SERVER(FRAME("\x0e", "\x80\x15\0\1\0\0\0\3\0\1"
                                           "\0\0\0\0"))),
                LINES("app amqp", TX_HELLO, "tx amqp version=stream method=Open vhost=/"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT(FRAME("\x24", "\0\x11\0\3\0\0\0\1\0\0\0\1\0\7product\0\x0dstream-client")),
        CLIENT(FRAME("\x24", "\0\x11\0\1\0\0\0\1\0\0\0\2\0\7product\0\x0dstream-client")),
        CLIENT(FRAME("\x24", "\0\x11\0\1\0\0\0\1\0\0\0\1\0\7produce\0\x0dstream-client")),
        CLIENT(FRAME("\x0b", "\0\x15\0\1\0\0\0\3\0\1/")),
        /* Kafka: SaslHandshake 1. */
        CLIENT(FRAME("\x14", "\0\x11\0\1\0\0\0\1\0\3cat\0\5PLAIN")),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("!app amqp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),     cmocka_unit_test(notes_refused_logins),
        cmocka_unit_test(reads_one_side),      cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
