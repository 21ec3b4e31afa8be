/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration document: what it sets, and that every mistake is found at its place.
 */
#include "control/config.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct snapshot *parse(const char *text)
{
    struct err err = {0};
    struct snapshot *s = config_parse(text, strlen(text), &err);

    if (s == NULL)
        fail_msg("%s: %s", err.path, err.text);
    return s;
}

static void test_empty_is_default(void **state)
{
    struct snapshot *s = parse("{}"), *d = snapshot_new();

    (void)state;
    assert_memory_equal(&s->limits, &d->limits, sizeof d->limits);
    assert_memory_equal(&s->timeouts, &d->timeouts, sizeof d->timeouts);
    assert_memory_equal(&s->meters, &d->meters, sizeof d->meters);
    assert_memory_equal(s->exceptions, d->exceptions, sizeof d->exceptions);
    assert_int_equal(s->checksum, CHECKSUM_AUTO);
    assert_int_equal(s->workload_count, 0);
    assert_non_null(s->index);
    snapshot_free(s);
    snapshot_free(d);
}

static void test_settings(void **state)
{
    struct snapshot *s =
        parse("{\"limits\":{\"sessions\":1000,\"app_bytes\":8589934592},"
              "\"timeouts\":{\"udp\":7,\"tcp_established\":65535},"
              "\"exceptions\":{\"midstream\":\"drop\",\"app-budget\":\"bypass\","
              "\"bad-packet\":\"pass\"},"
              "\"queue\":{\"when_full\":\"drop\",\"length\":7,\"conntrack\":true},"
              "\"checksum\":\"strict\",\"device_in_key\":true,\"quic_as_tls\":false,"
              "\"http_product_in_session\":true,\"smuggling_strict\":true,"
              "\"http_headers\":\"response\",\"http_request_body\":true,"
              "\"xff_trust\":[\"10.0.0.0/8\",\"::1\"],\"xff_client_ip\":true,"
              "\"$schema\":\"config.schema.json\"}");

    (void)state;
    assert_int_equal(s->limits.sessions, 1000);
    assert_int_equal(s->limits.app_bytes, UINT64_C(8589934592));
    assert_int_equal(s->timeouts.udp, 7);
    assert_int_equal(s->timeouts.tcp_established, 65535);
    assert_int_equal(s->exceptions[EXCEPTION_MIDSTREAM], VERDICT_DROP);
    assert_int_equal(s->exceptions[EXCEPTION_APP_BUDGET], VERDICT_BYPASS);
    assert_int_equal(s->exceptions[EXCEPTION_BAD_PACKET], VERDICT_PASS);
    assert_int_equal(s->checksum, CHECKSUM_STRICT);
    assert_true(s->queue.drop_when_full && s->queue.conntrack);
    assert_int_equal(s->queue.length, 7);
    assert_true(s->device_in_key);
    assert_false(s->quic_as_tls);
    assert_true(s->http_product_in_session);
    assert_true(s->smuggling_strict);
    assert_int_equal(s->http.headers, 2);
    assert_true(s->http.body);
    assert_int_equal(s->http.trusted_count, 2);
    assert_int_equal(s->http.trusted[1].bits, 128);
    assert_true(s->http.client_ip);
    snapshot_free(s);
}

static void test_workloads(void **state)
{
    struct snapshot *s = parse(
        "{\"workloads\":[{\"name\":\"web\",\"mode\":\"protect\",\"macs\":[\"02:42:ac:11:00:0A\","
        "\"02:42:ac:11:00:0b\"]},{\"name\":\"db\",\"mode\":\"learn\",\"mesh\":true,"
        "\"prefixes\":[\"10.1.0.0/16\",\"fd00:1::/32\",\"10.2.3.4\"]}],"
        "\"networks\":{\"internal\":[\"10.0.0.0/8\"]}}");
    static const uint8_t mac[] = {0x02, 0x42, 0xac, 0x11, 0x00, 0x0a};

    (void)state;
    assert_int_equal(s->workload_count, 2);
    assert_string_equal(s->workloads[0]->name, "web");
    assert_int_equal(s->workloads[0]->mode, MODE_PROTECT);
    assert_int_equal(s->workloads[0]->zone, 1);
    assert_int_equal(s->workloads[0]->mac_count, 2);
    assert_memory_equal(s->workloads[0]->macs[0], mac, sizeof mac);
    assert_false(s->workloads[0]->mesh);
    assert_int_equal(s->workloads[1]->zone, 2);
    assert_int_equal(s->workloads[1]->mode, MODE_LEARN);
    assert_true(s->workloads[1]->mesh);
    assert_int_equal(s->workloads[1]->prefix_count, 3);
    assert_int_equal(s->workloads[1]->prefixes[1].bits, 32);
    assert_int_equal(s->workloads[1]->prefixes[2].bits, 32);
    assert_int_equal(s->networks->internal_count, 1);
    assert_int_equal(s->networks->internal[0].addr.bytes[0], 10);
    snapshot_free(s);
}

