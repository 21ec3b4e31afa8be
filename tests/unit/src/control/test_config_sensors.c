/* SPDX-License-Identifier: Apache-2.0
 *
 * Sensors, threats and special networks of the configuration document.
 */
#include "control/config.h"
#include "engine/sensor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORKLOADS                                                                                  \
    "\"workloads\":[{\"name\":\"web\",\"mode\":\"protect\",\"prefixes\":[\"10.0.1.0/24\"]},"       \
    "{\"name\":\"db\",\"mode\":\"monitor\",\"prefixes\":[\"10.0.2.7\"]}],"

static struct snapshot *parse(const char *rest, struct err *err)
{
    char text[4096];

    snprintf(text, sizeof text, "{" WORKLOADS "%s}", rest);
    return config_parse(text, strlen(text), err);
}

static struct snapshot *taken(const char *rest)
{
    struct err err = {0};
    struct snapshot *s = parse(rest, &err);

    if (s == NULL)
        fail_msg("%s: %s", err.path, err.text);
    return s;
}

static void sensors_of_workloads(void **state)
{
    struct snapshot *s = taken(
        "\"sensors\":[{\"name\":\"cards\",\"kind\":\"dlp\",\"action\":\"alert\",\"rules\":["
        "{\"name\":\"ssn\",\"patterns\":[\"\\\\d{3}-\\\\d{2}\",{\"pattern\":\"public\",\"context\":"
        "\"url\",\"not\":true,\"flags\":\"\"}]}]},"
        "{\"name\":\"web\",\"kind\":\"waf\",\"action\":\"block\",\"workloads\":[\"web\"],\"rules\":"
        "["
        "{\"name\":\"xss\",\"patterns\":[{\"pattern\":\"<script\",\"context\":\"body\"}]},"
        "{\"name\":\"sqli\",\"patterns\":[{\"pattern\":\"union\",\"flags\":\"i\"}]}]}]");
    const struct sensor_base *b = s->workloads[0]->base;
    const struct sensor_uses *web = s->workloads[0]->sensors, *db = s->workloads[1]->sensors;

    (void)state;
    assert_ptr_equal(b, s->workloads[1]->base);
    assert_int_equal(b->rule_count, 3);
    assert_int_equal(b->rules[0].id, 20000);
    assert_string_equal(b->rules[0].name, "ssn");
    assert_string_equal(b->rules[0].patterns[0], "/\\d{3}-\\d{2}/is; context packet");
    assert_string_equal(b->rules[0].patterns[1], "!/public/; context url");
    assert_int_equal(b->rules[1].id, 40000);
    assert_int_equal(b->rules[2].id, 40001);
    assert_string_equal(b->rules[2].patterns[0], "/union/i; context packet");
    assert_int_equal(web->dlp.choice_count, 1);
    assert_int_equal(web->dlp.choices[0].action, SENSOR_ALLOW);
    assert_int_equal(web->waf.choice_count, 2);
    assert_int_equal(web->waf.choices[1].id, 40001);
    assert_int_equal(web->waf.choices[1].action, SENSOR_DROP);
    assert_int_equal(db->dlp.choice_count, 1);
    assert_int_equal(db->waf.choice_count, 0);
    snapshot_free(s);
}

static void threats_have_switches_and_actions(void **state)
{
    struct snapshot *s = taken("\"threats\":{\"SSL.TLS1.0\":true,\"Ping.Death\":false,"
                               "\"HTTP.Request.Smuggling\":{\"action\":\"reset\"},"
                               "\"TCP.SYN.With.Data\":{\"enabled\":true,\"action\":\"allow\"}}");

    (void)state;
    assert_true(snapshot_threat(s, THREAT_TLS_10));
    assert_false(snapshot_threat(s, THREAT_PING_DEATH));
    assert_true(snapshot_threat(s, THREAT_HTTP_SMUGGLING));
    assert_int_equal(s->threat_verdicts[THREAT_HTTP_SMUGGLING], VERDICT_RESET);
    assert_true(snapshot_threat(s, THREAT_SYN_DATA));
    assert_int_equal(s->threat_verdicts[THREAT_SYN_DATA], VERDICT_PASS);
    assert_int_equal(s->threat_verdicts[THREAT_TEARDROP], VERDICT_DROP);
    snapshot_free(s);
}

static void special_networks(void **state)
{
    struct snapshot *s =
        taken("\"networks\":{\"internal\":[\"10.0.0.0/8\"],\"host\":[\"192.0.2.1\"],"
              "\"service\":[\"10.96.0.0/12\",\"fd00:96::/112\"]}");
    const struct networks *n = s->networks;

    (void)state;
    assert_int_equal(n->special_count, 3);
    assert_int_equal(n->special[0].kind, NETWORK_SERVICE);
    assert_int_equal(n->special[1].kind, NETWORK_SERVICE);
    assert_int_equal(n->special[2].kind, NETWORK_HOST);
    snapshot_free(s);
}

#define SENSOR(rest)   "\"sensors\":[{\"name\":\"s\",\"kind\":\"dlp\",\"action\":\"alert\"," rest "}]"
#define RULE(patterns) SENSOR("\"rules\":[{\"name\":\"r\",\"patterns\":" patterns "}]")

static void mistakes(void **state)
{
    static const struct {
        const char *rest, *path, *says;
    } list[] = {
        {"\"sensors\":[{}]", "sensors[0]", "\"name\" is missing"},
        {"\"sensors\":{}", "sensors", "list"},
        {SENSOR("\"rules\":7"), "sensors[0].rules", "list"},
        {SENSOR("\"rules\":[],\"workloads\":[\"x\"]"), "sensors[0].workloads[0]", "'x'"},
        {SENSOR("\"rules\":[{}]"), "sensors[0].rules[0]", "name and patterns"},
        {RULE("[]"), "sensors[0].rules[0].patterns", "1 to 16"},
        {RULE("[{}]"), "sensors[0].rules[0].patterns[0].pattern", "string"},
        {RULE("[{\"pattern\":\"a\",\"context\":\"cookie\"}]"),
         "sensors[0].rules[0].patterns[0].context", "sql_query"},
        {RULE("[{\"pattern\":\"a\",\"flags\":\"iz\"}]"), "sensors[0].rules[0].patterns[0].flags",
         "'iz'"},
        {RULE("[{\"pattern\":\"a\",\"nott\":true}]"), "sensors[0].rules[0].patterns[0].nott",
         "unknown key"},
        {"\"threats\":{\"Gopher.Death\":true}", "threats.Gopher.Death", "unknown key"},
        {"\"threats\":{\"Ping.Death\":7}", "threats.Ping.Death", "object"},
        {"\"threats\":{\"Ping.Death\":{\"action\":\"shout\"}}", "threats.Ping.Death.action",
         "block"},
        {"\"networks\":{\"host\":[\"10.0.0.1/8\"]}", "networks.host[0]", "host bits"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct err err = {0};

        if (parse(list[i].rest, &err) != NULL)
            fail_msg("%s was taken", list[i].rest);
        if (strcmp(err.path, list[i].path) != 0 || strstr(err.text, list[i].says) == NULL)
            fail_msg("%s: '%s': '%s'", list[i].rest, err.path, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sensors_of_workloads),
        cmocka_unit_test(threats_have_switches_and_actions),
        cmocka_unit_test(special_networks),
        cmocka_unit_test(mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
