/* SPDX-License-Identifier: Apache-2.0
 *
 * ZeroMQ: greetings of both versions, logins, subscriptions, messages passed over, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define SIGNATURE "\xff\0\0\0\0\0\0\0\1\x7f"
#define ZEROS_15  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZEROS_31  ZEROS_15 ZEROS_15 "\0"
#define OF_NULL   "NULL" ZEROS_15 "\0"
#define OF_PLAIN  "PLAIN" ZEROS_15
#define OF_CURVE  "CURVE" ZEROS_15
#define GREETING  SIGNATURE "\3\0" OF_NULL "\0" ZEROS_31

#define READY_REQ                                                                                  \
    "\4\x26\5READY\x0bSocket-Type\0\0\0\3"                                                         \
    "REQ\x08Identity\0\0\0\0"
#define READY_ROUTER                                                                               \
    "\4\x2a\5READY\x0bSocket-Type\0\0\0\6"                                                         \
    "ROUTER\x08Identity\0\0\0\1s"
#define READY_SUB                                                                                  \
    "\4\x19\5READY\x0bSocket-Type\0\0\0\3"                                                         \
    "SUB"
#define READY_PUB                                                                                  \
    "\4\x19\5READY\x0bSocket-Type\0\0\0\3"                                                         \
    "PUB"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_a_handshake(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GREETING), SERVER(GREETING), CLIENT(READY_REQ), SERVER(READY_ROUTER),
                 CLIENT("\1\0\0\5hello"), SERVER("\1\0\2\0\0\0\0\0\0\0\5world")),
           LINES("app zeromq", "proof certain",
                 "tx zeromq version=3.0 mechanism=NULL client.socket_type=REQ "
                 "server.socket_type=ROUTER server.identity=s",
                 "buffer body hello", "buffer body world", "!note *"));
    /* in the order in which libzmq says it */
    speaks(TURNS(CLIENT(SIGNATURE), SERVER(SIGNATURE "\3"), CLIENT("\3\1" OF_NULL "\0" ZEROS_31),
                 SERVER("\1" OF_NULL "\0" ZEROS_31), CLIENT(READY_REQ), SERVER(READY_ROUTER)),
           LINES("proof certain", "tx zeromq version=3.1 mechanism=NULL client.socket_type=REQ *"));
}

static void reads_version_2(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SIGNATURE "\1\2\0\1c"), SERVER(SIGNATURE "\1\1\0\0"), CLIENT("\0\4\1abc"),
                 SERVER("\0\6abc123")),
           LINES("app zeromq", "proof certain",
                 "tx zeromq version=2.0 client.socket_type=SUB client.identity=c "
                 "server.socket_type=PUB",
                 "tx zeromq command=SUBSCRIBE topic=abc", "buffer body abc123"));
    /* a newer one gives way */
    speaks(TURNS(CLIENT(SIGNATURE "\3"), SERVER(SIGNATURE "\1\4\0\0"), CLIENT("\3\0\0\0\5hello")),
           LINES("proof certain",
                 "tx zeromq version=2.0 server.socket_type=REP client.socket_type=REQ"));
}

static void reads_subscriptions(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GREETING), SERVER(GREETING), CLIENT(READY_SUB), SERVER(READY_PUB),
                 CLIENT("\0\6\1price\0\6\0price\0\1\1"
                        "\4\x0e\x09SUBSCRIBEshop\4\x0b\6CANCELshop\4\x07\4PING\0\1"),
                 SERVER("\4\5\4PONG\1\5price\0\1x")),
           LINES("tx zeromq version=3.0 mechanism=NULL client.socket_type=SUB "
                 "server.socket_type=PUB",
                 "tx zeromq command=SUBSCRIBE topic=price", "tx zeromq command=CANCEL topic=price",
                 "tx zeromq command=SUBSCRIBE", "tx zeromq command=SUBSCRIBE topic=shop",
                 "tx zeromq command=CANCEL topic=shop", "buffer body price", "buffer body x"));
}