static void test_bypass(void **state)
{
    struct snapshot *s = parse("{\"bypass\":[{\"prefix\":\"10.9.0.0/16\",\"port\":22,"
                               "\"protocol\":\"tcp\"},{\"protocol\":47},{\"port\":4789}]}");

    (void)state;
    assert_int_equal(s->bypass_count, 3);
    assert_int_equal(s->bypass[0].net.bits, 16);
    assert_int_equal(s->bypass[0].port, 22);
    assert_int_equal(s->bypass[0].proto, 6);
    assert_int_equal(s->bypass[1].proto, 47);
    assert_int_equal(s->bypass[1].net.addr.family, 0);
    assert_int_equal(s->bypass[2].port, 4789);
    snapshot_free(s);
}

#define WEB "{\"name\":\"web\",\"mode\":\"learn\",\"macs\":[\"02:00:00:00:00:01\"]}"

/* The document, the place and a part of the text. */
static const struct {
    const char *text, *path, *why;
} mistakes[] = {
    {"", "line 1", "is no JSON"},
    {"{\"limits\":{}", "line 1", "is no JSON"},
    {"{\"limits\":{},\"limits\":{}}", "line 1", "duplicate"},
    {"[]", "", "must be an object, not a list"},
    {"{\"limts\":{}}", "limts", "unknown key; allowed here: workloads, networks, rules"},
    {"{\"limits\":[]}", "limits", "must be an object, not a list"},
    {"{\"limits\":{\"session\":1}}", "limits.session", "unknown key; allowed here: sessions"},
    {"{\"limits\":{\"sessions\":\"1\"}}", "limits.sessions", "must be a whole number, not a str"},
    {"{\"limits\":{\"sessions\":1.5}}", "limits.sessions", "must be a whole number"},
    {"{\"limits\":{\"sessions\":1}}", "limits.sessions", "1 is out of range; allowed: 16 to"},
    {"{\"limits\":{\"sessions\":-1}}", "limits.sessions", "-1 is out of range"},
    {"{\"meters\":{\"syn\":{\"lower\":5000}}}", "meters.syn.lower", "5000 is more than upper"},
    {"{\"meters\":{\"udp\":{}}}", "meters.udp", "unknown key; allowed here: syn_source"},
    {"{\"limits\":{\"tunnel_depth\":17}}", "limits.tunnel_depth", "17 is out of range"},
    {"{\"timeouts\":{\"udp\":0}}", "timeouts.udp", "0 is out of range; allowed: 1 to 65535"},
    {"{\"timeouts\":{\"udp\":65536}}", "timeouts.udp", "65536 is out of range"},
    {"{\"exceptions\":{\"midstream\":\"deny\"}}", "exceptions.midstream",
     "'deny' is none of: pass, drop, bypass"},
    {"{\"exceptions\":{\"mid-stream\":\"drop\"}}", "exceptions.mid-stream", "unknown key"},
    {"{\"checksum\":\"on\"}", "checksum", "'on' is none of: auto, strict, off"},
    {"{\"queue\":{\"when_full\":\"open\"}}", "queue.when_full", "'open' is none of: pass, drop"},
    {"{\"queue\":{\"length\":0}}", "queue.length", "0 is out of range; allowed: 1 to 1048576"},
    {"{\"queue\":{\"full\":1}}", "queue.full", "unknown key"},
    {"{\"checksum\":true}", "checksum", "must be a string, not true or false"},
    {"{\"device_in_key\":1}", "device_in_key", "must be true or false, not a number"},
    {"{\"networks\":{\"internal\":\"10.0.0.0/8\"}}", "networks.internal", "must be a list"},
    {"{\"networks\":{\"internal\":[\"10.0.0.0/8\",\"10.0.0.1/8\"]}}", "networks.internal[1]",
     "'10.0.0.1/8' is no address or prefix without host bits"},
    {"{\"networks\":{\"special\":[]}}", "networks.special", "unknown key; allowed here: internal"},
    {"{\"bypass\":[{}]}", "bypass[0]", "would bypass everything"},
    {"{\"bypass\":[{\"port\":0}]}", "bypass[0].port", "0 is out of range"},
    {"{\"bypass\":[{\"port\":22},{\"protocol\":\"ssh\"}]}", "bypass[1].protocol",
     "'ssh' is none of: tcp, udp"},
    {"{\"bypass\":[{\"protocol\":256}]}", "bypass[0].protocol", "256 is out of range"},
    {"{\"bypass\":[22]}", "bypass[0]", "must be an object, not a number"},
    {"{\"workloads\":{}}", "workloads", "must be a list, not an object"},
    {"{\"workloads\":[7]}", "workloads[0]", "must be an object"},
    {"{\"workloads\":[{\"mode\":\"learn\"}]}", "workloads[0].name", "is missing"},
    {"{\"workloads\":[{\"name\":\"\",\"mode\":\"learn\"}]}", "workloads[0].name", "has 0 bytes"},
    {"{\"workloads\":[{\"name\":\"a\\u001b[1m\"}]}", "workloads[0].name", "control character"},
    {"{\"workloads\":[{\"name\":\"a\"}]}", "workloads[0].mode", "is missing: one of learn"},
    {"{\"workloads\":[" WEB ",{\"name\":\"b\",\"mode\":\"enforce\"}]}", "workloads[1].mode",
     "'enforce' is none of: learn, monitor, protect"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\"}]}", "workloads[0]", "give it macs"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"macs\":[]}]}", "workloads[0]",
     "give it macs"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"macs\":[\"02:00:00:00:00\"]}]}",
     "workloads[0].macs[0]", "is no MAC address"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"macs\":[\"02:00:00:00:00:0g\"]}]}",
     "workloads[0].macs[0]", "is no MAC address"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"macs\":[\"02:00:00:00:00:01:\"]}]}",
     "workloads[0].macs[0]", "is no MAC address"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"macs\":[\"ff:ff:ff:ff:ff:ff\"]}]}",
     "workloads[0].macs[0]", "cannot be one interface's own"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"prefixes\":[\"10.0.0.256\"]}]}",
     "workloads[0].prefixes[0]", "is no address"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"mesh\":\"yes\"}]}", "workloads[0].mesh",
     "must be true or false"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"policy\":1}]}", "workloads[0].policy",
     "unknown key; allowed here: name, mode, macs, prefixes, mesh"},
    {"{\"workloads\":[" WEB "," WEB "]}", "workloads[1].name",
     "'web' is the name of workloads[0] too"},
    {"{\"workloads\":[" WEB ",{\"name\":\"b\",\"mode\":\"learn\",\"macs\":[\"02:00:00:00:00:02\","
     "\"02:00:00:00:00:01\"]}]}",
     "workloads[1]", "stands in workloads[0] too"},
    {"{\"workloads\":[{\"name\":\"a\",\"mode\":\"learn\",\"prefixes\":[\"10.0.0.1\"]},"
     "{\"name\":\"b\",\"mode\":\"learn\",\"prefixes\":[\"10.0.0.0/8\",\"10.0.0.1/32\"]}]}",
     "workloads[1]", "stands in workloads[0] too"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct err err = {0};
        struct snapshot *s = config_parse(mistakes[i].text, strlen(mistakes[i].text), &err);

        if (s != NULL)
            fail_msg("taken: %s", mistakes[i].text);
        if (strncmp(err.path, mistakes[i].path, strlen(mistakes[i].path)) != 0 ||
            (strncmp(mistakes[i].path, "line", 4) != 0 &&
             strlen(err.path) != strlen(mistakes[i].path)))
            fail_msg("%s: at '%s', not at '%s'", mistakes[i].text, err.path, mistakes[i].path);
        if (strstr(err.text, mistakes[i].why) == NULL)
            fail_msg("%s: '%s' is not in '%s'", mistakes[i].text, mistakes[i].why, err.text);
    }
}

