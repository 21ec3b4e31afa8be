/* SPDX-License-Identifier: Apache-2.0
 *
 * MQTT: three versions, acknowledgements, bodies, sides alone, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

#define CONNECT_4  "\x10\x10\0\4MQTT\4\2\0\x3c\0\4cat1"
#define CONNACK_OK "\x20\2\0\0"
#define TX_CONNECT_4                                                                               \
    "tx mqtt connect.protocol_string=MQTT connect.protocol_version=4 "                             \
    "connect.flags.username=false "                                                                \
    "connect.flags.password=false connect.flags.will=false connect.flags.will_retain=false "       \
    "connect.flags.clean_session=true connect.client_id=cat1"
#define TX_ACCEPTED     " connack.session_present=false connack.return_code=0"
#define PUBLISH_0       "\x30\x0c\0\5a/b/chello"
#define PUBLISH_1(id)   "\x32\x0a\0\3t/1\0" id "one"
#define QOS(qos)        "tx mqtt publish.qos=" qos " publish.retain=false publish.dup=false "
#define TX_PUBLISH_0    QOS("0") "publish.topic=a/b/c"
#define TX_PUBLISH_1(n) QOS("1") "publish.topic=t/1 publish.message_id=" n

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
    speaks(TURNS(CLIENT(CONNECT_4), SERVER(CONNACK_OK), CLIENT(PUBLISH_0), CLIENT(PUBLISH_1("\7")),
                 SERVER("\x40\2\0\7"), CLIENT("\x34\x0a\0\3t/2\0\x08two"), SERVER("\x50\2\0\x08"),
                 CLIENT("\x62\2\0\x08"), SERVER("\x70\2\0\x08"),
                 CLIENT("\x82\x0c\0\x09\0\1#\1\0\3a/+\2"), SERVER("\x90\4\0\x09\1\x80"),
                 SERVER("\x33\x0a\0\3t/3\0\1six"), CLIENT("\x40\2\0\1"),
                 CLIENT("\xa2\5\0\x0a\0\1#"), SERVER("\xb0\2\0\x0a"), CLIENT("\xc0\0"),
                 SERVER("\xd0\0"), CLIENT("\xe0\0")),
           LINES("app mqtt", "proof certain", TX_CONNECT_4 TX_ACCEPTED, TX_PUBLISH_0,
                 TX_PUBLISH_1("7") " puback.message_id=7",
                 QOS("2") "publish.topic=t/2 publish.message_id=8 pubrec.message_id=8",
                 "tx mqtt pubrel.message_id=8 pubcomp.message_id=8",
                 "tx mqtt subscribe.message_id=9 subscribe.topics[].topic=# "
                 "subscribe.topics[].qos=1 subscribe.topics[].topic=a/+ "
                 "subscribe.topics[].qos=2 suback.message_id=9 suback.qos_granted[]=1 "
                 "suback.qos_granted[]=128",
                 "tx mqtt publish.qos=1 publish.retain=true publish.dup=false publish.topic=t/3 "
                 "publish.message_id=1 puback.message_id=1",
                 "tx mqtt unsubscribe.message_id=10 unsubscribe.topics[]=# "
                 "unsuback.message_id=10",
                 "tx mqtt disconnect.reason_code=0", "buffer body hello", "buffer body one",
                 "buffer body two", "buffer body six", "!note *"));
}

static void reads_version_31(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT("\x10\x1c\0\6MQIsdp\3\xc2\0\x3c\0\3cat\0\3bob\0\4pass"), SERVER("\x20\2\0\5")),
        LINES("app mqtt", "proof certain",
              "tx mqtt connect.protocol_string=MQIsdp connect.protocol_version=3 "
              "connect.flags.username=true connect.flags.password=true connect.flags.will=false "
              "connect.flags.will_retain=false connect.flags.clean_session=true "
              "connect.client_id=cat connect.username=bob connack.session_present=false "
              "connack.return_code=5",
              "note MQTT refuses the login: bob"));
}

static void reads_version_5(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("\x10\x33\0\4MQTT\5\xee\0\x3c\5\x11\0\0\0\x3c\0\3cat\5\x18\0\0\0\1\0\4gone"
                        "\0\3bye\0\3amy\0\6secret"),
                 SERVER("\x20\x0d\1\0\x0a\x12\0\4auto\x22\0\5"),
                 CLIENT("\x30\x1c\0\1t\x13\x03\0\4text\x26\0\1k\0\1v\x23\0\2\x01\x01hello"),
                 CLIENT("\x32\x0a\0\0\0\3\3\x23\0\2me"), SERVER("\x40\3\0\3\x87"),
                 CLIENT("\x82\7\0\4\0\0\1#\1"), SERVER("\x90\4\0\4\0\x87"),
                 SERVER("\xe0\x09\x87\7\x1f\0\4none")),
           LINES("app mqtt", "proof certain",
                 "tx mqtt connect.protocol_string=MQTT connect.protocol_version=5 "
                 "connect.flags.username=true connect.flags.password=true connect.flags.will=true "
                 "connect.flags.will_retain=true connect.flags.clean_session=true "
                 "connect.client_id=cat connect.username=amy connect.will.topic=gone "
                 "connect.properties.session_expiry_interval=60 connack.session_present=true "
                 "connack.return_code=0 connack.properties.assigned_client_identifier=auto",
                 "tx mqtt publish.qos=0 publish.retain=false publish.dup=false publish.topic=t "
                 "publish.properties.content_type=text publish.properties.topic_alias=2",
                 QOS("1") "publish.topic= publish.message_id=3 publish.properties.topic_alias=2 "
                          "puback.message_id=3 puback.reason_code=135",
                 "note MQTT refuses to publish: amy", "note MQTT refuses a subscription: amy",
                 "note MQTT refuses access: amy",
                 "tx mqtt disconnect.reason_code=135 disconnect.properties.reason_string=none",
                 "buffer body hello", "buffer body me"));
    speaks(TURNS(CLIENT("\x10\x16\0\4MQTT\5\2\0\x3c\6\x15\0\3ntl\0\3cat"),
                 SERVER("\xf0\x08\x18\6\x15\0\3ntl"), CLIENT("\xf0\x08\x18\6\x15\0\3ntl"),
                 SERVER("\x20\3\0\x86\0")),
           LINES("tx mqtt auth.reason_code=24 auth.properties.authentication_method=ntl",
                 "note MQTT refuses the login: cat"));
}

static void never_tells_a_password(void **state)
{
    const struct conversation c = {
        .turns = TURNS(CLIENT("\x10\x1c\0\6MQIsdp\3\xc2\0\x3c\0\3cat\0\3bob\0\4pass"),
                       SERVER("\x20\2\0\5")),
        .expect = LINES("app mqtt")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "pass "));
    assert_null(strstr(outcome, "=pass"));
    free(outcome);
}

static void pairs_by_identifier(void **state)
{
    (void)state;
    /* The second is acknowledged before the first, which stays alone then. */
    speaks(TURNS(CLIENT(CONNECT_4), SERVER(CONNACK_OK), CLIENT(PUBLISH_1("\1")),
                 CLIENT(PUBLISH_1("\2")), SERVER("\x40\2\0\2"), SERVER("\x40\2\0\1"),
                 SERVER("\x40\2\0\x09")),
           LINES(TX_PUBLISH_1("1"), TX_PUBLISH_1("2") " puback.message_id=2",
                 "tx mqtt puback.message_id=1", "tx mqtt puback.message_id=9"));
}

