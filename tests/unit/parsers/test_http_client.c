/* SPDX-License-Identifier: Apache-2.0
 *
 * For whom requests are made: what proxies say in HTTP/1 and HTTP/2, whom to believe, what is odd,
 * and what is kept of it for policy.
 */
#include "support/conversation.h"
#include "support/engine_fixture.h"
#include "support/tcp_script.h"
#include "support/workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define GET   "GET / HTTP/1.1\r\nHost: a\r\n"
#define TX    "tx http http_method=GET url=/ protocol=HTTP/1.1 hostname=a"
#define EMPTY "HTTP/1.1 204 No Content\r\n\r\n"
#define DONE  " status=204 length=0"

static void speaks_with(void (*adjust)(struct snapshot *), const char *client,
                        const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 80, .turns = turns, .expect = expect, .adjust = adjust, .client = client};

    conversation_check(&c);
}

static void speaks(const struct turn *turns, const char *const *expect)
{
    speaks_with(NULL, NULL, turns, expect);
}

static void first_element_by_default(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET "x-forwarded-FOR: 203.0.113.7:4711, 198.51.100.2\r\n"
                            "X-Forwarded-For: 10.0.0.1\r\n"
                            "X-Real-IP: 9.9.9.9\r\n"
                            "X-Forwarded-Proto: HTTPS\r\nX-Forwarded-Port: 8443\r\n"
                            "X-Forwarded-Host: shop.example, b\r\n\r\n"),
                 SERVER(EMPTY)),
           LINES(TX " sluice.forwarded.host=shop.example xff=203.0.113.7 "
                    "sluice.forwarded.proto=https sluice.forwarded.port=8443" DONE,
                 "!note *"));
}

static void sources_in_order(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET "X-Real-IP: 192.0.2.1\r\n"
                            "Forwarded: for=\"[2001:db8::7]:80\";proto=http;host=b\r\n\r\n" GET
                            "X-Forwarded-For: unknown\r\nX-Real-IP: 192.0.2.1\r\n\r\n" GET
                            "Forwarded: for=_hidden\r\nX-Forwarded-Scheme: http\r\n\r\n" GET
                            "CF-Connecting-IP: 192.0.2.1\r\nX-Forwarded-Port: 99999\r\n\r\n" GET
                            "\r\n"),
                 SERVER(EMPTY EMPTY EMPTY EMPTY EMPTY)),
           LINES(TX " sluice.forwarded.host=b xff=2001:db8::7 sluice.forwarded.proto=http" DONE,
                 TX " xff=192.0.2.1" DONE,
                 TX " sluice.forwarded.for=_hidden sluice.forwarded.proto=http" DONE, TX DONE));
}

static void trust_one_network(struct snapshot *s)
{
    conversation_settings(s);
    s->http.trusted = calloc(1, sizeof *s->http.trusted);
    assert_non_null(s->http.trusted);
    assert_true(ipprefix_parse("10.0.0.0/8", s->http.trusted));
    s->http.trusted_count = 1;
    s->http.client_ip = true;
}

static void last_one_that_is_no_proxy(void **state)
{
    (void)state;
    speaks_with(trust_one_network, NULL,
                TURNS(CLIENT(GET "X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.0.0.1\r\n"
                                 "X-Forwarded-For: 10.0.0.2\r\n\r\n" GET
                                 "True-Client-IP: 192.0.2.9\r\n\r\n"),
                      SERVER(EMPTY EMPTY)),
                LINES(TX " xff=203.0.113.7" DONE, TX " xff=192.0.2.9" DONE));
}

static void what_is_odd(void **state)
{
    static const char one[] = "10.0.0.1, ";
    char list[33 * sizeof one + 64] = GET "X-Forwarded-For: ";
    struct turn turns[] = {CLIENT(""), SERVER(EMPTY), {0}};

    (void)state;
    for (unsigned i = 0; i < 33; i++)
        strcat(list, one);
    strcat(list, "\r\n\r\n");
    turns[0].bytes = list;
    turns[0].n = strlen(list);
    speaks_with(NULL, "198.51.100.1", turns,
                LINES("note more than 32 addresses in a header of HTTP proxies",
                      "note internal address in a header of HTTP proxies, from outside"));
    speaks(turns, LINES("note more than 32 addresses in a header of HTTP proxies",
                        "!note internal address*"));
}

