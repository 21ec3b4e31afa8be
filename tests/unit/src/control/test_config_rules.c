/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of the configuration document: what each workload gets of them, and which are refused.
 */
#include "control/config.h"
#include "engine/policy.h"
#include "engine/policy_app.h"
#include "wire/apps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORKLOADS                                                                                  \
    "\"workloads\":["                                                                              \
    "{\"name\":\"web\",\"mode\":\"protect\",\"prefixes\":[\"10.0.1.0/24\",\"fd00::1\"]},"          \
    "{\"name\":\"db\",\"mode\":\"monitor\",\"prefixes\":[\"10.0.2.7\"]},"                          \
    "{\"name\":\"new\",\"mode\":\"learn\",\"macs\":[\"02:42:ac:11:00:0a\"]}],"

static struct snapshot *parse(const char *rules, struct err *err)
{
    char text[4096];

    snprintf(text, sizeof text, "{" WORKLOADS "\"rules\":[%s]}", rules);
    return config_parse(text, strlen(text), err);
}

static struct snapshot *taken(const char *rules)
{
    struct err err = {0};
    struct snapshot *s = parse(rules, &err);

    if (s == NULL)
        fail_msg("%s: %s", err.path, err.text);
    return s;
}

static const struct policy *policy(const struct snapshot *s, size_t workload)
{
    assert_non_null(s->workloads[workload]->policy);
    return s->workloads[workload]->policy;
}

static void assert_range(const struct ip_range *r, const char *first, const char *last)
{
    char text[IPADDR_TEXT];

    ipaddr_text(&r->first, text);
    assert_string_equal(text, first);
    ipaddr_text(&r->last, text);
    assert_string_equal(text, last);
}

static void without_rules_the_mode_decides(void **state)
{
    struct snapshot *s = taken("");

    (void)state;
    assert_int_equal(policy(s, 0)->default_action, POLICY_DENY);
    assert_int_equal(policy(s, 1)->default_action, POLICY_VIOLATE);
    assert_int_equal(policy(s, 2)->default_action, POLICY_LEARN);
    assert_int_equal(policy(s, 0)->rule_count, 0);
    assert_int_equal(policy(s, 0)->sides, POLICY_EGRESS | POLICY_INGRESS);
    snapshot_free(s);
}

static void from_one_to_another(void **state)
{
    struct snapshot *s = taken("{\"id\":77,\"from\":\"web\",\"to\":\"db\",\"ports\":5432,"
                               "\"protocols\":\"tcp\",\"action\":\"allow\"}");
    const struct policy_rule *r;

    (void)state;
    assert_int_equal(policy(s, 0)->rule_count, 1); /* out of web */
    r = &policy(s, 0)->rules[0];
    assert_false(r->ingress);
    assert_int_equal(r->id, 77);
    assert_int_equal(r->action, POLICY_ALLOW);
    assert_int_equal(r->proto, 6);
    assert_int_equal(r->port, 5432);
    assert_int_equal(r->port_last, 5432);
    assert_range(&r->server, "10.0.2.7", "10.0.2.7");
    assert_range(&r->client, "0.0.0.0", "255.255.255.255");
    assert_int_equal(policy(s, 1)->rule_count, 2); /* into db, from each of its addresses */
    r = &policy(s, 1)->rules[0];
    assert_true(r->ingress);
    assert_range(&r->client, "10.0.1.0", "10.0.1.255");
    assert_range(&r->server, "0.0.0.0", "255.255.255.255");
    r = &policy(s, 1)->rules[1];
    assert_range(&r->client, "fd00::1", "fd00::1");
    assert_range(&r->server, "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    assert_int_equal(policy(s, 2)->rule_count, 0);
    snapshot_free(s);
}

static void denials_are_told_where_nothing_is_stopped(void **state)
{
    struct snapshot *s = taken("{\"from\":\"external\",\"to\":\"any\",\"action\":\"deny\"}");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct policy *p = policy(s, i);

        assert_int_equal(p->rule_count, 2); /* of both families */
        assert_true(p->rules[0].external && p->rules[0].ingress);
        assert_int_equal(p->rules[0].id, 1);
        assert_int_equal(p->rules[0].action, i == 0 ? POLICY_DENY : POLICY_VIOLATE);
        assert_int_equal(p->rules[0].proto, 0);
        assert_int_equal(p->rules[0].port_last, 65535);
    }
    snapshot_free(s);
}

static void names_ports_and_applications(void **state)
{
    struct snapshot *s =
        taken("{\"from\":[\"web\",\"db\"],\"to\":\"*.example.com\",\"host\":true,"
              "\"ports\":[80,\"443\",\"8000-8100\"],\"protocols\":[\"tcp\",\"udp\"],"
              "\"applications\":[\"http\",\"kerberos\",\"unknown\"],\"action\":\"allow\"}");
    const struct policy *p = policy(s, 0);
    uint32_t kerberos;

    (void)state;
    assert_int_equal(p->rule_count, 2 * 3 * 2);
    assert_string_equal(p->rules[0].name, "*.example.com");
    assert_true(p->rules[0].host);
    assert_int_equal(p->rules[0].action, POLICY_CHECK_APP);
    assert_int_equal(p->rules[0].app_count, 3);
    assert_int_equal(p->rules[0].apps[0].app, 1001);
    assert_int_equal(p->rules[0].apps[0].action, POLICY_ALLOW);
    assert_true(policy_app_parse("kerberos", &kerberos));
    assert_int_equal(kerberos, POLICY_APP_LABEL | APP_KERBEROS);
    assert_int_equal(p->rules[0].apps[1].app, kerberos);
    assert_true(p->rules[0].apps[2].app == POLICY_APP_UNKNOWN);
    assert_int_equal(p->rules[4].port, 8000);
    assert_int_equal(p->rules[4].port_last, 8100);
    assert_int_equal(p->rules[5].proto, 17);
    assert_int_equal(s->names->count, 1);
    assert_true(s->names->names[0].host);
    snapshot_free(s);
}