/* A key so long that its path does not fit: cut, nothing worse. */
static void test_long_key(void **state)
{
    char text[1200] = "{\"limits\":{\"";
    struct err err = {0};

    (void)state;
    memset(text + strlen(text), 'k', 1000);
    strcat(text, "\":1}}");
    assert_null(config_parse(text, strlen(text), &err));
    assert_int_equal(strncmp(err.path, "limits.kkk", 10), 0);
}

static void test_file(void **state)
{
    char path[] = "/tmp/sluice-config-XXXXXX";
    int fd = mkstemp(path);
    struct err err = {0};
    struct snapshot *s;

    (void)state;
    assert_int_equal(write(fd, "{\"timeouts\":{\"udp\":9}}", 22), 22);
    close(fd);
    s = config_load(path, &err);
    assert_non_null(s);
    assert_int_equal(s->timeouts.udp, 9);
    snapshot_free(s);
    unlink(path);
    assert_null(config_load(path, &err));
    assert_non_null(strstr(err.text, "cannot be opened"));
}

/* ---- events ---- */

static void test_events(void **state)
{
    static const char off[] = "{\"events\":{\"dns\":false,\"pgsql\":false,\"http\":true}}";
    static const char unknown[] = "{\"events\":{\"gopher\":false}}";
    static const char number[] = "{\"events\":{\"dns\":0}}";
    struct err err = {0};
    struct snapshot *s = config_parse(off, strlen(off), &err);

    (void)state;
    assert_non_null(s);
    assert_true(snapshot_event_off(s, APP_DNS));
    assert_true(snapshot_event_off(s, APP_POSTGRESQL));
    assert_false(snapshot_event_off(s, APP_HTTP));
    assert_false(snapshot_event_off(s, APP_TLS));
    snapshot_free(s);
    assert_null(config_parse(unknown, strlen(unknown), &err));
    assert_string_equal(err.path, "events.gopher");
    assert_null(config_parse(number, strlen(number), &err));
    assert_string_equal(err.path, "events.dns");
}

