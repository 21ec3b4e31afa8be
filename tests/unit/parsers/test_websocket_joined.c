/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket without its handshake: a stream joined in the middle.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* "hello" under a mask of n times 01 02 03 04 */
#define HELLO_1 "\x81\x85\1\2\3\4igohn"
#define HELLO_2 "\x81\x85\2\4\6\x08jajdm"
#define BLOB(k) "\x82\x84" k "abc\xf0\xe1\xd2\xc3"

static void joins(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 40000, .midstream = true, .turns = turns, .expect = expect};

    conversation_check(&c);
}

/* What came before the proof is not told. */
static void finds_text(void **state)
{
    (void)state;
    joins(TURNS(CLIENT(HELLO_1), SERVER("\x81\2hi"), CLIENT(HELLO_2), CLIENT(HELLO_1),
                SERVER("\x81\2ok")),
          LINES("app websocket", "proof strong", "tx websocket sender=server opcode=text length=2",
                "!note *"));
}

static void finds_binary(void **state)
{
    (void)state;
    joins(TURNS(CLIENT(BLOB("1")), CLIENT(BLOB("2")), CLIENT(BLOB("3")), CLIENT(BLOB("4")),
                CLIENT(BLOB("5"))),
          LINES("app websocket", "proof fair", "tx websocket sender=client opcode=binary length=4",
                "!note *"));
}

static void finds_one_side(void **state)
{
    (void)state;
    joins(TURNS(SERVER("\x81\3one"), SERVER("\x81\3two"), SERVER("\x81\5three"),
                SERVER("\x81\4four"), SERVER("\x81\4five")),
          LINES("app websocket", "proof fair", "tx websocket sender=server opcode=text length=4"));
    joins(TURNS(SERVER("\x82\3one"), SERVER("\x82\3two"), SERVER("\x82\5three"),
                SERVER("\x82\4four"), SERVER("\x82\4five")),
          LINES("!app websocket"));
}

static void wants_what_fits(void **state)
{
    (void)state;
    /* too few; the same mask; not masked; not text; a message inside another; a wrong code */
    joins(TURNS(CLIENT(HELLO_1), CLIENT(HELLO_2)), LINES("!app websocket"));
    joins(TURNS(CLIENT("\x82\x81\1\2\3\4x\x82\x81\1\2\3\4x\x82\x81\1\2\3\4x\x82\x81\1\2\3\4x")),
          LINES("!app websocket"));
    joins(TURNS(CLIENT("\x81\5hello\x81\5hello\x81\5hello\x81\5hello")), LINES("!app websocket"));
    joins(TURNS(CLIENT("\x81\x85\1\2\3\4\1\2\3\4\5" HELLO_1)), LINES("!app websocket"));
    joins(TURNS(CLIENT("\1\x85\1\2\3\4igohn" HELLO_2 "\1\x85\1\2\3\4igohn" HELLO_2)),
          LINES("!app websocket"));
    joins(TURNS(CLIENT("\x88\x82\1\2\3\4\1\2" HELLO_2 HELLO_1)), LINES("!app websocket"));
}

/* Opened before our eyes without a handshake: it is something else. */
static void wants_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(CLIENT(HELLO_1 HELLO_2), SERVER("\x81\2hi"), CLIENT(HELLO_1 HELLO_2)),
        .expect = LINES("!app websocket"),
    };

    (void)state;
    conversation_check(&c);
}

/* Long messages are not waited for. */
static void passes_long_frames(void **state)
{
    static char bytes[4 + 3000];

    (void)state;
    memcpy(bytes, "\x82\x7e\x0b\xb8", 4);
    joins(TURNS(CLIENT(HELLO_1), SERVER_BYTES(bytes, sizeof bytes), CLIENT(HELLO_2),
                SERVER_BYTES(bytes, sizeof bytes), CLIENT(HELLO_1), SERVER("\x81\2ok")),
          LINES("app websocket", "tx websocket sender=server opcode=text length=2", "!note *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_text),       cmocka_unit_test(finds_binary),
        cmocka_unit_test(finds_one_side),   cmocka_unit_test(wants_what_fits),
        cmocka_unit_test(wants_the_middle), cmocka_unit_test(passes_long_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
