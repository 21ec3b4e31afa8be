/* SPDX-License-Identifier: Apache-2.0
 *
 * Kafka: headers of all versions, topics, records, logins, pairing, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define UNKNOWN    "app failed"

static uint8_t arena[1 << 20];
static size_t arena_used;

/* A message with its size in front. */
static struct turn framed(enum turn_who who, const char *bytes, size_t n)
{
    uint8_t *p = arena + arena_used;

    assert_true(arena_used + n + 4 <= sizeof(arena));
    p[0] = (uint8_t)(n >> 24);
    p[1] = (uint8_t)(n >> 16);
    p[2] = (uint8_t)(n >> 8);
    p[3] = (uint8_t)n;
    memcpy(p + 4, bytes, n);
    arena_used += n + 4;
    return (struct turn){who, (const char *)p, n + 4, 0};
}

#define C(literal) framed(TURN_CLIENT, literal, sizeof(literal) - 1)
#define S(literal) framed(TURN_SERVER, literal, sizeof(literal) - 1)

static void talk(const struct conversation *c)
{
    conversation_check(c);
    arena_used = 0;
}

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    talk(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    arena_used = 0;
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 40000, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
    arena_used = 0;
}

#define API_VERSIONS_0 "\0\x12\0\0\0\0\0\1\0\3cat"
#define API_VERSIONS_3 "\0\x12\0\3\0\0\0\1\0\3cat\0\5kcat\0061.7.1\0"
#define API_REPLY_3    "\0\0\0\1\0\0\2\0\0\0\0\0\x0b\0\0\0\0\0\0"
#define METADATA_1     "\0\3\0\1\0\0\0\2\0\3cat\0\0\0\1\0\6orders"
#define METADATA_REPLY_1                                                                           \
    "\0\0\0\2\0\0\0\1\0\0\0\1\0\1b\0\0\x23\x84\xff\xff\0\0\0\1\0\0\0\1\0\3\0\6orders\0\0\0\0\0"

#define TX_VERSIONS_3                                                                              \
    "tx kafka api=ApiVersions version=3 correlation_id=1 client_id=cat "                           \
    "client_software.name=kcat client_software.version=1.7.1"

#define ID       "0123456789abcdef"
#define ID_TEXT  "30:31:32:33:34:35:36:37:38:39:61:62:63:64:65:66"
#define CRC      "\x11\x22\x33\x44"
#define ZEROS_38 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

/* Two records, 91 bytes: {key "k", value "value"} and {null, "second", one header}. */
#define BATCH                                                                                      \
    "\0\0\0\0\0\0\0\0\0\0\0\x4f\0\0\0\0\2" CRC "\0\0" ZEROS_38 "\x18\0\0\0\2k\x0avalue\0"          \
    "\x20\0\0\0\1\x0csecond\2\2h\2x"
#define PRODUCE_3                                                                                  \
    "\0\0\0\3\0\0\0\5\0\3cat\xff\xff\xff\xff\0\0\x27\x10\0\0\0\1\0\6orders\0\0\0\1"                \
    "\0\0\0\0\0\0\0\x5b" BATCH

static void reads_versions_and_metadata(void **state)
{
    (void)state;
    speaks(TURNS(C(API_VERSIONS_3), S(API_REPLY_3), C(METADATA_1), S(METADATA_REPLY_1)),
           LINES("app kafka", "proof certain", TX_VERSIONS_3,
                 "tx kafka api=Metadata version=1 correlation_id=2 client_id=cat topics[]=orders "
                 "error.code=3 error.name=UNKNOWN_TOPIC_OR_PARTITION"));
}