/* ---- the pages in docs/ say what is true ---- */

/* A file beside the sources, as text; caller frees. */
static char *doc_read(const char *name)
{
    static const char here[] = "tests/unit/src/control/test_config.c";
    char path[1024];
    char *text = calloc(1, 1 << 16);
    FILE *f;

    snprintf(path, sizeof path, "%.*s%s", (int)(strlen(__FILE__) - strlen(here)), __FILE__, name);
    f = fopen(path, "r");
    if (f == NULL)
        fail_msg("%s is not there", path);
    assert_true(fread(text, 1, (1 << 16) - 1, f) > 0);
    fclose(f);
    return text;
}

static bool taken(const char *section, const char *key, json_int_t number)
{
    char text[256];
    struct err err = {0};
    struct snapshot *s;

    snprintf(text, sizeof text, "{\"%s\":{\"%s\":%lld}}", section, key, (long long)number);
    s = config_parse(text, strlen(text), &err);
    snapshot_free(s);
    return s != NULL;
}

static json_int_t schema_number(const json_t *property, const char *key)
{
    assert_true(json_is_integer(json_object_get(property, key)));
    return json_integer_value(json_object_get(property, key));
}

/* One limit of one meter alone. */
static bool meter_taken(const char *kind, const char *key, json_int_t value)
{
    json_t *limit = json_pack("{s:I}", key, value);
    json_t *document;
    struct err err = {0};
    struct snapshot *s;

    if (strcmp(key, "lower") == 0) /* which is not above the other */
        json_object_set_new(limit, "upper", json_integer(value > 0 ? value : 1));
    document = json_pack("{s:{s:o}}", "meters", kind, limit);
    s = config_read(document, &err);
    json_decref(document);
    snapshot_free(s);
    return s != NULL;
}

