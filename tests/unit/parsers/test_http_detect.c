/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.x: what detection reads of it, however the bytes arrive.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GET  "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK_2 "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_heads(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("POST /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX-Y:  z\r\nContent-Length: 3\r\n"
                        "\r\nxyz"),
                 SERVER("HTTP/1.1 404 Not Found\r\nServer: me\r\nContent-Length: 0\r\n\r\n")),
           LINES("buffer request_line POST /a%20b?c=d HTTP/1.1", "buffer method POST",
                 "buffer url_raw /a%20b?c=d",
                 "buffer header Host: a\\r\\nX-Y:  z\\r\\nContent-Length: 3\\r\\n",
                 "buffer body xyz", "buffer status_line HTTP/1.1 404 Not Found",
                 "buffer header Server: me\\r\\nContent-Length: 0\\r\\n"));
}

static void unfolds_lines_and_appends_trailers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET),
                 SERVER("HTTP/1.1 200 OK\r\nA: b\r\n \t c\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nT: u\r\nV: w\r\n\r\n")),
           LINES("buffer header A: b c\\r\\nTransfer-Encoding: chunked\\r\\nT: u\\r\\n"
                 "V: w\\r\\n",
                 "buffer body abcde"));
}

static void reads_every_message_of_a_connection(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n2" GET),
                 SERVER(OK_2 "HTTP/1.1 204 No\r\n\r\n"
                             "HTTP/1.1 200 OK\r\n\r\nto the end")),
           LINES("buffer url_raw /", "buffer url_raw /2", "buffer body 2", "buffer body ok",
                 "buffer status_line HTTP/1.1 204 No", "buffer body to the end"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_heads),
        cmocka_unit_test(unfolds_lines_and_appends_trailers),
        cmocka_unit_test(reads_every_message_of_a_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