/* The newest headers: compact strings, tagged fields, topics by id. */
static void reads_flexible_messages(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\3\0\x0c\0\0\0\7\0\3cat\1\x2a\2xy\2" ID "\7orders\0\1\0\0"),
                 S("\0\0\0\7\0\0\0\0\0\1\0\0\0\0\1\2\0\x1d\7orders" ID "\0\1\0\0\0\0\0\0")),
           LINES("app kafka", "proof certain",
                 "tx kafka api=Metadata version=12 correlation_id=7 client_id=cat "
                 "topic_ids[]=" ID_TEXT " topics[]=orders error.code=29 "
                 "error.name=TOPIC_AUTHORIZATION_FAILED",
                 "note Kafka refuses access to a topic"));
    speaks(TURNS(C("\0\x0b\0\7\0\0\0\1\0\3cat\0\6group\0\0\x75\x30\0\1\xd4\xc0\1\0\7roller\2"
                   "\6range\3ab\0\0"),
                 S("\0\0\0\1\0\0\0\0\0\0\x1e\0\0\0\0\1\1\1\1\1\0")),
           LINES("tx kafka api=JoinGroup version=7 correlation_id=1 client_id=cat group=group "
                 "error.code=30 error.name=GROUP_AUTHORIZATION_FAILED",
                 "note Kafka refuses access to a group"));
}

/* Produce: topics and partitions one by one, values of records apart. */
static void reads_records(void **state)
{
    (void)state;
    speaks(TURNS(C(PRODUCE_3),
                 S("\0\0\0\5\0\0\0\1\0\6orders\0\0\0\1\0\0\0\0\0\0"
                   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                 C(METADATA_1)),
           LINES("app kafka", "proof certain",
                 "tx kafka api=Produce version=3 correlation_id=5 client_id=cat topics[]=orders",
                 "buffer body value", "buffer body second", "tx kafka api=Metadata*"));
    speaks(TURNS(C("\0\0\0\x09\0\0\0\5\0\3cat\0\0\xff\xff\0\0\x27\x10\2\7orders\2\0\0\0\0\x5c" BATCH
                   "\0\0\0")),
           LINES("proof fair",
                 "tx kafka api=Produce version=9 correlation_id=5 client_id=cat topics[]=orders",
                 "buffer body value", "buffer body second"));
}

static void reads_old_and_compressed_records(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\0\0\0\0\0\0\5\0\3cat\0\1\0\0\x27\x10\0\0\0\1\0\6orders\0\0\0\2"
                   "\0\0\0\0\0\0\0\x21\0\0\0\0\0\0\0\1\0\0\0\x15" CRC "\0\0\0\0\0\3key\0\0\0\4old0"
                   "\0\0\0\1\0\0\0\x26\0\0\0\0\0\0\0\1\0\0\0\x1a" CRC
                   "\1\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\4old1")),
           LINES("app kafka", "buffer body old0", "buffer body old1"));
    speaks(TURNS(C("\0\0\0\3\0\0\0\5\0\3cat\xff\xff\0\1\0\0\x27\x10\0\0\0\1\0\6orders\0\0\0\1"
                   "\0\0\0\0\0\0\0\x43\0\0\0\0\0\0\0\0\0\0\0\x37\0\0\0\0\2" CRC "\0\1" ZEROS_38
                   "gzip12")),
           LINES("app kafka", "buffer body gzip12"));
}

static void reads_fetched_records(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\1\0\4\0\0\0\x09\0\3cat\xff\xff\xff\xff\0\0\1\xf4\0\0\0\1\0\x10\0\0\0"
                   "\0\0\0\1\0\6orders\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0"),
                 S("\0\0\0\x09\0\0\0\0\0\0\0\1\0\6orders\0\0\0\2"
                   "\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\1"
                   "\0\0\0\0\0\0\0\2\0\0\0\x5b" BATCH
                   "\0\0\0\1\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\2\xff\xff\xff\xff\xff\xff\xff\xff"),
                 C(METADATA_1)),
           LINES("app kafka", "proof certain",
                 "tx kafka api=Fetch version=4 correlation_id=9 client_id=cat topics[]=orders "
                 "error.code=1 error.name=OFFSET_OUT_OF_RANGE",
                 "buffer body value", "buffer body second", "tx kafka api=Metadata*"));
}