static void test_schema_meters(void **state)
{
    char *text = doc_read("docs/config.schema.json");
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *property;
    json_t *all = json_object_get(json_object_get(json_object_get(schema, "properties"), "meters"),
                                  "properties");
    struct snapshot *d = snapshot_new();
    const char *key;

    (void)state;
    assert_int_equal(json_object_size(all), METER_KINDS);
    for (enum meter_kind k = 0; k < METER_KINDS; k++) {
        const json_t *one = json_object_get(all, meter_name(k));
        uint32_t defaults[] = {d->meters.of[k].upper, d->meters.of[k].lower}, at = 0;

        json_object_foreach(json_object_get(one, "properties"), key, property)
        {
            assert_int_equal(schema_number(property, "default"), defaults[at++]);
            assert_true(meter_taken(meter_name(k), key, schema_number(property, "minimum")));
            assert_false(meter_taken(meter_name(k), key, schema_number(property, "minimum") - 1));
            assert_true(meter_taken(meter_name(k), key, schema_number(property, "maximum")));
            assert_false(meter_taken(meter_name(k), key, schema_number(property, "maximum") + 1));
        }
    }
    snapshot_free(d);
    json_decref(schema);
    free(text);
}

static void test_meters(void **state)
{
    struct snapshot *s = parse("{\"meters\":{\"syn\":{\"upper\":50},"
                               "\"icmp\":{\"upper\":9,\"lower\":3}}}");

    (void)state;
    assert_int_equal(s->meters.of[METER_SYN].upper, 50);
    assert_int_equal(s->meters.of[METER_SYN].lower, 50);
    assert_int_equal(s->meters.of[METER_ICMP].upper, 9);
    assert_int_equal(s->meters.of[METER_ICMP].lower, 3);
    assert_int_equal(s->meters.of[METER_SYN_SOURCE].upper, 800);
    snapshot_free(s);
}

/* Every number has the range that the schema gives; the document of all defaults changes nothing.
 */
static void test_schema(void **state)
{
    static const char *const sections[] = {"limits", "timeouts", "exceptions"};
    char *text = doc_read("docs/config.schema.json");
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    json_t *defaults = json_object();
    struct snapshot *s, *d = snapshot_new();
    char *document;

    (void)state;
    assert_non_null(schema);
    for (size_t i = 0; i < 3; i++) {
        json_t *all = json_object_get(json_object_get(schema, "properties"), sections[i]);
        json_t *values = json_object(), *property;
        const char *key;

        json_object_foreach(json_object_get(all, "properties"), key, property)
        {
            json_object_set(values, key, json_object_get(property, "default"));
            if (i == 2)
                continue;
            assert_true(taken(sections[i], key, schema_number(property, "minimum")));
            assert_false(taken(sections[i], key, schema_number(property, "minimum") - 1));
            assert_true(taken(sections[i], key, schema_number(property, "maximum")));
            assert_false(taken(sections[i], key, schema_number(property, "maximum") + 1));
        }
        json_object_set_new(defaults, sections[i], values);
    }
    assert_int_equal(json_object_size(json_object_get(defaults, "exceptions")), EXCEPTION_COUNT);
    document = json_dumps(defaults, 0);
    s = parse(document);
    assert_memory_equal(&s->limits, &d->limits, sizeof d->limits);
    assert_memory_equal(&s->timeouts, &d->timeouts, sizeof d->timeouts);
    assert_memory_equal(s->exceptions, d->exceptions, sizeof d->exceptions);
    snapshot_free(s);
    snapshot_free(d);
    free(document);
    free(text);
    json_decref(defaults);
    json_decref(schema);
}

static void test_example(void **state)
{
    char *text = doc_read("docs/config.md"), *begin = strstr(text, "```json\n"), *end;
    struct snapshot *s;

    (void)state;
    assert_non_null(begin);
    begin += strlen("```json\n");
    end = strstr(begin, "```");
    assert_non_null(end);
    *end = '\0';
    s = parse(begin);
    assert_int_equal(s->workload_count, 2);
    snapshot_free(s);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_is_default),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_workloads),
        cmocka_unit_test(test_bypass),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_long_key),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_schema_meters),
        cmocka_unit_test(test_meters),
        cmocka_unit_test(test_example),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
