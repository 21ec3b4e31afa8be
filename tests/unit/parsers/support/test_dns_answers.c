/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that a workload asks for, and which addresses are believed to be theirs.
 */
#include "engine_fixture.h"
#include "packet_builder.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ID            "\x12\x34"
#define ONE           "\0\1\0\0\0\0\0\0"
#define WWW           "\3wWw\7example\3com\0"
#define A_IN          "\0\1\0\1"
#define AAAA_IN       "\0\x1c\0\1"
#define CNAME_IN      "\0\5\0\1"
#define TTL           "\0\0\1\x2c"
#define AT_WWW        "\xc0\x0c"
#define ASK           ID "\1\0" ONE WWW A_IN
#define ANSWERS(n)    ID "\x81\x80\0\1\0" n "\0\0\0\0"
#define ADDRESS(last) A_IN TTL "\0\4\x0a\2\3" last

static char found[4096];

static void note(void *arg, const struct named_address *n)
{
    char text[IPADDR_TEXT];
    size_t used = strlen(found);

    (void)arg;
    assert_int_equal(n->zone, 1);
    ipaddr_text(&n->addr, text);
    snprintf(found + used, sizeof found - used, "%.*s=%s/%u ", (int)n->name.n,
             (const char *)n->name.p, text, n->ttl);
}

static void client(struct snapshot *s)
{
    static const char *const net[] = {"10.1.1.1/32"};

    workloads_add(s, "client", net, 1);
}

struct turn {
    bool from_server;
    struct span bytes;
};

/* What one session between the workload and its name server brings to light. */
static void expect(const struct turn *turns, size_t count, const char *want)
{
    struct frame_list frames = {0};
    struct engine_fixture f;

    found[0] = '\0';
    fixture_open(&f,
                 &(struct fixture_options){.mode = ENGINE_INLINE, .named = note, .adjust = client});
    for (size_t i = 0; i < count; i++) {
        bool back = turns[i].from_server;
        struct packet_builder b;

        build_begin(&b);
        build_ethernet(&b);
        build_ip(&b, back ? "10.9.9.9" : "10.1.1.1", back ? "10.1.1.1" : "10.9.9.9");
        build_udp(&b, back ? 53 : 40000, back ? 40000 : 53);
        build_bytes(&b, turns[i].bytes.p, turns[i].bytes.n);
        build_add(&b, &frames, UINT64_C(1700000000000000) + i * 1000);
    }
    fixture_feed(&f, &frames);
    fixture_close(&f);
    frame_list_free(&frames);
    assert_string_equal(found, want);
}

#define EXPECT(want, ...)                                                                          \
    expect((const struct turn[]){__VA_ARGS__},                                                     \
           sizeof((const struct turn[]){__VA_ARGS__}) / sizeof(struct turn), want)
#define C(text)                                                                                    \
    {                                                                                              \
        false, SPAN(text)                                                                          \
    }
#define S(text)                                                                                    \
    {                                                                                              \
        true, SPAN(text)                                                                           \
    }

static void one_address(void **state)
{
    (void)state;
    EXPECT("www.example.com=10.2.3.4/300 ", C(ASK), S(ANSWERS("\1") WWW A_IN AT_WWW ADDRESS("\4")));
}

static void several_and_ipv6(void **state)
{
    (void)state;
    EXPECT("www.example.com=10.2.3.4/300 www.example.com=10.2.3.5/300 ", C(ASK),
           S(ANSWERS("\2") WWW A_IN AT_WWW ADDRESS("\4") AT_WWW ADDRESS("\5")));
    EXPECT("www.example.com=2001:db8::7/300 ", C(ID "\1\0" ONE WWW AAAA_IN),
           S(ANSWERS("\1") WWW AAAA_IN AT_WWW AAAA_IN TTL
             "\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"));
}

static void aliases_are_followed(void **state)
{
    (void)state;
    EXPECT("www.example.com=10.2.3.4/300 ", C(ASK),
           S(ANSWERS("\3") WWW A_IN AT_WWW CNAME_IN TTL "\0\6\2cd\1n\0"
                                                        "\2cd\1n\0" CNAME_IN TTL "\0\6\2ed\1g\0"
                                                        "\2eD\1g\0" ADDRESS("\4")));
}

/* An answer may say what it likes about names that nobody asked for. */
static void other_names_are_not_believed(void **state)
{
    (void)state;
    EXPECT("", C(ASK), S(ANSWERS("\1") WWW A_IN "\4evil\3com\0" ADDRESS("\4")));
    EXPECT("www.example.com=10.2.3.4/300 ", C(ASK),
           S(ANSWERS("\2") WWW A_IN "\4evil\3com\0" ADDRESS("\6") AT_WWW ADDRESS("\4")));
}

static void only_answers_to_questions(void **state)
{
    (void)state;
    EXPECT("", S(ANSWERS("\1") WWW A_IN AT_WWW ADDRESS("\4")));         /* nobody asked */
    EXPECT("", C(ASK), C(ANSWERS("\1") WWW A_IN AT_WWW ADDRESS("\4"))); /* who asks answers */
    EXPECT("", C(ASK),
           S("\x12\x35\x81\x80\0\1\0\1\0\0\0\0" WWW A_IN AT_WWW ADDRESS("\4"))); /* other id */
    EXPECT("", C(ASK), S(ANSWERS("\1") "\3wwx\7example\3com\0" A_IN AT_WWW ADDRESS("\4")));
    EXPECT("www.example.com=10.2.3.4/300 ", C(ASK), /* the second answers nothing any more */
           S(ANSWERS("\1") WWW A_IN AT_WWW ADDRESS("\4")),
           S(ANSWERS("\1") WWW A_IN AT_WWW ADDRESS("\5")));
}

static void what_is_no_address(void **state)
{
    (void)state;
    EXPECT("", C(ASK), S(ANSWERS("\1") WWW A_IN AT_WWW A_IN TTL "\0\3\x0a\2\3")); /* too short */
    EXPECT("", C(ASK),                                                            /* class CHAOS */
           S(ANSWERS("\1") WWW A_IN AT_WWW "\0\1\0\3" TTL "\0\4\x0a\2\3\4"));
    EXPECT("", C(ASK), /* there is no such name */
           S(ID "\x81\x83\0\1\0\1\0\0\0\0" WWW A_IN AT_WWW ADDRESS("\4")));
    EXPECT("", C(ID "\1\0" ONE "\4w\nww\0" A_IN), /* no name of a host */
           S(ANSWERS("\1") "\4w\nww\0" A_IN AT_WWW ADDRESS("\4")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address),
        cmocka_unit_test(several_and_ipv6),
        cmocka_unit_test(aliases_are_followed),
        cmocka_unit_test(other_names_are_not_believed),
        cmocka_unit_test(only_answers_to_questions),
        cmocka_unit_test(what_is_no_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