/* Whatever a record says about itself, the message ends where its size says. */
static void survives_records_that_lie(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\0\0\3\0\0\0\5\0\3cat\xff\xff\0\1\0\0\x27\x10\0\0\0\1\0\6orders\0\0\0\1"
                   "\0\0\0\0\x7f\0\0\x4b\0\0\0\0\0\0\0\0"),
                 C(METADATA_1)),
           LINES("app kafka", "!buffer *", "tx kafka api=Metadata*"));
    speaks(TURNS(C("\0\0\0\3\0\0\0\5\0\3cat\xff\xff\0\1\0\0\x27\x10\0\0\0\1\0\6orders\0\0\0\1"
                   "\0\0\0\0\0\0\0\x43\0\0\0\0\0\0\0\0\0\0\0\x37\0\0\0\0\2" CRC "\0\0" ZEROS_38
                   "\x7eip12+"),
                 C(METADATA_1)),
           LINES("app kafka", "!buffer *", "tx kafka api=Metadata*"));
    speaks(TURNS(C("\0\0\0\3\0\0\0\5\0\3cat\xff\xff\0\1\0\0\x27\x10\x7f\xff\xff\xff\0\6orders"
                   "\x7f\xff\xff\xff\0\0\0\0\0\0\0\0"),
                 C(METADATA_1)),
           LINES("app kafka", "tx kafka api=Metadata*"));
}

static void does_not_wait_for_silent_requests(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\0\0\3\0\0\0\5\0\3cat\xff\xff\0\0\0\0\x27\x10\0\0\0\1\0\6orders\0\0\0\1"
                   "\0\0\0\0\0\0\0\0"),
                 C(METADATA_1), S(METADATA_REPLY_1)),
           LINES("proof certain",
                 "tx kafka api=Produce version=3 correlation_id=5 client_id=cat topics[]=orders",
                 "tx kafka api=Metadata version=1 correlation_id=2 client_id=cat topics[]=orders "
                 "error.code=3 error.name=UNKNOWN_TOPIC_OR_PARTITION"));
}

static void reads_logins(void **state)
{
    const struct conversation c = {
        .server_port = 40000,
        .turns = TURNS(C("\0\x11\0\1\0\0\0\2\0\3cat\0\5PLAIN"), S("\0\0\0\2\0\0\0\0\0\1\0\5PLAIN"),
                       C("\0\x24\0\1\0\0\0\3\0\3cat\0\0\0\x0e\0alice\0secret9"),
                       S("\0\0\0\3\0\x3a\0\6denied\0\0\0\0\0\0\0\0\0\0\0\0"),
                       C("\0\x24\0\2\0\0\0\4\0\3cat\0\x12n,,n=bob,r=secret\0"),
                       S("\0\0\0\4\0\0\0\0\1\0\0\0\0\0\0\0\0\0")),
        .expect = LINES("app kafka", "proof certain",
                        "tx kafka api=SaslHandshake version=1 correlation_id=2 client_id=cat "
                        "sasl.mechanism=PLAIN",
                        "tx kafka api=SaslAuthenticate version=1 correlation_id=3 client_id=cat "
                        "sasl.user=alice error.code=58 error.name=SASL_AUTHENTICATION_FAILED",
                        "note Kafka refuses the login: alice",
                        "tx kafka api=SaslAuthenticate version=2 correlation_id=4 client_id=cat")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    talk(&c);
    speaks(TURNS(C("\0\x11\0\0\0\0\0\2\0\3cat\0\x0dSCRAM-SHA-256"), S("\0\0\0\2\0\0\0\0\0\0"),
                 C("n,,n=bob,r=x"), S("r=xyz,s=MTIz,i=4096"), C("c=biws,r=xyz,p=cHc="), S("v=MTIz"),
                 C(METADATA_1), S(METADATA_REPLY_1)),
           LINES("tx kafka api=SaslHandshake version=0 correlation_id=2 client_id=cat "
                 "sasl.mechanism=SCRAM-SHA-256",
                 "tx kafka api=SaslToken sasl.user=bob", "tx kafka api=SaslToken",
                 "tx kafka api=Metadata*"));
    speaks(TURNS(C("\0\x11\0\0\0\0\0\2\0\3cat\0\5PLAIN"), S("\0\0\0\2\0\0\0\0\0\0"),
                 C("\0alice\0secret"), S(""), C(METADATA_1), S(METADATA_REPLY_1)),
           LINES("tx kafka api=SaslToken sasl.user=alice", "tx kafka api=Metadata*"));
}

static void notes_administration(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\x13\0\2\0\0\0\1\0\3cat\0\0\0\2\0\1a\0\0\0\1\0\1\0\0\0\0\0\0\0\0"
                   "\0\1b\0\0\0\1\0\1\0\0\0\0\0\0\0\1\0\1k\0\1v\0\0\x75\x30\0"),
                 S("\0\0\0\1\0\0\0\0\0\0\0\2\0\1a\0\0\xff\xff\0\1b\0\x1f\0\2no"),
                 C("\0\x14\0\1\0\0\0\2\0\3cat\0\0\0\1\0\1a\0\0\x75\x30")),
           LINES("note Kafka administration request: CreateTopics",
                 "note Kafka administration request: DeleteTopics",
                 "note Kafka refuses access to the cluster",
                 "tx kafka api=CreateTopics version=2 correlation_id=1 client_id=cat topics[]=a "
                 "topics[]=b error.code=31 error.name=CLUSTER_AUTHORIZATION_FAILED"));
}

