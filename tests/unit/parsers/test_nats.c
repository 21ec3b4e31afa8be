/* SPDX-License-Identifier: Apache-2.0
 *
 * NATS: greetings, logins, subjects, payloads, errors, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define INFO                                                                                       \
    "INFO {\"server_id\":\"NAX\",\"server_name\":\"n1\", \"version\":\"2.9.10\",\"proto\":1,"      \
    "\"connect_urls\":[\"a\",{\"server_id\":\"}\\\"]\"}],\"headers\":true} \r\n"
#define CONNECT                                                                                    \
    "CONNECT {\"verbose\":false,\"user\":\"amy\",\"pass\":\"secret\",\"lang\":\"go\","             \
    "\"version\":\"1.2\",\"name\":\"till\"}\r\nPING\r\n"
#define TX_LOGIN                                                                                   \
    "tx nats server.id=NAX server.name=n1 server.version=2.9.10 user=amy client.lang=go "          \
    "client.version=1.2 client.name=till"
#define PUB    "PUB a.b 5\r\nhello\r\n"
#define TX_PUB "tx nats command=PUB subject=a.b size=5"

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
    speaks(TURNS(SERVER(INFO), CLIENT(CONNECT), SERVER("PONG\r\n"),
                 CLIENT("SUB a.* 1\r\nsub  b.> workers\t2\r\n"), CLIENT(PUB),
                 CLIENT("HPUB c reply 12 15\r\nNATS/1.0\r\n\r\nabc\r\n"),
                 SERVER("MSG a.b 1 5\r\nhello\r\n"),
                 SERVER("HMSG c 2 inbox 12 15\r\nNATS/1.0\r\n\r\nxyz\r\n"), SERVER("PING\r\n" INFO),
                 CLIENT("PONG\r\nUNSUB 1 5\r\n"), CLIENT("PUB e 0\r\n\r\n"), SERVER("+OK\r\n")),
           LINES("app nats", "proof certain", TX_LOGIN, "tx nats command=SUB subject=a.* sid=1",
                 "tx nats command=SUB subject=b.> sid=2 queue=workers", TX_PUB,
                 "tx nats command=HPUB subject=c reply_to=reply size=15",
                 "tx nats command=MSG subject=a.b sid=1 size=5",
                 "tx nats command=HMSG subject=c sid=2 reply_to=inbox size=15",
                 "tx nats command=UNSUB sid=1", "tx nats command=PUB subject=e size=0",
                 "buffer body hello", "buffer body abc", "buffer body xyz", "!note *"));
}

static void notes_refusals(void **state)
{
    const struct conversation c = {
        .turns = TURNS(SERVER(INFO), CLIENT(CONNECT), SERVER("-ERR 'Authorization Violation'\r\n")),
        .expect =
            LINES(TX_LOGIN " error=Authorization Violation", "note NATS refuses the login: amy")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
    speaks(TURNS(SERVER(INFO), CLIENT(CONNECT), SERVER("PONG\r\n"), CLIENT(PUB),
                 SERVER("-ERR 'Permissions Violation for Publish to \"a.b\"'\r\n")),
           LINES("note NATS refuses access: amy",
                 "tx nats error=Permissions Violation for Publish to \"a.b\""));
}

static void goes_on_with_tls(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(INFO), CLIENT("\x16\3\1\0\x2f\1\0\0\x2b\3\3"
                                      "0123456789abcdef0123456789abcdef\0\0\2\x13\1\1\0\0\0")),
           LINES("protocols nats,tls*", "tx nats server.id=NAX server.name=n1*"));
}

static void reads_routes(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(INFO), CLIENT(INFO), CLIENT("RS+ $G a.b\r\n"),
                 CLIENT("RMSG $G a.b 5\r\nhello\r\n")),
           LINES("tx nats command=RS+ subject=$G sid=a.b",
                 "tx nats command=RMSG subject=a.b size=5", "buffer body hello"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(INFO)), LINES("app nats", "proof certain"));
    speaks(TURNS(CLIENT(CONNECT PUB)), LINES("app nats", "proof strong", TX_PUB));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT(PUB)), LINES("app nats", "proof fair", TX_PUB));
    speaks_midstream(TURNS(SERVER("the end\r\n"), SERVER("MSG a.b 1 5\r\nhello\r\n"
                                                         "MSG a.b 1 5\r\nworld\r\n")),
                     LINES("app nats", "proof strong"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(SERVER(INFO), CLIENT(CONNECT), SERVER("PONG\r\n"), CLIENT_LOST(90),
                      CLIENT("half a payload\r\n"), CLIENT(PUB)),
                LINES(TX_LOGIN, TX_PUB));
}

static void passes_large_payloads(void **state)
{
    static char payload[1000000];

    (void)state;
    memset(payload, 'p', sizeof(payload));
    speaks_once(TURNS(SERVER(INFO), CLIENT(CONNECT), CLIENT("PUB x 2000000\r\n"),
                      CLIENT_BYTES(payload, sizeof(payload)), CLIENT_LOST(1000000),
                      CLIENT("\r\n" PUB)),
                LINES("tx nats command=PUB subject=x size=2000000", TX_PUB));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        SERVER("INFO {\"name\":\"x\"}\r\n"),
        SERVER("INFO server_id\r\n"),
        SERVER("INFO {\"server_id\":\"x\"\r\n"),
        SERVER("INFO {server_id:1}\r\n"),
        SERVER("+OK POP3 ready\r\n"),
        SERVER("-ERR 'x'\r\n"),
        SERVER("PING\r\n"),
        CLIENT("PING\r\n"),
        CLIENT("CONNECT a.example:443 HTTP/1.1\r\n\r\n"),
        CLIENT("CONNECT {\"a\":1}\r\n"),
        CLIENT("CONNECT\naccept-version:1.1\nhost:/\n\n"),
        CLIENT(PUB),
        CLIENT("PUT / HTTP/1.1\r\n\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("!app nats"));
    speaks_midstream(TURNS(CLIENT("PUB a b c d 5\r\n")), LINES("!app nats"));
    speaks_midstream(TURNS(CLIENT("PUB a 99999999999\r\n")), LINES("!app nats"));
    speaks_midstream(TURNS(CLIENT("HPUB a 9 5\r\n")), LINES("!app nats"));
}

/* Objects that nest without end, and lines that have none. */
static void survives_hostile_objects(void **state)
{
    static char deep[60000] = "INFO {\"server_id\":";

    (void)state;
    memset(deep + 18, '[', 20000);
    memcpy(deep + 20018, "}\r\n", 3);
    speaks_once(TURNS(SERVER_BYTES(deep, 20021)), LINES("app nats"));
    memset(deep + 18, 'x', sizeof(deep) - 18);
    speaks_once(TURNS(SERVER_BYTES(deep, sizeof(deep))), LINES("!app nats"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),
        cmocka_unit_test(notes_refusals),
        cmocka_unit_test(goes_on_with_tls),
        cmocka_unit_test(reads_routes),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(joins_midstream),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(passes_large_payloads),
        cmocka_unit_test(refuses_look_alikes),
        cmocka_unit_test(survives_hostile_objects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
