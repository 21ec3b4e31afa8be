/* SPDX-License-Identifier: Apache-2.0
 *
 * PROXY protocol: both versions, what follows them, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define MAGIC "\r\n\r\n\0\r\nQUIT\n"
#define PING  "*1\r\n$4\r\nPING\r\n"
#define ENDS  "src_ip=10.1.1.1 src_port=50000 dest_ip=10.1.1.2 dest_port=443"
#define V4    "\x0a\1\1\1\x0a\1\1\2\xc3\x50\1\xbb"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_lines(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 443\r\n" PING), SERVER("+PONG\r\n")),
           LINES("app redis", "protocols proxy,redis", "proof certain",
                 "tx proxy version=1 protocol=tcp " ENDS, "tx redis command=PING arguments=0"));
    speaks(TURNS(CLIENT("PROXY TCP6 fd00::1 fd00::2 50000 443\r\n"), CLIENT(PING)),
           LINES("app redis", "tx proxy version=1 protocol=tcp src_ip=fd00::1 src_port=50000 "
                              "dest_ip=fd00::2 dest_port=443"));
    speaks(TURNS(CLIENT("PROXY UNKNOWN whatever comes here\r\n" PING)),
           LINES("app redis", "tx proxy version=1 protocol=unknown"));
}

static void reads_binary_heads(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(MAGIC "\x21\x11\0\x0c" V4 PING)),
           LINES("protocols proxy,redis", "tx proxy version=2 protocol=tcp " ENDS));
    speaks(TURNS(CLIENT(MAGIC "\x20\0\0\0" PING)),
           LINES("protocols proxy,redis", "tx proxy version=2 protocol=local"));
    speaks(TURNS(CLIENT(MAGIC "\x21\x11\0\x31" V4 "\1\0\2h2\2\0\5a.org\x20\0\x15\1\0\0\0\0"
                              "\x21\0\x07TLSv1.3\x22\0\3joe" PING)),
           LINES("host a.org", "tx proxy version=2 protocol=tcp " ENDS
                               " alpn=h2 authority=a.org tls.version=TLSv1.3 tls.common_name=joe"));
}

static void bears_strange_extras(void **state)
{
    (void)state;
    /* Whom a balancer speaks for when it speaks for itself is not said. */
    speaks(TURNS(CLIENT(MAGIC "\x20\x11\0\x0c\2\0\5a.org1234" PING)),
           LINES("protocols proxy,redis", "!host *", "tx proxy version=2 protocol=local"));
    /* One that is longer than the header, and one in TLS's. */
    speaks(TURNS(CLIENT(MAGIC "\x21\x11\0\x14" V4 "\2\0\6a.org" PING)),
           LINES("protocols proxy,redis", "!host *", "tx proxy version=2 protocol=tcp " ENDS));
    speaks(TURNS(CLIENT(MAGIC "\x21\x11\0\x17" V4 "\x20\0\x08\1\0\0\0\0\x21\xff\xff" PING)),
           LINES("protocols proxy,redis", "tx proxy version=2 protocol=tcp " ENDS));
    speaks(TURNS(CLIENT(MAGIC "\x21\0\0\5\1\0\2h2" PING)),
           LINES("protocols proxy,redis", "tx proxy version=2 protocol=unknown alpn=h2"));
    speaks(TURNS(CLIENT(MAGIC "\x21\x12\0\x0c" V4 PING)),
           LINES("protocols proxy,redis", "tx proxy version=2 protocol=udp " ENDS));
}

static void is_named_alone(void **state)
{
    const struct conversation late = {
        .server_port = 40000,
        .midstream = true,
        .turns = TURNS(CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 443\r\n" PING)),
        .expect = LINES("protocols proxy,redis"),
    };

    (void)state;
    conversation_check(&late);
    speaks(TURNS(CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 443\r\n")), LINES("app proxy"));
    speaks(TURNS(SERVER("PROXY TCP4 10.1.1.1 10.1.1.2 50000 443\r\n")), LINES("app failed"));
    speaks(TURNS(CLIENT("PROXY TCP4 10.1.1.1 "), CLIENT_LOST(10), CLIENT(" 50000 443\r\n")),
           LINES("app failed"));
}

static void stands_before_servers_that_greet(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 443\r\n"), SERVER("SSH-2.0-x\r\n"),
                 CLIENT("SSH-2.0-y\r\n")),
           LINES("app ssh", "protocols proxy,ssh"));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000\r\n"),
        CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 65536\r\n"),
        CLIENT("PROXY TCP4 10.1.1 10.1.1.2 50000 443\r\n"),
        CLIENT("PROXY TCP4 fd00::1 fd00::2 50000 443\r\n"),
        CLIENT("PROXY TCP5 10.1.1.1 10.1.1.2 50000 443\r\n"),
        CLIENT("PROXY UNKNOWN 0123456789012345678901234567890123456789012345678901234567890123456"
               "7890123456789012345678901234567890\r\n"),
        CLIENT("PROXY UNKNOWNS\r\n"),
        CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 -1 443\r\n"),
        CLIENT("PROXY TCP4 10.1.1.1 10.1.1.2 50000 443 1\r\n"),
        CLIENT(MAGIC "\x21\x51\x20\0"), /* before its body is here */
        CLIENT(MAGIC "\x21\x13\x20\0"),
        CLIENT(MAGIC "\x21\x21\0\x23" V4 V4 "01234567890"),
        CLIENT(MAGIC "\x22\x11\0\x0c" V4),
        CLIENT(MAGIC "\x21\x51\0\x0c" V4),
        CLIENT(MAGIC "\x21\x11\0\x0b" V4),
        CLIENT(MAGIC "\x21\x11\xff\xff" V4),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(bad[i]), LINES("app failed", "!tx *"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(reads_binary_heads),
        cmocka_unit_test(stands_before_servers_that_greet),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(bears_strange_extras),
        cmocka_unit_test(is_named_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