static void pairs_by_correlation(void **state)
{
    enum { MANY = 40 };
    struct turn turns[2 * MANY + 2] = {{0}};
    char request[] = METADATA_1, reply[] = METADATA_REPLY_1;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        request[7] = (char)(10 + i);
        reply[3] = (char)(10 + i);
        turns[i] = framed(TURN_CLIENT, request, sizeof(request) - 1);
        turns[MANY + i] = framed(TURN_SERVER, reply, sizeof(reply) - 1);
    }
    speaks_once(turns, LINES("proof certain",
                             "tx kafka api=Metadata version=1 correlation_id=10 client_id=cat "
                             "topics[]=orders error.code=3 error.name=UNKNOWN_TOPIC_OR_PARTITION",
                             "tx kafka api=Metadata version=1 correlation_id=49 client_id=cat "
                             "topics[]=orders"));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(C(API_VERSIONS_0)), LINES("app kafka", "proof fair",
                                           "tx kafka api=ApiVersions version=0 correlation_id=1 "
                                           "client_id=cat"));
    speaks(TURNS(C(API_VERSIONS_0 "\0\0\0\0")), LINES("app kafka", "proof fair"));
    speaks(TURNS(C(API_VERSIONS_3), C(METADATA_1)), LINES("app kafka", "proof strong"));
    speaks(TURNS(S(API_REPLY_3), S(METADATA_REPLY_1)), LINES(UNKNOWN));
}