static void reads_logins(void **state)
{
    const struct conversation c = {
        .server_port = 5555,
        .turns = TURNS(CLIENT(SIGNATURE "\3\1" OF_PLAIN "\0" ZEROS_31),
                       SERVER(SIGNATURE "\3\1" OF_PLAIN "\1" ZEROS_31),
                       CLIENT("\4\x11\5HELLO\3amy\6secret"),
                       SERVER("\4\x0a\5ERROR\3"
                              "400")),
        .expect = LINES("app zeromq", "tx zeromq version=3.1 mechanism=PLAIN user=amy error=400",
                        "note ZeroMQ refuses the login: amy"),
    };
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    /* as libzmq 4 spells it */
    speaks(TURNS(CLIENT(SIGNATURE "\3\1" OF_PLAIN "\0" ZEROS_31),
                 SERVER(SIGNATURE "\3\1" OF_PLAIN "\1" ZEROS_31),
                 CLIENT("\4\x11\5HELLO\3amy\6secret"),
                 SERVER("\4\x09^RROR\3"
                        "400")),
           LINES("tx zeromq version=3.1 mechanism=PLAIN user=amy error=400",
                 "note ZeroMQ refuses the login: amy"));
    speaks(TURNS(CLIENT(SIGNATURE "\3\1" OF_PLAIN "\0" ZEROS_31),
                 SERVER(SIGNATURE "\3\1" OF_PLAIN "\1" ZEROS_31),
                 CLIENT("\4\x11\5HELLO\3amy\6secret"), SERVER("\4\x08\7WELCOME"),
                 CLIENT("\4\x1d\x08INITIATE\x0bSocket-Type\0\0\0\4PUSH"),
                 SERVER("\4\x1a\5READY\x0bSocket-Type\0\0\0\4PULL"), CLIENT("\0\2hi")),
           LINES("tx zeromq version=3.1 mechanism=PLAIN user=amy client.socket_type=PUSH "
                 "server.socket_type=PULL",
                 "buffer body hi", "!note *"));
}

static void passes_over_what_is_sealed(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(SIGNATURE "\3\1" OF_CURVE "\0" ZEROS_31),
                 SERVER(SIGNATURE "\3\1" OF_CURVE "\1" ZEROS_31), CLIENT("\4\x09\5HELLOxyz"),
                 SERVER("\4\x0b\7WELCOMExyz"), CLIENT("\4\x0c\x08INITIATExyz"),
                 SERVER("\4\x09\5READYxyz"), CLIENT("\0\x0b\7MESSAGExyz")),
           LINES("proof certain", "tx zeromq version=3.1 mechanism=CURVE", "!buffer *", "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GREETING READY_SUB "\4\x0e\x09SUBSCRIBEshop")),
           LINES("app zeromq", "proof strong",
                 "tx zeromq version=3.0 mechanism=NULL client.socket_type=SUB",
                 "tx zeromq command=SUBSCRIBE topic=shop"));
    speaks(TURNS(SERVER(GREETING READY_PUB "\0\1x")), LINES("app zeromq", "proof strong"));
    speaks(TURNS(CLIENT(GREETING), SERVER("no\r\n")), LINES("app zeromq"));
}

static void passes_over_long_messages(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GREETING), SERVER(GREETING), CLIENT(READY_REQ), SERVER(READY_ROUTER),
                 CLIENT("\2\0\0\0\0\0\0\0\x10"
                        "01234567"),
                 CLIENT_LOST(4), CLIENT("cdef\0\2ok")),
           LINES("proof certain", "buffer body ok", "!note *"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\xff\0\0\0\0\0\0\1\1\x7f\3\0" OF_NULL "\0" ZEROS_31),
        CLIENT("\xff\0\0\0\0\0\0\0\1\x7e\3\0" OF_NULL "\0" ZEROS_31),
        CLIENT(SIGNATURE "\2\0" OF_NULL "\0" ZEROS_31),
        CLIENT(SIGNATURE "\3\0NILL" ZEROS_15 "\0\0" ZEROS_31),
        CLIENT(SIGNATURE "\3\0NULL" ZEROS_15 "x\0" ZEROS_31),
        CLIENT(SIGNATURE "\3\0" OF_NULL "\2" ZEROS_31),
        CLIENT(SIGNATURE "\3\0" OF_NULL "\0" ZEROS_15 "\1" ZEROS_15),
        CLIENT(SIGNATURE "\1\x0c\0\0"),
        CLIENT(SIGNATURE "\1\1\1\0"),
        CLIENT(SIGNATURE), /* too little */
        CLIENT(SIGNATURE "\3\0" OF_NULL),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

/* The name stays; the rest is not read. */
static void survives_broken_frames(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x08\0"),                               /* no such flag */
        CLIENT("\5\6\5READY"),                          /* a command of several frames */
        CLIENT("\0\1x"),                                /* a message before it is ready */
        CLIENT("\4\3\5REA"),                            /* a name longer than the command */
        CLIENT("\4\x0b\5READY\xff\0\0\0\0"),            /* a property longer than the command */
        CLIENT("\4\x0c\5READY\1x\xff\xff\xff\xff"),     /* its value */
        CLIENT("\6\xff\xff\xff\xff\xff\xff\xff\xff\5"), /* too long for anything */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(CLIENT(GREETING), SERVER(GREETING), bad[i]), LINES("app zeromq"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_handshake),          cmocka_unit_test(reads_version_2),
        cmocka_unit_test(reads_subscriptions),        cmocka_unit_test(reads_logins),
        cmocka_unit_test(passes_over_what_is_sealed), cmocka_unit_test(believes_one_side),
        cmocka_unit_test(passes_over_long_messages),  cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_broken_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
