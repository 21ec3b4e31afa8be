/* SPDX-License-Identifier: Apache-2.0
 *
 * StatsD: metrics of all types, Datadog's events and checks, and lines of others that look like
 * them.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define SOLD "shop.sold:1|c"
#define OPEN "shop.open:-2.5|g"

static void talk(uint8_t over, uint16_t port, const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .transport = over, .server_port = port, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_metrics(void **state)
{
    (void)state;
    talk(OVER_UDP, 8125,
         TURNS(CLIENT(SOLD "|@0.1|#fruit:apple,till"), CLIENT(OPEN "\n_in:3|h\ndoor:320|ms\n"),
               CLIENT("users:amy s|s\nsize:+1e3|d|T1700000000|c:ci-1"),
               CLIENT("many:1:2:3.5|ms|#a:b"), CLIENT("pair:1|c:20|ms:3|m"),
               CLIENT("app.start,env=shop,host=till:1|c\nload;host=till:2|g")),
         LINES("app statsd", "proof strong",
               "tx statsd name=shop.sold value=1 type=c rate=0.1 tags=fruit:apple,till",
               "tx statsd name=shop.open value=-2.5 type=g", "tx statsd name=_in value=3 type=h",
               "tx statsd name=door value=320 type=ms", "tx statsd name=users value=amy s type=s",
               "tx statsd name=size value=+1e3 type=d",
               "tx statsd name=many value=1 type=ms tags=a:b", "tx statsd name=pair value=1 type=c",
               "buffer body shop.open:-2.5|g"));
}

static void reads_events_and_checks(void **state)
{
    (void)state;
    talk(OVER_UDP, 8125,
         TURNS(CLIENT("_e{5,9}:title|some|text|d:1700000000|h:till|p:low|t:info|#a:b,c"),
               CLIENT("_sc|shop.open|2|d:1700000000|h:till|#a:b|m:it is late")),
         LINES("app statsd", "proof strong",
               "tx statsd event.title=title event.text=some|text hostname=till tags=a:b,c",
               "tx statsd check.name=shop.open check.status=2 check.message=it is late "
               "hostname=till tags=a:b"));
}

static void reads_streams(void **state)
{
    (void)state;
    talk(OVER_TCP, 40000,
         TURNS(CLIENT(SOLD "\n" OPEN "|#a:b\r\n_e{1,1}:a|b\n\n_sc|x|0\ndoor:1|m\n")),
         LINES("app statsd", "proof strong", "tx statsd name=shop.sold value=1 type=c",
               "tx statsd name=shop.open value=-2.5 type=g tags=a:b",
               "tx statsd event.title=a event.text=b", "tx statsd check.name=x check.status=0",
               "tx statsd name=door value=1 type=m"));
    talk(OVER_TCP, 8125, TURNS(CLIENT(SOLD "\n")), LINES("app statsd", "proof fair"));
    talk(OVER_TCP, 8125, TURNS(CLIENT(SOLD)), LINES("app failed"));
}

static void believes_one_datagram_fairly(void **state)
{
    (void)state;
    talk(OVER_UDP, 40000, TURNS(CLIENT(SOLD)), LINES("app statsd", "proof fair"));
    talk(OVER_UDP, 40000, TURNS(CLIENT(SOLD), CLIENT(SOLD)), LINES("app statsd", "proof strong"));
    talk(OVER_UDP, 40000, TURNS(CLIENT(SOLD), CLIENT("\x80\0\0\1")),
         LINES("app statsd", "proof fair"));
}

static void joins_in_the_middle(void **state)
{
    const struct conversation c = {
        .server_port = 8125,
        .midstream = true,
        .turns = TURNS(CLIENT(SOLD "\n"), CLIENT_LOST(20), CLIENT("en:1|c\n" OPEN "\n")),
        .expect = LINES("app statsd", "proof strong", "tx statsd name=shop.open value=-2.5 type=g"),
    };

    (void)state;
    conversation_check(&c);
}

#define X_64  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X_512 X_64 X_64 X_64 X_64 X_64 X_64 X_64 X_64

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("GET:1|c HTTP/1.1"),
        CLIENT("name:value"),
        CLIENT("name:1"),
        CLIENT("name:1|"),
        CLIENT("name:1|x"),
        CLIENT("name:1|cc"),
        CLIENT("name:one|c"),
        CLIENT("name:|c"),
        CLIENT(":1|c"),
        CLIENT("1.2.3.4:80|c"),
        CLIENT("na me:1|c"),
        CLIENT("{\"name\":1|c"),
        CLIENT("name:1|c|"),
        CLIENT("name:1|c|@"),
        CLIENT("name:1|c|@often"),
        CLIENT("name:1|c|@0.1e"),
        CLIENT("name:1|c|?a"),
        CLIENT("name:1|c|Tnow"),
        CLIENT("name:1:x|c"),
        CLIENT("name:1|c\nGET / HTTP/1.1\r\n"),
        CLIENT("name:1|c\nname"),
        CLIENT("\n\n"),
        CLIENT("name:\x01|s"),
        CLIENT("_e{5,4}:titl|text"),
        CLIENT("_e{5,4}:title|tex"),
        CLIENT("_e{5,4}:title|texts"),
        CLIENT("_e{0,1}:|t"),
        CLIENT("_e{99999,4}:t"),
        CLIENT("_e{5,}:title|"),
        CLIENT("_e{1,1}:a|b|7:x"),
        CLIENT("_sc|name|4"),
        CLIENT("_sc|name|11"),
        CLIENT("_sc|name"),
        CLIENT("_sc||1"),
        CLIENT(X_512 ":1|c"),
        CLIENT("till.load 1 1700000000\n"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        talk(OVER_UDP, 8125, TURNS(bad[i]), LINES("!app statsd", "!tx statsd*"));
    talk(OVER_TCP, 8125, TURNS(SERVER(SOLD "\n" SOLD "\n")), LINES("app failed"));
    talk(OVER_TCP, 8125, TURNS(CLIENT("NICK amy\r\n")), LINES("app failed"));
    talk(OVER_TCP, 8125, TURNS(CLIENT("host: a\r\n")), LINES("app failed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_metrics),       cmocka_unit_test(reads_events_and_checks),
        cmocka_unit_test(reads_streams),       cmocka_unit_test(believes_one_datagram_fairly),
        cmocka_unit_test(joins_in_the_middle), cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
