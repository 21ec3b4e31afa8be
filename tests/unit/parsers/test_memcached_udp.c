/* SPDX-License-Identifier: Apache-2.0
 *
 * memcached over UDP: the header of eight bytes, pairing by its number, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"
#define HEAD       "\0\1\0\0\0\1\0\0"

static void speaks(uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = OVER_UDP, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_questions_and_answers(void **state)
{
    (void)state;
    speaks(4000,
           TURNS(CLIENT(HEAD "get a\r\n"), SERVER(HEAD "VALUE a 0 2\r\nhi\r\nEND\r\n"),
                 CLIENT("\0\2\0\0\0\1\0\0set a 0 0 1\r\nx\r\n"),
                 SERVER("\0\2\0\0\0\1\0\0STORED\r\n")),
           LINES("app memcached", "proof certain", "tx memcached operation=get key=a status=VALUE",
                 "tx memcached operation=set key=a status=STORED", "buffer body x",
                 "buffer body hi", "note memcached over UDP"));
}

static void reads_binary(void **state)
{
    (void)state;
    speaks(11211,
           TURNS(CLIENT(HEAD "\x80\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0k"),
                 SERVER(HEAD "\x81\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")),
           LINES("app memcached", "proof certain",
                 "tx memcached operation=get key=k status=key_not_found"));
}

/* Of an answer in several datagrams the first is read. */
static void passes_further_datagrams(void **state)
{
    (void)state;
    speaks(11211,
           TURNS(CLIENT(HEAD "stats\r\n"), SERVER("\0\1\0\0\0\2\0\0STAT pid 1\r\nSTAT up"),
                 SERVER("\0\1\0\1\0\2\0\0time 2\r\nEND\r\n"), CLIENT("\0\2\0\0\0\1\0\0get a\r\n"),
                 SERVER("\0\1\0\0\0\1\0\0END\r\n"), SERVER("\0\2\0\0\0\1\0\0END\r\n")),
           LINES("app memcached", "proof certain", "tx memcached operation=stats status=STAT",
                 "tx memcached operation=get key=a status=END"));
}

static void believes_one_side(void **state)
{
    (void)state;
    speaks(11211, TURNS(CLIENT(HEAD "get a\r\n")), LINES("app memcached", "proof fair"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\0\1\0\0\0\1\0\1get a\r\n"),
        CLIENT("\0\1\0\1\0\1\0\0get a\r\n"),
        CLIENT("\0\1\0\0\0\2\0\0get a\r\n"),
        CLIENT(HEAD "got a\r\n"),
        CLIENT(HEAD "get a"),
        CLIENT(HEAD),
        SERVER(HEAD "HELLO\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(11211, TURNS(bad[i]), LINES(UNKNOWN, "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_questions_and_answers), cmocka_unit_test(reads_binary),
        cmocka_unit_test(passes_further_datagrams),    cmocka_unit_test(believes_one_side),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