static void does_not_remember_without_end(void **state)
{
    enum { MANY = 40 };
    struct turn turns[2 * MANY + 3] = {CLIENT(CONNECT_4), SERVER(CONNACK_OK)};
    static char sent[MANY][13], acks[MANY][5];

    (void)state;
    for (int i = 0; i < MANY; i++) {
        memcpy(sent[i], PUBLISH_1("\1"), 13);
        memcpy(acks[i], "\x40\2\0\1", 5);
        sent[i][8] = (char)(i + 1);
        acks[i][3] = (char)(i + 1);
        turns[2 + i] = (struct turn)CLIENT_BYTES(sent[i], 12);
        turns[2 + MANY + i] = (struct turn)SERVER_BYTES(acks[i], 4);
    }
    speaks_once(turns, LINES(TX_PUBLISH_1("1"), "tx mqtt puback.message_id=1",
                             TX_PUBLISH_1("40") " puback.message_id=40"));
}

static void passes_large_bodies(void **state)
{
    static char body[3000000];

    (void)state;
    memset(body, 0x10, sizeof(body));
    speaks_once(TURNS(CLIENT(CONNECT_4), SERVER(CONNACK_OK), CLIENT("\x30\xc3\x8d\xb7\1\0\1t"),
                      CLIENT_BYTES(body, 1000000), CLIENT_LOST(1000000),
                      CLIENT_BYTES(body, 1000000), CLIENT(PUBLISH_0)),
                LINES("app mqtt", "proof certain", TX_PUBLISH_0));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CONNECT_4)), LINES("app mqtt", "proof strong", TX_CONNECT_4));
    speaks(TURNS(SERVER(CONNACK_OK "\x90\3\0\1\0")), LINES("app mqtt", "proof fair"));
    speaks(TURNS(SERVER(CONNACK_OK)), LINES(UNKNOWN));
    speaks(TURNS(SERVER("\xd0\0")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT(PUBLISH_0 "\xe0\0")), LINES("app mqtt", "proof fair", TX_PUBLISH_0));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(CLIENT("\xc0\0"), SERVER("\xd0\0")), LINES("app mqtt", "proof fair"));
    speaks_midstream(TURNS(CLIENT(PUBLISH_1("\7")), SERVER("\x40\2\0\7")),
                     LINES("app mqtt", "proof strong"));
    speaks_midstream(TURNS(CLIENT("\x82\7\0\4\0\0\1#\1"), SERVER("\x90\4\0\4\0\1")),
                     LINES("app mqtt", "proof strong",
                           "tx mqtt subscribe.message_id=4 "
                           "subscribe.topics[].topic=# "
                           "subscribe.topics[].qos=1*"));
    speaks_midstream(TURNS(SERVER("the end of a body"), SERVER(PUBLISH_0), SERVER(PUBLISH_0)),
                     LINES("app mqtt", TX_PUBLISH_0));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(
        TURNS(CLIENT(CONNECT_4), SERVER(CONNACK_OK), CLIENT_LOST(100), CLIENT("the end of a body"),
              CLIENT(PUBLISH_0), SERVER_LOST(100), SERVER("more"), SERVER(PUBLISH_1("\7"))),
        LINES("app mqtt", "proof certain", TX_PUBLISH_0, TX_PUBLISH_1("7"), "buffer body hello"));
}