static void prefixes_hold_workloads(void **state)
{
    struct snapshot *s = taken("{\"from\":\"10.0.0.0/16\",\"to\":\"10.0.2.0/24\",\"action\":"
                               "\"allow\"},{\"from\":\"10.9.0.0/16\",\"to\":\"10.8.0.0/16\","
                               "\"action\":\"allow\"}");

    (void)state;
    assert_int_equal(policy(s, 0)->rule_count, 1); /* web may reach 10.0.2.0/24 */
    assert_int_equal(policy(s, 1)->rule_count, 2); /* db is reached, and reaches */
    assert_true(policy(s, 1)->rules[0].ingress);
    assert_false(policy(s, 1)->rules[1].ingress);
    assert_int_equal(policy(s, 2)->rule_count, 0);
    snapshot_free(s);
}

static void order_and_ids_stay(void **state)
{
    struct snapshot *s = taken("{\"from\":\"any\",\"to\":\"db\",\"ports\":1,\"action\":\"deny\"},"
                               "{\"from\":\"10.1.0.0/16\",\"to\":\"db\",\"action\":\"allow\"},"
                               "{\"id\":9,\"from\":\"any\",\"to\":\"db\",\"action\":\"deny\"}");
    const struct policy *p = policy(s, 1);
    static const uint32_t ids[] = {1, 1, 2, 9, 9};

    (void)state;
    assert_true(p->rule_count >= 5);
    for (size_t i = 0, at = 0; i < p->rule_count; i++)
        if (p->rules[i].ingress)
            assert_int_equal(p->rules[i].id, ids[at++]);
    snapshot_free(s);
}

static void mistakes(void **state)
{
    static const struct {
        const char *rules, *path, *says;
    } list[] = {
        {"7", "rules[0]", "object"},
        {"{\"to\":\"db\",\"action\":\"allow\"}", "rules[0].from", "missing"},
        {"{\"from\":\"any\",\"action\":\"allow\"}", "rules[0].to", "missing"},
        {"{\"from\":\"any\",\"to\":\"db\"}", "rules[0].action", "allow or deny"},
        {"{\"from\":\"any\",\"to\":\"db\",\"action\":\"learn\"}", "rules[0].action", "allow, deny"},
        {"{\"from\":\"any\",\"to\":[],\"action\":\"allow\"}", "rules[0].to", "nobody"},
        {"{\"from\":\"any\",\"to\":[\"db\",\"dbb\"],\"action\":\"allow\"}", "rules[0].to[1]",
         "'dbb'"},
        {"{\"from\":\"www.example.com\",\"to\":\"db\",\"action\":\"allow\"}", "rules[0]",
         "domain name"},
        {"{\"from\":\"new\",\"to\":\"db\",\"action\":\"allow\"}", "rules[0]", "no prefixes"},
        {"{\"from\":\"any\",\"to\":\"db\",\"ports\":70000,\"action\":\"allow\"}",
         "rules[0].ports[0]", "65535"},
        {"{\"from\":\"any\",\"to\":\"db\",\"ports\":\"90-80\",\"action\":\"allow\"}",
         "rules[0].ports[0]", "90-80"},
        {"{\"from\":\"any\",\"to\":\"db\",\"ports\":[\"80x\"],\"action\":\"allow\"}",
         "rules[0].ports[0]", "80x"},
        {"{\"from\":\"any\",\"to\":\"db\",\"ports\":true,\"action\":\"allow\"}",
         "rules[0].ports[0]", "port"},
        {"{\"from\":\"any\",\"to\":\"db\",\"protocols\":\"gre\",\"action\":\"allow\"}",
         "rules[0].protocols[0]", "sctp"},
        {"{\"from\":\"any\",\"to\":\"db\",\"applications\":\"gopher\",\"action\":\"allow\"}",
         "rules[0].applications[0]", "gopher"},
        {"{\"from\":\"any\",\"to\":\"db\",\"port\":1,\"action\":\"allow\"}", "rules[0].port",
         "unknown key"},
        {"{\"id\":0,\"from\":\"any\",\"to\":\"db\",\"action\":\"allow\"}", "rules[0].id", "range"},
        {"{\"id\":2,\"from\":\"any\",\"to\":\"db\",\"action\":\"allow\"},{\"from\":\"any\",\"to\":"
         "\"db\",\"action\":\"allow\"}",
         "rules", "id 2"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        struct err err = {0};

        if (parse(list[i].rules, &err) != NULL)
            fail_msg("%s was taken", list[i].rules);
        if (strcmp(err.path, list[i].path) != 0 || strstr(err.text, list[i].says) == NULL)
            fail_msg("%s: '%s': '%s'", list[i].rules, err.path, err.text);
    }
}

static void without_the_key_everything_is_open(void **state)
{
    static const char text[] = "{" WORKLOADS "\"checksum\":\"off\"}";
    struct err err;
    struct snapshot *s = config_parse(text, strlen(text), &err);

    (void)state;
    assert_non_null(s);
    assert_null(s->workloads[0]->policy);
    snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_rules_the_mode_decides),
        cmocka_unit_test(from_one_to_another),
        cmocka_unit_test(denials_are_told_where_nothing_is_stopped),
        cmocka_unit_test(names_ports_and_applications),
        cmocka_unit_test(prefixes_hold_workloads),
        cmocka_unit_test(order_and_ids_stay),
        cmocka_unit_test(mistakes),
        cmocka_unit_test(without_the_key_everything_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
