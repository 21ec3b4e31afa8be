/* SPDX-License-Identifier: Apache-2.0
 *
 * Spark: calls, blocks, files, who may ask, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

#define ID "\1\2\3\4\5\6\7\x08"
#define CALL                                                                                       \
    "\1\0\4"                                                                                       \
    "host"                                                                                         \
    "\0\0\x1f\x90"                                                                                 \
    "\0"                                                                                           \
    "\0\6"                                                                                         \
    "Master"                                                                                       \
    "\xac\xed\0\5sr"
#define REQUEST "\0\0\0\0\0\0\0\x2f\3" ID "\0\0\0\x1a" CALL
#define RESPONSE                                                                                   \
    "\0\0\0\0\0\0\0\x19\4" ID "\0\0\0\4"                                                           \
    "done"
#define ONE_WAY                                                                                    \
    "\0\0\0\0\0\0\0\x27\x09"                                                                       \
    "\0\0\0\x1a" CALL
#define CHUNK "\0\0\0\0\0\0\0\x15\0" ID "\0\0\0\0"
#define BLOCK                                                                                      \
    "\0\0\0\0\0\0\0\x1a\1" ID "\0\0\0\0"                                                           \
    "bytes"
#define FILE                                                                                       \
    "\0\0\0\0\0\0\0\x14\6"                                                                         \
    "\0\0\0\7"                                                                                     \
    "/jars/a"
#define CONTENT                                                                                    \
    "\0\0\0\0\0\0\0\x1c\7"                                                                         \
    "\0\0\0\7"                                                                                     \
    "/jars/a"                                                                                      \
    "\0\0\0\0\0\0\0\6"                                                                             \
    "PK\3\4ab"
#define TX_CALL "tx spark message=RpcRequest endpoint=Master"

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

static void reads_calls(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(REQUEST), SERVER(RESPONSE), CLIENT(ONE_WAY), CLIENT(REQUEST),
                 SERVER("\0\0\0\0\0\0\0\x19\5" ID "\0\0\0\4"
                        "oops")),
           LINES("app spark", "proof certain", TX_CALL,
                 "tx spark message=OneWayMessage endpoint=Master", TX_CALL " error=oops"));
}

static void reads_blocks(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\0\0\0\0\0\0\0\x23\3" ID "\0\0\0\x0e"
                        "\0\0\0\0\x09"
                        "app-2024x" CHUNK),
                 SERVER(RESPONSE BLOCK)),
           LINES("app spark", "proof certain",
                 "tx spark message=RpcRequest application_id=app-2024x",
                 "tx spark message=ChunkFetchRequest", "buffer body bytes"));
    speaks(TURNS(CLIENT(CHUNK), SERVER("\0\0\0\0\0\0\0\x1b\2" ID "\0\0\0\0"
                                       "\0\0\0\2"
                                       "no")),
           LINES("proof certain", "tx spark message=ChunkFetchRequest error=no"));
}

static void reads_files(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(FILE), SERVER(CONTENT RESPONSE), CLIENT(FILE),
                 SERVER("\0\0\0\0\0\0\0\x1a\x08"
                        "\0\0\0\7"
                        "/jars/a"
                        "\0\0\0\2"
                        "no")),
           LINES("app spark", "proof certain", "tx spark message=StreamRequest stream=/jars/a",
                 "tx spark message=StreamRequest stream=/jars/a error=no",
                 "buffer body PK\\x03\\x04ab"));
}

static void passes_long_blocks(void **state)
{
    enum { BLOCK_BYTES = 1 << 20 };
    static char block[BLOCK_BYTES + 21];
    static const char head[] = "\0\0\0\0\0\x10\0\x15\1" ID "\0\0\0\0";

    (void)state;
    memcpy(block, head, sizeof(head) - 1);
    speaks_once(
        TURNS(CLIENT(CHUNK), SERVER_BYTES(block, sizeof(block)), CLIENT(REQUEST), SERVER(RESPONSE)),
        LINES("proof certain", "tx spark message=ChunkFetchRequest", TX_CALL, "!note *"));
}

/* Once both have proved who they are nobody can read on. */
static void leaves_encrypted_sessions(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\0\0\0\0\0\0\0\x21\3" ID "\0\0\0\x0c"
                        "\xea\0\0\0\3"
                        "app"
                        "xxxx"),
                 SERVER(RESPONSE)),
           LINES("app spark", "proof certain"));
    speaks(TURNS(CLIENT("\0\0\0\0\0\0\0\x26\3" ID "\0\0\0\x11"
                        "\xea\0\0\0\5"
                        "app-1"
                        "\0\0\0\0"
                        "xyz"),
                 SERVER(RESPONSE), CLIENT("\xff\xfe\xfd nothing readable at all")),
           LINES("app spark", "proof certain", "tx spark message=RpcRequest application_id=app-1",
                 "!note *"));
}

static void joins_midstream(void **state)
{
    const struct conversation c = {.server_port = 4000,
                                   .midstream = true,
                                   .turns = TURNS(SERVER("half of something"), SERVER(RESPONSE),
                                                  CLIENT(REQUEST), SERVER(RESPONSE)),
                                   .expect = LINES("app spark", "proof certain", TX_CALL)};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
    speaks_once(TURNS(CLIENT(REQUEST), SERVER(RESPONSE), CLIENT_LOST(30), CLIENT("of a frame"),
                      CLIENT(FILE), SERVER_LOST(9), SERVER(CONTENT)),
                LINES("app spark", "tx spark message=StreamRequest stream=/jars/a", "!note *"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(REQUEST)), LINES("app spark", "proof strong"));
    speaks(TURNS(CLIENT(CHUNK)), LINES("app spark", "proof fair"));
    speaks(TURNS(SERVER(RESPONSE)), LINES(UNKNOWN));
    speaks(TURNS(SERVER(RESPONSE RESPONSE)), LINES("app spark", "proof fair"));
    speaks(TURNS(CLIENT(ONE_WAY)), LINES(UNKNOWN));
    speaks(TURNS(CLIENT(ONE_WAY ONE_WAY)), LINES("app spark", "proof strong"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\0\0\0\0\0\0\x16\0" ID "\0\0\0\0x"),
        CLIENT("\0\0\0\0\0\0\0\x2f\3" ID "\0\0\0\x19" CALL),
        CLIENT("\0\0\0\1\0\0\0\x15\0" ID "\0\0\0\0"),
        CLIENT("\0\0\0\0\0\0\0\x15\x0d" ID "\0\0\0\0"),
        CLIENT("\0\0\0\0\0\0\0\x14\6"
               "\0\0\0\x08"
               "/jars/ab"),
        SERVER("\0\0\0\0\0\0\0\x1c\7"
               "\0\0\0\6"
               "/jars/a"
               "\0\0\0\0\0\0\0\6"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_calls),       cmocka_unit_test(reads_blocks),
        cmocka_unit_test(reads_files),       cmocka_unit_test(passes_long_blocks),
        cmocka_unit_test(joins_midstream),   cmocka_unit_test(leaves_encrypted_sessions),
        cmocka_unit_test(believes_one_side), cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