static void reads_long_lists(void **state)
{
    static char list[20000] = "\x82\x9d\x9c\1\0\1";

    (void)state;
    for (size_t i = 6; i + 5 <= sizeof(list); i += 5)
        memcpy(list + i, "\0\2ab\0", 5);
    speaks_once(TURNS(CLIENT(CONNECT_4), SERVER(CONNACK_OK), CLIENT_BYTES(list, 20001 - 1),
                      CLIENT("\0"), CLIENT(PUBLISH_0)),
                LINES("tx mqtt subscribe.message_id=1 subscribe.topics[].topic=ab*", TX_PUBLISH_0));
}

static void refuses_look_alikes(void **state)
{
    static const struct turn bad[] = {
        CLIENT("\x10\x10\0\4MQTT\6\2\0\x3c\0\4cat1"),                   /* level */
        CLIENT("\x10\x10\0\4MQTX\4\2\0\x3c\0\4cat1"),                   /* name */
        CLIENT("\x10\x10\0\4MQTT\4\3\0\x3c\0\4cat1"),                   /* reserved flag */
        CLIENT("\x10\x10\0\4MQTT\4\x1e\0\x3c\0\4cat1"),                 /* QoS 3 */
        CLIENT("\x10\x10\0\4MQTT\4\x22\0\x3c\0\4cat1"),                 /* retained, but no will */
        CLIENT("\x10\x10\0\4MQTT\4\2\0\x3c\0\5cat1"),                   /* beyond its end */
        CLIENT("\x10\x11\0\4MQTT\4\2\0\x3c\0\4cat12"),                  /* before its end */
        CLIENT("\x11\x10\0\4MQTT\4\2\0\x3c\0\4cat1"),                   /* flags */
        CLIENT("\x10\x90\x80\x80\x80\1\0\4MQTT\4\2\0\x3c"),             /* length of five bytes */
        CLIENT("\x10\x10\0\4MQTT\4\2\0\x3c\0\4ca\1t"),                  /* control character */
        CLIENT(PUBLISH_0),                                              /* too little */
        CLIENT("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0"), /* LDAP */
        CLIENT("\x36\x0c\0\5a/b/chello"),
        CLIENT("\x30\x0c\0\5a/#/chello"),
        CLIENT("POST / HTTP/1.0\r\n"),
        CLIENT("0123456789\r\n"),
        SERVER(CONNECT_4),
        SERVER("220 ready\r\n"),
        CLIENT(CONNACK_OK),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        speaks(TURNS(bad[i]), LINES("!app mqtt", "!tx mqtt*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_session),     cmocka_unit_test(reads_version_31),
        cmocka_unit_test(reads_version_5),     cmocka_unit_test(never_tells_a_password),
        cmocka_unit_test(pairs_by_identifier), cmocka_unit_test(does_not_remember_without_end),
        cmocka_unit_test(passes_large_bodies), cmocka_unit_test(reads_one_side),
        cmocka_unit_test(joins_midstream),     cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(reads_long_lists),    cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