static void knows_old_and_newer_headers(void **state)
{
    (void)state;
    speaks(TURNS(C("\0\7\0\0\0\0\0\1\0\0\0\1"), S("\0\0\0\1\0\0\0\0\0\0")),
           LINES("app kafka", "proof certain",
                 "tx kafka api=ControlledShutdown version=0 correlation_id=1"));
    speaks(
        TURNS(C("\0\3\0\x0f\0\0\0\7\0\3cat\0what"), C("\0\x64\0\1\0\0\0\x08\0\3cat\0what"),
              S("\0\0\0\7what"), S("\0\0\0\x08what")),
        LINES("app kafka", "proof certain", "tx kafka version=1 correlation_id=8 client_id=cat"));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(
        TURNS(SERVER("the end of a reply, of some length"), C(METADATA_1), S(METADATA_REPLY_1)),
        LINES("app kafka", "tx kafka api=Metadata*"));
    speaks_midstream(TURNS(CLIENT("the end of a request"), C(METADATA_1), S(METADATA_REPLY_1)),
                     LINES("app kafka", "proof certain"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(C(API_VERSIONS_3), S(API_REPLY_3), CLIENT_LOST(30), CLIENT("the end"),
                      C(METADATA_1), SERVER_LOST(30), SERVER("more"), S(METADATA_REPLY_1)),
                LINES("app kafka", TX_VERSIONS_3,
                      "tx kafka api=Metadata version=1 correlation_id=2 client_id=cat "
                      "topics[]=orders error.code=3 error.name=UNKNOWN_TOPIC_OR_PARTITION"));
}

/* Records of a megabyte pass by; what is lost among them does no harm. */
static void passes_large_values(void **state)
{
    static char value[900000];
    const char head[] = "\0\x0d\xbb\xe5\0\0\0\0\0\0\0\1\0\3cat\0\1\0\0\x27\x10\0\0\0\1\0\6orders"
                        "\0\0\0\1\0\0\0\0\0\x0d\xbb\xba\0\0\0\0\0\0\0\1\0\x0d\xbb\xae" CRC
                        "\0\0\xff\xff\xff\xff\0\x0d\xbb\xa0";

    (void)state;
    memset(value, 'v', sizeof(value));
    speaks_once(TURNS(CLIENT_BYTES(head, sizeof(head) - 1), CLIENT_BYTES(value, 500000),
                      CLIENT_LOST(100000), CLIENT_BYTES(value, 300000), C(METADATA_1),
                      S("\0\0\0\1\0\0\0\1\0\6orders\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                      S(METADATA_REPLY_1)),
                LINES("app kafka", "proof certain", "buffer body vvvv*",
                      "tx kafka api=Metadata version=1 correlation_id=2 client_id=cat "
                      "topics[]=orders error.code=3 error.name=UNKNOWN_TOPIC_OR_PARTITION"));
}

static void refuses_look_alikes(void **state)
{
    (void)state;
    /* ZooKeeper's connect request, its answer; PostgreSQL; a size alone. */
    speaks(TURNS(CLIENT("\0\0\0\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x75\x30\0\0\0\0\0\0\0\0\0\0\0\x10"
                        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                 SERVER("\0\0\0\x25\0\0\0\0\0\0\x75\x30\1\0\0\0\0\0\0\1\0\0\0\x10"
                        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")),
           LINES("!app kafka"));
    speaks(TURNS(CLIENT("\0\0\0\x10\0\3\0\0user\0bob\0\0\0\0\0")), LINES("!app kafka"));
    speaks(TURNS(C("\0\x12\0\7\0\0\0\1\0\3cat")), LINES(UNKNOWN));
    speaks(TURNS(C("\0\x80\0\0\0\0\0\1\0\3cat")), LINES(UNKNOWN));
    speaks(TURNS(C("\0\x12\0\0\0\0\0\1\0\4cat")), LINES(UNKNOWN));
    speaks(TURNS(C("\0\x12\0\0\0\0\0\1\0\3c\1t")), LINES(UNKNOWN));
    speaks(TURNS(C("\0\x12\0\0\0\0\0\1\0\3catmore")), LINES(UNKNOWN));
    speaks(TURNS(C("\0\3\0\1\0\0\0\2\0\3cat\0\0\0\2\0\6orders")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("\7\0\0\0\0\3\0\1\0\0\0\2\0\3cat")), LINES(UNKNOWN));
    speaks(TURNS(C(API_VERSIONS_0), S("\0\0\0\2\0\0\0\0\0\0")), LINES("!proof certain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_versions_and_metadata),
        cmocka_unit_test(reads_flexible_messages),
        cmocka_unit_test(reads_records),
        cmocka_unit_test(reads_old_and_compressed_records),
        cmocka_unit_test(reads_fetched_records),
        cmocka_unit_test(survives_records_that_lie),
        cmocka_unit_test(does_not_wait_for_silent_requests),
        cmocka_unit_test(reads_logins),
        cmocka_unit_test(notes_administration),
        cmocka_unit_test(pairs_by_correlation),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(knows_old_and_newer_headers),
        cmocka_unit_test(joins_midstream),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(passes_large_values),
        cmocka_unit_test(refuses_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