/* HPACK without the table: the literal names of a request that stays small. */
static void per_stream(void **state)
{
#define FRAME(n, type, flags, stream) "\0\0" n type flags "\0\0\0" stream
#define BLOCK(addr)                                                                                \
    "\x82\x86\x84"                                                                                 \
    "\0\x0fx-forwarded-for\x09" addr
    (void)state;
    speaks(TURNS(CLIENT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" FRAME("\0", "\4", "\0", "\0")
                            FRAME("\x1e", "\1", "\5", "\1") BLOCK("192.0.2.1")
                                FRAME("\x1e", "\1", "\5", "\3") BLOCK("192.0.2.3")),
                 SERVER(FRAME("\6", "\4", "\0", "\0") "\0\3\0\0\0\x64" FRAME(
                     "\1", "\1", "\5", "\3") "\x88" FRAME("\1", "\1", "\5", "\1") "\x88")),
           LINES("tx http2 stream_id=1 http_method=GET url=/ xff=192.0.2.1 status=200 length=0",
                 "tx http2 stream_id=3 http_method=GET url=/ xff=192.0.2.3 status=200 length=0"));
}

/* ---- for policy ---- */

struct kept {
    struct session_forwarded last;
    bool any;
};

static bool look(void *arg, const struct session *s)
{
    const struct session_forwarded *f = session_forwarded(s);
    struct kept *kept = arg;

    kept->any = f != NULL;
    if (f)
        kept->last = *f;
    return false;
}

/* "address port application changes". */
static void keeps(void (*adjust)(struct snapshot *), const char *const *headers, const char *want)
{
    struct engine_fixture f;
    struct frame_list l = {0};
    struct tcp_script s;
    struct kept kept = {0};
    char text[IPADDR_TEXT], got[IPADDR_TEXT + 40] = "none";

    fixture_open(&f, &(struct fixture_options){.adjust = adjust});
    tcp_script_init(&s, &l);
    tcp_open(&s);
    for (; *headers; headers++) {
        char request[400];

        (void)snprintf(request, sizeof request, GET "%s\r\n\r\n", *headers);
        tcp_send(&s, DIR_CLIENT, span_text(request));
        tcp_send(&s, DIR_SERVER, SPAN(EMPTY));
    }
    fixture_feed(&f, &l);
    engine_sessions(f.engine, look, &kept);
    frame_list_free(&l);
    fixture_close(&f);
    if (kept.any) {
        ipaddr_text(&kept.last.addr, text);
        (void)snprintf(got, sizeof got, "%s %u %u %u", text, kept.last.port, kept.last.application,
                       kept.last.changes);
    }
    assert_string_equal(got, want);
}

static void trust_another(struct snapshot *s)
{
    s->http.trusted = calloc(1, sizeof *s->http.trusted);
    assert_non_null(s->http.trusted);
    assert_true(ipprefix_parse("203.0.113.0/24", s->http.trusted));
    s->http.trusted_count = 1;
}

static void egress(struct snapshot *s)
{
    workloads_add(s, NULL, (const char *const[]){"10.1.1.1"}, 1);
}

static void kept_for_policy(void **state)
{
    (void)state;
    keeps(NULL, LINES("X-Other: 1"), "none");
    keeps(NULL, LINES("X-Forwarded-Proto: https"), "none");
    keeps(NULL, LINES("X-Forwarded-For: unknown"), "none");
    keeps(NULL, LINES("X-Forwarded-For: 8.8.8.8", "X-Other: 1", "X-Forwarded-For: 8.8.8.8"),
          "8.8.8.8 0 0 1");
    keeps(
        NULL,
        LINES("X-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: Http",
              "X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443"),
        "2001:db8::1 443 1002 2");
    keeps(NULL, LINES("X-Forwarded-For: 8.8.8.8\r\nX-Forwarded-Proto: http"), "8.8.8.8 0 1001 1");
    keeps(trust_another, LINES("X-Forwarded-For: 8.8.8.8"), "none");
    keeps(egress, LINES("X-Forwarded-For: 8.8.8.8"), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_element_by_default),
        cmocka_unit_test(sources_in_order),
        cmocka_unit_test(last_one_that_is_no_proxy),
        cmocka_unit_test(what_is_odd),
        cmocka_unit_test(per_stream),
        cmocka_unit_test(kept_for_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
