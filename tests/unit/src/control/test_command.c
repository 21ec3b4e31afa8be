/* SPDX-License-Identifier: Apache-2.0
 *
 * The agent's requests: what they make of the configuration, and what malformed ones do not.
 */
#include "control/command.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAC_A "02:42:ac:11:00:02"
#define MAC_B "02:42:ac:11:00:03"
#define UC_A  "4e:65:75:56:00:07"

static const uint8_t mac_a[6] = {2, 0x42, 0xac, 0x11, 0, 2};
static const uint8_t mac_b[6] = {2, 0x42, 0xac, 0x11, 0, 3};
static const uint8_t uc_a[6] = {0x4e, 0x65, 0x75, 0x56, 0, 7};

/* Everything the requests make the daemon do, as text. */
struct bench {
    struct control control;
    struct snapshot *published;
    unsigned publications;
    char log[4096];
};

static void say(struct bench *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct bench *b, const char *fmt, ...)
{
    size_t n = strlen(b->log);
    va_list args;

    va_start(args, fmt);
    vsnprintf(b->log + n, sizeof b->log - n, fmt, args);
    va_end(args);
}

static void on_publish(void *arg, struct snapshot *s)
{
    struct bench *b = arg;

    snapshot_free(b->published);
    b->published = s;
    b->publications++;
}

static bool on_port_add(void *arg, const struct port_spec *p, struct err *err)
{
    static const char *const kinds[] = {"service", "tap", "pair", "queue"};

    if (strcmp(p->interface, "none0") == 0)
        return err_set(err, p->interface, "is no interface");
    say(arg, "add %s %s %s%s %u %02x%s%s;", kinds[p->kind], p->netns, p->interface, p->inner,
        p->queue, p->mac[5], p->jumbo ? " jumbo" : "", p->quarantine ? " quarantine" : "");
    return true;
}

static void on_port_remove(void *arg, const struct port_spec *p)
{
    say(arg, "remove %d %s %s%s;", p->kind, p->netns, p->interface, p->inner);
}

static void on_clear(void *arg, uint32_t id)
{
    say(arg, "clear %u;", id);
}

static void on_debug(void *arg, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        say(arg, "debug %s;", names[i]);
    if (count == 0)
        say(arg, "debug nothing;");
}

static void on_answer(void *arg, const struct peer *to, struct span bytes)
{
    say(arg, "to %s:", to->address.sun_path);
    for (size_t i = 0; i < bytes.n; i++)
        say(arg, " %02x", bytes.p[i]);
    say(arg, ";");
}

static void on_ask(void *arg, const struct peer *to, enum control_question question,
                   const uint32_t *zones, size_t count)
{
    say(arg, "%s asks %d", to->address.sun_path, question);
    for (size_t i = 0; i < count; i++)
        say(arg, " %u", zones[i]);
    say(arg, ";");
}

static void on_refresh(void *arg)
{
    say(arg, "refresh;");
}

static const struct control_ops ops = {
    .publish = on_publish,
    .port_add = on_port_add,
    .port_remove = on_port_remove,
    .clear = on_clear,
    .debug = on_debug,
    .answer = on_answer,
    .ask = on_ask,
    .refresh_apps = on_refresh,
};

static void bench_open(struct bench *b)
{
    struct snapshot *s = snapshot_new();

    assert_non_null(s);
    s->limits.workloads = 8;
    *b = (struct bench){0};
    assert_true(control_init(&b->control, s, &ops, b));
    control_publish(&b->control);
}

static void bench_close(struct bench *b)
{
    control_fini(&b->control);
    snapshot_free(b->published);
}

static struct peer peer_named(const char *name)
{
    struct peer p = {.address = {.sun_family = AF_UNIX}};

    snprintf(p.address.sun_path, sizeof p.address.sun_path, "%s", name);
    p.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
    return p;
}

static void ask_as(struct bench *b, const char *name, const char *text)
{
    struct peer from = peer_named(name);
    char *copy = strdup(text);

    assert_non_null(copy);
    control_datagram(&b->control, &from, copy, strlen(copy));
    free(copy);
}

static void ask(struct bench *b, const char *text)
{
    ask_as(b, "agent", text);
}

/* What a request leads to, and the log is empty again. */
static void check(struct bench *b, const char *text, const char *log)
{
    b->log[0] = '\0';
    ask(b, text);
    assert_string_equal(b->log, log);
}

static const struct workload *workload(const struct bench *b, const uint8_t mac[6])
{
    return model_find(&b->control.model, mac);
}

#define ADD(mac) "{\"ctrl_add_mac\":{\"iface\":\"vth-neuv\",\"mac\":\"" mac "\"}}"

/* ---- liveness and switches ---- */

static void keep_alives_are_echoed(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    check(&b, "{\"ctrl_keep_alive\":{\"seq_num\":7}}", "to agent: 0a 00 00 08 00 00 00 07;");
    check(&b, "{\"ctrl_keep_alive\":{\"seq_num\":1099511627781}}",
          "to agent: 0a 00 00 08 00 00 00 05;");
    check(&b, "{\"ctrl_keep_alive\":null}", "to agent: 0a 00 00 08 00 00 00 00;");
    check(&b, "{\"ctrl_keep_alive\":{\"seq_num\":\"7\"}} \n\t",
          "to agent: 0a 00 00 08 00 00 00 00;");
    /* two names in the order written, one name twice: the last value, once */
    check(&b,
          "{\"ctrl_refresh_app\":{},\"ctrl_keep_alive\":{\"seq_num\":1},"
          "\"ctrl_keep_alive\":{\"seq_num\":2}}",
          "refresh;to agent: 0a 00 00 08 00 00 00 02;");
    bench_close(&b);
}

static void what_is_no_request_does_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[]",
        "7",
        "\"ctrl_keep_alive\"",
        "null",
        "{\"ctrl_keep_alive\":{}}x",
        "{\"ctrl_keep_alive\":{}}{}",
        "{'ctrl_keep_alive':{}}",
        "{\"\xff\":1}",
        "{\"CTRL_KEEP_ALIVE\":{}}",
        "{\"ctrl_keep_alive \":{}}",
        "{\"ctrl_get_debug\":{}}",
        "{}",
        "{\"ctrl_keep_alive\":{\"seq_num\":99999999999999999999}}",
    };
    struct bench b;

    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        check(&b, texts[i], "");
    assert_int_equal(b.publications, 1);
    assert_false(b.control.model.changed);
    bench_close(&b);
}

static void a_zero_byte_ends_the_text(void **state)
{
    char text[] = "{\"ctrl_refresh_app\":{}}\0garbage";
    struct peer from = peer_named("agent");
    struct bench b;

    (void)state;
    bench_open(&b);
    control_datagram(&b.control, &from, text, sizeof text - 1);
    assert_string_equal(b.log, "refresh;");
    bench_close(&b);
}

static void switches(void **state)
{
    static const struct {
        const char *request, *key;
        size_t at;
    } rows[] = {
        {"ctrl_sys_conf", "xff_enabled", offsetof(struct policy_switches, forwarded)},
        {"ctrl_disable_net_policy", "disable_net_policy", offsetof(struct policy_switches, off)},
        {"ctrl_detect_unmanaged_wl", "detect_unmanaged_wl",
         offsetof(struct policy_switches, unmanaged)},
        {"ctrl_enable_icmp_policy", "enable_icmp_policy", offsetof(struct policy_switches, icmp)},
        {"ctrl_strict_group_mode", "strict_group_mode", offsetof(struct policy_switches, strict)},
    };
    static const char *const off[] = {"false", "1", "\"true\"", "null", "{}"};
    struct bench b;
    char text[256];

    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t k = 0; k < sizeof off / sizeof off[0]; k++) {
            const bool *value = (const bool *)&b.control.model.next->switches + rows[i].at;

            snprintf(text, sizeof text, "{\"%s\":{\"%s\":true}}", rows[i].request, rows[i].key);
            ask(&b, text);
            assert_true(*value);
            snprintf(text, sizeof text, "{\"%s\":{\"%s\":%s}}", rows[i].request, rows[i].key,
                     off[k]);
            ask(&b, text);
            assert_false(*value);
        }
        snprintf(text, sizeof text, "{\"%s\":7}", rows[i].request);
        ask(&b, text); /* absent: off */
    }
    bench_close(&b);
}

static void nothing_new_is_not_published(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    control_publish(&b.control);
    assert_int_equal(b.publications, 2);
    ask(&b, ADD(MAC_A));
    ask(&b, "{\"ctrl_sys_conf\":{\"xff_enabled\":false}}");
    ask(&b, "{\"ctrl_del_mac\":{\"mac\":\"" MAC_B "\"}}");
    control_publish(&b.control);
    assert_int_equal(b.publications, 2);
    assert_int_equal(b.published->generation, 3);
    bench_close(&b);
}

static void debug_categories(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    check(&b, "{\"ctrl_set_debug\":{\"categories\":[\"ctrl\",7,\"POLICY\"]}}",
          "debug ctrl;debug POLICY;");
    /* Some are the agent's own. */
    check(&b, "{\"ctrl_set_debug\":{\"categories\":[\"cpath\",\"Tcp\",\"conn\",\"tcpx\",\"\"]}}",
          "debug Tcp;");
    check(&b, "{\"ctrl_set_debug\":{\"categories\":[\"cpath\"]}}", "debug nothing;");
    check(&b, "{\"ctrl_set_debug\":{\"categories\":[]}}", "debug nothing;");
    check(&b, "{\"ctrl_set_debug\":{\"categories\":\"all\"}}", "");
    check(&b, "{\"ctrl_set_debug\":{}}", "");
    bench_close(&b);
}

/* ---- ports ---- */

static void ports(void **state)
{
    static const struct {
        const char *request, *log;
    } rows[] = {
        {"{\"ctrl_add_srvc_port\":{\"iface\":\"vth-neuv\",\"jumboframe\":true}}",
         "add service  vth-neuv 0 00 jumbo;"},
        {"{\"ctrl_add_srvc_port\":{}}", ""},
        {"{\"ctrl_add_srvc_port\":{\"iface\":7}}", ""},
        {"{\"ctrl_add_srvc_port\":{\"iface\":\"sixteen-bytes-xx\"}}", ""},
        {"{\"ctrl_del_srvc_port\":{\"iface\":null}}", "remove 0  ;"},
        {"{\"ctrl_add_tap_port\":{\"netns\":\"/proc/4711/ns/net\",\"iface\":\"eth0\","
         "\"epmac\":\"" MAC_A "\"}}",
         "add tap /proc/4711/ns/net eth0 0 02;"},
        {"{\"ctrl_add_tap_port\":{\"netns\":\"/proc/4711/ns/net\",\"iface\":\"eth0\","
         "\"epmac\":\"\"}}",
         ""},
        {"{\"ctrl_add_tap_port\":{\"iface\":\"eth0\",\"epmac\":\"" MAC_A "\"}}", ""},
        {"{\"ctrl_add_tap_port\":{\"netns\":[],\"iface\":\"eth0\",\"epmac\":\"" MAC_A "\"}}", ""},
        {"{\"ctrl_add_tap_port\":{\"netns\":\"/n\",\"iface\":\"none0\",\"epmac\":\"" MAC_A "\"}}",
         ""},
        {"{\"ctrl_del_tap_port\":{\"netns\":\"/proc/4711/ns/net\",\"iface\":\"eth0\","
         "\"epmac\":\"\"}}",
         "remove 1 /proc/4711/ns/net eth0;"},
        {"{\"ctrl_del_tap_port\":{}}", ""},
        {"{\"ctrl_add_port_pair\":{\"vex_iface\":\"vex1\",\"vin_iface\":\"vin1\",\"epmac\":\"" MAC_A
         "\",\"quar\":true}}",
         "add pair  vex1vin1 0 02 quarantine;"},
        {"{\"ctrl_add_port_pair\":{\"vex_iface\":\"vex1\",\"epmac\":\"" MAC_A "\"}}", ""},
        {"{\"ctrl_del_port_pair\":{\"vex_iface\":\"vex1\",\"vin_iface\":\"vin1\",\"epmac\":\"\"}}",
         "remove 2  vex1vin1;"},
        {"{\"ctrl_del_port_pair\":{\"vex_iface\":\"vex1\",\"vin_iface\":{}}}", ""},
        {"{\"ctrl_add_nfq_port\":{\"netns\":\"/proc/1/ns/net\",\"iface\":\"eth0\",\"qnum\":1,"
         "\"epmac\":\"" MAC_A "\",\"jumboframe\":false}}",
         "add queue /proc/1/ns/net eth0 1 02;"},
        {"{\"ctrl_add_nfq_port\":{\"netns\":\"/proc/1/ns/net\",\"iface\":\"eth0\",\"qnum\":70000,"
         "\"epmac\":\"" MAC_A "\"}}",
         ""},
        {"{\"ctrl_del_nfq_port\":{\"netns\":\"/proc/1/ns/net\",\"iface\":\"eth0\",\"qnum\":0,"
         "\"epmac\":\"\"}}",
         "remove 3 /proc/1/ns/net eth0;"},
        {"{\"ctrl_del_nfq_port\":7}", ""},
    };
    struct bench b;

    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&b, rows[i].request, rows[i].log);
    bench_close(&b);
}

/* ---- workloads ---- */

static void a_new_workload_is_looked_at_only(void **state)
{
    const struct workload *w;
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b,
        "{\"ctrl_add_mac\":{\"iface\":\"vth-neuv\",\"mac\":\"02:42:AC:11:0:2\",\"ucmac\":\"" UC_A
        "\",\"bcmac\":\"ff:ff:ff:00:00:07\",\"oldmac\":\"\",\"pmac\":\"\",\"pips\":null}}");
    w = workload(&b, mac_a);
    assert_non_null(w);
    assert_ptr_equal(w, workload(&b, uc_a));
    assert_string_equal(w->name, MAC_A);
    assert_true(w->tap);
    assert_false(w->boundary);
    assert_false(w->mesh);
    assert_int_equal(w->mac_count, 3);
    assert_null(w->policy);
    ask(&b, "{\"ctrl_del_mac\":{\"iface\":\"x\",\"mac\":\"" UC_A "\"}}");
    assert_null(workload(&b, mac_a));
    bench_close(&b);
}

static void a_mesh_workload_has_a_pod(void **state)
{
    static const uint8_t mac[6] = {0x6c, 0x6b, 0x73, 0x74, 0x12, 0x67};
    const struct workload *w;
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, "{\"ctrl_add_mac\":{\"iface\":\"lo\",\"mac\":\"6c:6b:73:74:12:67\",\"ucmac\":\"\","
            "\"bcmac\":\"\",\"oldmac\":\"\",\"pmac\":\"" MAC_A
            "\",\"pips\":[{\"ip\":\"172.17.0.2\"},{\"ip\":\"172.17.2\"},7,{\"ip\":null}]}}");
    w = workload(&b, mac);
    assert_non_null(w);
    assert_true(w->mesh);
    assert_memory_equal(w->id.pod, mac_a, 6);
    assert_int_equal(w->addr_count, 1);
    assert_int_equal(w->addrs[0].bytes[3], 2);
    assert_int_equal(b.control.skipped, 3);
    bench_close(&b);
}

static void a_workload_without_an_address_is_none(void **state)
{
    static const char *const texts[] = {
        "{\"ctrl_add_mac\":{}}",
        "{\"ctrl_add_mac\":{\"mac\":7}}",
        "{\"ctrl_add_mac\":{\"mac\":null}}",
        "{\"ctrl_add_mac\":{\"mac\":\"\"}}",
        "{\"ctrl_add_mac\":{\"mac\":\"00:00:00:00:00:00\"}}",
        "{\"ctrl_add_mac\":{\"mac\":\"02:42:ac:11:00\"}}",
        "{\"ctrl_add_mac\":{\"mac\":\"02:42:ac:11:00:02:\"}}",
        "{\"ctrl_add_mac\":{\"mac\":\"02:42:ac:11:00:002\"}}",
        "{\"ctrl_add_mac\":{\"mac\":\"02-42-ac-11-00-02\"}}",
        "{\"ctrl_del_mac\":{}}",
        "{\"ctrl_del_mac\":{\"mac\":[]}}",
        "{\"ctrl_cfg_mac\":{\"macs\":[],\"tap\":false}}",
        "{\"ctrl_cfg_mac\":{\"macs\":null}}",
        "{\"ctrl_cfg_mac\":{\"macs\":[7,null,\"x\"],\"tap\":false}}",
        "{\"ctrl_cfg_nbe\":{\"macs\":\"" MAC_A "\",\"nbe\":true}}",
    };
    struct bench b;

    (void)state;
    bench_open(&b);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ask(&b, texts[i]);
    assert_int_equal(b.control.model.next->workload_count, 0);
    assert_false(b.control.model.changed);
    bench_close(&b);
}

static void settings_outlive_a_new_address(void **state)
{
    const struct workload *w;
    struct bench b;
    uint32_t zone;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    zone = workload(&b, mac_a)->zone;
    ask(&b, "{\"ctrl_cfg_mac\":{\"macs\":[\"" MAC_A "\"],\"tap\":false,\"apps\":["
            "{\"ip_proto\":17,\"port\":53,\"app\":1004,\"server\":0},"
            "{\"ip_proto\":6,\"port\":80,\"app\":1001,\"server\":2022},"
            "{\"ip_proto\":6,\"port\":80,\"app\":1002,\"server\":0},9]}}");
    ask(&b, "{\"ctrl_cfg_nbe\":{\"macs\":[\"" MAC_A "\"],\"nbe\":true}}");
    ask(&b, "{\"ctrl_cfg_policy\":{\"cmd\":1,\"flag\":3,\"defact\":7,\"dir\":1,\"mac\":[\"" MAC_A
            "\"],\"rules\":null}}");
    control_publish(&b.control);
    ask(&b, "{\"ctrl_add_mac\":{\"iface\":\"vth-neuv\",\"mac\":\"" MAC_B "\",\"oldmac\":\"" MAC_A
            "\",\"ucmac\":\"" UC_A "\"}}");
    assert_null(workload(&b, mac_a));
    w = workload(&b, mac_b);
    assert_non_null(w);
    assert_ptr_equal(w, workload(&b, uc_a));
    assert_int_equal(w->zone, zone);
    assert_false(w->tap);
    assert_true(w->boundary);
    assert_int_equal(w->port_count, 2);
    assert_int_equal(w->ports[0].port, 80);
    assert_int_equal(w->ports[1].port, 53);
    assert_non_null(w->policy);
    /* the published one is as it was */
    assert_string_equal(b.published->workloads[0]->name, MAC_A);
    assert_int_equal(b.published->workloads[0]->mac_count, 1);
    /* ports are replaced whole, absent ones stay */
    ask(&b, "{\"ctrl_cfg_mac\":{\"macs\":[\"" MAC_B "\"]}}");
    assert_int_equal(workload(&b, mac_b)->port_count, 2);
    assert_false(workload(&b, mac_b)->tap);
    ask(&b, "{\"ctrl_cfg_mac\":{\"macs\":[\"" MAC_B "\"],\"apps\":[]}}");
    assert_int_equal(workload(&b, mac_b)->port_count, 0);
    bench_close(&b);
}

static void addresses_change_hands(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, "{\"ctrl_add_mac\":{\"mac\":\"" MAC_A "\",\"ucmac\":\"" UC_A "\"}}");
    ask(&b, "{\"ctrl_add_mac\":{\"mac\":\"" MAC_B "\",\"ucmac\":\"" UC_A "\"}}");
    assert_ptr_equal(workload(&b, uc_a), workload(&b, mac_b));
    assert_int_equal(workload(&b, mac_a)->mac_count, 1);
    ask(&b, "{\"ctrl_add_mac\":{\"mac\":\"" MAC_A "\",\"oldmac\":\"" MAC_B "\"}}");
    assert_int_equal(b.control.model.next->workload_count, 1);
    assert_null(workload(&b, mac_b));
    bench_close(&b);
}

/* 1,000 ports at once: a request of that length, none forgotten. */
static void many_ports(void **state)
{
    char *text = malloc(100000);
    struct bench b;
    size_t n;

    (void)state;
    assert_non_null(text);
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    n = (size_t)sprintf(text, "{\"ctrl_cfg_mac\":{\"macs\":[\"" MAC_A "\"],\"apps\":[");
    for (int i = 0; i < 1000; i++)
        n += (size_t)sprintf(text + n, "%s{\"ip_proto\":6,\"port\":%d,\"app\":0,\"server\":0}",
                             i ? "," : "", 10000 + i);
    strcpy(text + n, "]}}");
    ask(&b, text);
    assert_int_equal(workload(&b, mac_a)->port_count, 1000);
    ask(&b, "{\"ctrl_cfg_mac\":{\"macs\":[\"" MAC_A "\"],\"apps\":[{\"ip_proto\":6,\"port\":1}]}}");
    assert_int_equal(workload(&b, mac_a)->port_count, 1);
    bench_close(&b);
    free(text);
}

/* Sessions of a workload that is gone may still be there: nobody gets its zone meanwhile. */
static void zones_rest(void **state)
{
    struct bench b;
    uint32_t first;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    first = workload(&b, mac_a)->zone;
    control_publish(&b.control);
    ask(&b, "{\"ctrl_del_mac\":{\"mac\":\"" MAC_A "\"}}");
    for (int i = 0; i < 20; i++) { /* eight zones: round and round */
        ask(&b, ADD(MAC_B));
        if (workload(&b, mac_b) != NULL)
            assert_int_not_equal(workload(&b, mac_b)->zone, first);
        ask(&b, "{\"ctrl_del_mac\":{\"mac\":\"" MAC_B "\"}}");
    }
    assert_true(b.control.refused > 0); /* none was left */
    control_publish(&b.control);
    model_reached(&b.control.model, b.published->generation);
    for (int i = 0; i < 8; i++) {
        char text[128];

        snprintf(text, sizeof text, "{\"ctrl_add_mac\":{\"mac\":\"02:00:00:00:01:%02x\"}}", i);
        ask(&b, text);
    }
    assert_int_equal(b.control.model.next->workload_count, 8);
    bench_close(&b);
}

/* ---- policy ---- */

#define RULE(id)                                                                                   \
    "{\"id\":" id ",\"sip\":\"172.17.0.3\",\"dip\":\"172.17.0.2\",\"port\":80,"                    \
    "\"portr\":80,\"proto\":6,\"action\":2,\"ingress\":true}"
#define POLICY(flag, rules)                                                                        \
    "{\"ctrl_cfg_policy\":{\"cmd\":1,\"flag\":" flag ",\"defact\":7,\"dir\":2,\"mac\":[\"" MAC_A   \
    "\",\"02:00:00:00:99:99\"],\"rules\":[" rules "]}}"

static void a_policy(void **state)
{
    const struct policy_rule *r;
    const struct policy *p;
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    ask(&b, POLICY("3", "{\"id\":10001,\"sip\":\"172.17.0.3\",\"dip\":\"172.17.0.2\",\"port\":80,"
                        "\"portr\":90,\"proto\":6,\"action\":5,\"ingress\":true,\"apps\":["
                        "{\"app\":1001,\"action\":2,\"rid\":10001},"
                        "{\"app\":4294967295,\"action\":7,\"rid\":0},{\"app\":1,\"action\":9}]},"
                        "{\"id\":8,\"sip\":\"172.17.0.2\",\"dip\":\"10.0.0.1\","
                        "\"dipr\":\"10.0.0.9\",\"port\":443,\"portr\":443,\"action\":2},"
                        "{\"id\":9,\"sip\":\"172.17.0.2\",\"dip\":\"0.0.0.0\",\"portr\":65535,"
                        "\"action\":2,\"fqdn\":\"*.Example.com\",\"vhost\":true},"
                        "{\"id\":10,\"sip\":\"172.17.0.2\",\"dip\":\"10.9.9.9\",\"portr\":65535,"
                        "\"action\":2,\"fqdn\":\"*.example.COM\"}"));
    p = workload(&b, mac_a)->policy;
    assert_non_null(p);
    assert_int_equal(p->default_action, POLICY_DENY);
    assert_int_equal(p->sides, POLICY_INGRESS);
    assert_int_equal(p->rule_count, 4);
    r = p->rules;
    assert_int_equal(r[0].id, 10001);
    assert_true(r[0].ingress);
    assert_int_equal(r[0].port_last, 90);
    assert_int_equal(r[0].action, POLICY_CHECK_APP);
    assert_int_equal(r[0].app_count, 2);
    assert_true(r[0].apps[1].app == POLICY_APP_UNKNOWN);
    assert_int_equal(r[1].server.last.bytes[3], 9);
    assert_false(r[1].external);
    assert_true(r[2].external);
    assert_true(r[2].host);
    assert_string_equal(r[2].name, "*.Example.com");
    assert_int_equal(b.control.model.next->names->count, 1);
    assert_true(b.control.model.next->names->names[0].host);
    assert_int_equal(b.control.model.next->names->names[0].addr_count, 1);
    ask(&b, "{\"ctrl_cfg_policy\":{\"cmd\":3,\"flag\":3,\"mac\":[\"" MAC_A "\"]}}");
    assert_null(workload(&b, mac_a)->policy);
    bench_close(&b);
}

static void rules_that_are_none_are_left_out(void **state)
{
    static const char *const rules[] = {
        "7",
        "null",
        "{}",
        "{\"id\":1,\"sip\":\"1.2.3\",\"dip\":\"1.2.3.4\",\"action\":2}",
        "{\"id\":1,\"sip\":\"1.2.3.4\",\"action\":2}",
        "{\"id\":1,\"sip\":7,\"dip\":\"1.2.3.4\",\"action\":2}",
        "{\"id\":1,\"sip\":\"01.2.3.4\",\"dip\":\"1.2.3.4\",\"action\":2}",
        "{\"id\":1,\"sip\":\"::1\",\"dip\":\"1.2.3.4\",\"action\":2}",
        "{\"id\":1,\"sip\":\"1.2.3.4\",\"dip\":\"1.2.3.9\",\"dipr\":\"1.2.3.8\",\"action\":2}",
        "{\"id\":1,\"sip\":\"1.2.3.4\",\"dip\":\"1.2.3.4\",\"action\":8}",
        "{\"id\":1,\"sip\":\"1.2.3.4\",\"dip\":\"1.2.3.4\"}",
        "{\"id\":1,\"sip\":\"1.2.3.4\",\"dip\":\"1.2.3.4\",\"action\":2,\"port\":9,\"portr\":8}",
        "{\"id\":1,\"sip\":\"1.2.3.4\",\"dip\":\"1.2.3.4\",\"action\":2,\"fqdn\":7}",
    };
    struct bench b;
    char text[1024];

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        snprintf(text, sizeof text, POLICY("3", "%s," RULE("3")), rules[i]);
        ask(&b, text);
        assert_int_equal(workload(&b, mac_a)->policy->rule_count, 1);
        assert_int_equal(workload(&b, mac_a)->policy->rules[0].id, 3);
    }
    bench_close(&b);
}

static void a_policy_in_parts(void **state)
{
    const struct policy *before;
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    ask(&b, POLICY("3", RULE("1")));
    before = workload(&b, mac_a)->policy;
    ask(&b, POLICY("0", RULE("90"))); /* of nothing */
    ask(&b, POLICY("1", RULE("91")));
    ask(&b, POLICY("1", RULE("2"))); /* begins again */
    ask(&b, POLICY("0", RULE("3") "," RULE("4")));
    ask_as(&b, "somebody", POLICY("1", RULE("92"))); /* a series of its own */
    assert_ptr_equal(workload(&b, mac_a)->policy, before);
    ask(&b, POLICY("2", ""));
    assert_int_equal(workload(&b, mac_a)->policy->rule_count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(workload(&b, mac_a)->policy->rules[i].id, i + 2);
    ask(&b, POLICY("2", RULE("93"))); /* of nothing again */
    assert_int_equal(workload(&b, mac_a)->policy->rule_count, 3);
    ask_as(&b, "somebody", POLICY("2", RULE("94")));
    assert_int_equal(workload(&b, mac_a)->policy->rule_count, 2);
    assert_int_equal(workload(&b, mac_a)->policy->rules[0].id, 92);
    bench_close(&b);
}

/* ---- networks and names ---- */

static void networks(void **state)
{
    const struct networks *n;
    struct bench b;

    (void)state;
    bench_open(&b);
    /* parts of two series, mixed */
    ask(&b, "{\"ctrl_cfg_internal_net\":{\"flag\":1,\"subnet_addr\":["
            "{\"ip\":\"10.42.1.7\",\"mask\":\"255.255.0.0\"}]}}");
    ask(&b, "{\"ctrl_cfg_policy_addr\":{\"flag\":1,\"subnet_addr\":["
            "{\"ip\":\"172.17.0.2\",\"mask\":\"255.255.255.255\"}]}}");
    assert_int_equal(b.control.model.next->networks->internal_count, 0);
    ask(&b, "{\"ctrl_cfg_internal_net\":{\"flag\":2,\"subnet_addr\":["
            "{\"ip\":\"10.43.0.0\",\"mask\":\"255.0.255.0\"},{\"ip\":\"10.44.0.0\"},null,"
            "{\"ip\":\"10.45.0.0\",\"mask\":\"0.0.0.0\"}]}}");
    ask(&b, "{\"ctrl_cfg_policy_addr\":{\"flag\":2,\"subnet_addr\":null}}");
    ask(&b, "{\"ctrl_cfg_specip_net\":{\"flag\":3,\"subnet_addr\":["
            "{\"ip\":\"10.96.0.0\",\"mask\":\"255.240.0.0\",\"iptype\":\"svcip\"},"
            "{\"ip\":\"10.1.1.1\",\"mask\":\"255.255.255.255\",\"iptype\":\"HostIP\"},"
            "{\"ip\":\"10.1.1.2\",\"mask\":\"255.255.255.255\",\"iptype\":7}]}}");
    n = b.control.model.next->networks;
    assert_int_equal(n->internal_count, 2);
    assert_int_equal(n->internal[0].bits, 16);
    assert_int_equal(n->internal[0].addr.bytes[3], 0); /* host bits are cleared */
    assert_int_equal(n->internal[1].bits, 0);
    assert_int_equal(n->judged_count, 1);
    assert_int_equal(n->special_count, 3);
    assert_int_equal(n->special[0].kind, NETWORK_SERVICE);
    assert_int_equal(n->special[1].kind, NETWORK_HOST);
    assert_int_equal(n->special[2].kind, NETWORK_NONE);
    ask(&b, "{\"ctrl_cfg_internal_net\":{\"flag\":3}}");
    assert_int_equal(b.control.model.next->networks->internal_count, 0);
    bench_close(&b);
}

static void names(void **state)
{
    const struct domain_names *n;
    struct bench b;
    char text[600], big[400];

    (void)state;
    bench_open(&b);
    ask(&b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"*.example.com\",\"fqdn_ips\":"
            "[\"93.184.216.34\",\"93.184.216\",7,\"::1\"],\"vhost\":true}}");
    ask(&b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"*.EXAMPLE.com\",\"fqdn_ips\":"
            "[\"93.184.216.35\",\"93.184.216.34\"]}}");
    n = b.control.model.next->names;
    assert_int_equal(n->count, 1);
    assert_int_equal(n->names[0].addr_count, 2);
    assert_false(n->names[0].host);
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    snprintf(text, sizeof text, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"%s\"}}", big);
    ask(&b, text);
    assert_int_equal(strlen(b.control.model.next->names->names[1].text), DOMAIN_NAME_MOST);
    ask(&b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":7}}");
    ask(&b, "{\"ctrl_cfg_set_fqdn\":{}}");
    assert_int_equal(b.control.model.next->names->count, 2);
    ask(&b, "{\"ctrl_cfg_del_fqdn\":{\"names\":[7,null,\"unknown.org\",\"*.Example.Com\"]}}");
    assert_int_equal(b.control.model.next->names->count, 1);
    for (int i = 0; i < DOMAIN_NAMES_MOST + 5; i++) {
        snprintf(text, sizeof text, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"n%d.org\"}}", i);
        ask(&b, text);
    }
    assert_int_equal(b.control.model.next->names->count, DOMAIN_NAMES_MOST);
    bench_close(&b);
}

/* ---- sensors ---- */

#define BUILD(flag, rules)                                                                         \
    "{\"ctrl_bld_dlp\":{\"flag\":" flag ",\"dir\":1,\"dlp_rules\":[" rules "],\"mac\":[\"" MAC_A   \
    "\"],\"delmac\":[]}}"

static void sensors(void **state)
{
    const struct sensor_uses *u;
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    ask(&b, ADD(MAC_B));
    ask(&b, "{\"ctrl_cfg_dlp\":{\"flag\":1,\"mac\":[\"" MAC_A "\"],\"dlp_rule_names\":["
            "{\"id\":20001,\"action\":1}],\"waf_rule_names\":null,\"rule_ids\":[10001,10002],"
            "\"waf_rule_ids\":null,\"ruletype\":\"inside\",\"wafruletype\":\"\"}}");
    ask(&b, "{\"ctrl_cfg_dlp\":{\"flag\":2,\"mac\":[\"" MAC_A "\"],\"dlp_rule_names\":null,"
            "\"waf_rule_names\":[{\"id\":40001,\"action\":2},{\"id\":40002,\"action\":3},7],"
            "\"rule_ids\":[10001,10002],\"ruletype\":\"inside\"}}");
    u = workload(&b, mac_a)->sensors;
    assert_non_null(u);
    assert_int_equal(u->dlp.choice_count, 1);
    assert_int_equal(u->dlp.policy_count, 2);
    assert_true(u->dlp.inside);
    assert_int_equal(u->waf.choice_count, 1);
    assert_int_equal(u->waf.choices[0].action, SENSOR_DROP);
    assert_false(u->waf.inside);
    /* an absent list of policies is the one of before, null is none */
    ask(&b, "{\"ctrl_cfg_dlp\":{\"flag\":3,\"mac\":[\"" MAC_A "\"],\"ruletype\":7}}");
    assert_int_equal(workload(&b, mac_a)->sensors->dlp.policy_count, 2);
    assert_int_equal(workload(&b, mac_a)->sensors->dlp.choice_count, 0);
    assert_false(workload(&b, mac_a)->sensors->dlp.inside);
    ask(&b, "{\"ctrl_cfg_dlp\":{\"flag\":3,\"mac\":[\"" MAC_A "\"],\"rule_ids\":null}}");
    assert_int_equal(workload(&b, mac_a)->sensors->dlp.policy_count, 0);
    ask(&b, "{\"ctrl_cfg_dlpmac\":{\"delmac\":[\"" MAC_A "\"]}}");
    assert_null(workload(&b, mac_a)->sensors);

    ask(&b, BUILD("1", "{\"name\":\"dlp.ssn\",\"id\":20001,\"patterns\":[\"/a;b/is; context body\","
                       "\"!/public/is; context url\"]}"));
    ask(&b, BUILD("2", "{\"name\":\"waf\",\"id\":40001,\"patterns\":[\"/x/is\"]},"
                       "{\"name\":\"low\",\"id\":19999,\"patterns\":[\"/x/\"]},"
                       "{\"name\":7,\"id\":20002,\"patterns\":[\"/x/\"]},"
                       "{\"name\":\"none\",\"id\":20003,\"patterns\":[]},"
                       "{\"name\":\"half\",\"id\":20004,\"patterns\":[\"/x/\",7]}"));
    assert_non_null(workload(&b, mac_a)->base);
    assert_int_equal(workload(&b, mac_a)->base->rule_count, 2);
    assert_string_equal(workload(&b, mac_a)->base->rules[0].patterns[1],
                        "!/public/is; context url");
    ask(&b, "{\"ctrl_bld_dlpmac\":{\"oldmac\":[\"" MAC_A "\"],\"addmac\":[\"" MAC_B
            "\"],\"delmac\":[\"" MAC_A "\"]}}");
    assert_null(workload(&b, mac_a)->base);
    assert_int_equal(workload(&b, mac_b)->base->rule_count, 2);
    ask(&b, "{\"ctrl_bld_dlpmac\":{\"oldmac\":[\"" MAC_A "\"],\"addmac\":[\"" MAC_A "\"]}}");
    assert_null(workload(&b, mac_a)->base);
    ask(&b, "{\"ctrl_bld_dlp\":{\"flag\":3,\"dlp_rules\":null,\"mac\":[\"" MAC_B "\"]}}");
    assert_null(workload(&b, mac_b)->base);
    bench_close(&b);
}

/* ---- questions ---- */

static void questions(void **state)
{
    struct bench b;
    char log[64];

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    snprintf(log, sizeof log, "agent asks %d %u;", QUESTION_MAC_STATS, workload(&b, mac_a)->zone);
    check(&b, "{\"ctrl_stats_macs\":{\"macs\":[\"" MAC_B "\",7,\"" MAC_A "\"]}}", log);
    check(&b, "{\"ctrl_stats_macs\":{\"macs\":null}}", "agent asks 5;");
    check(&b, "{\"ctrl_count_session\":{}}", "agent asks 0;");
    check(&b, "{\"ctrl_list_session\":[]}", "agent asks 1;");
    check(&b, "{\"ctrl_list_meter\":0}", "agent asks 2;");
    check(&b, "{\"ctrl_counter_device\":{}}", "agent asks 3;");
    check(&b, "{\"ctrl_stats_device\":{}}", "agent asks 4;");
    check(&b, "{\"ctrl_clear_session\":{\"filter_id\":77}}", "clear 77;");
    check(&b, "{\"ctrl_clear_session\":{}}", "clear 0;");
    bench_close(&b);
}

/* Configuration is live when an answer says so. */
static void answers_come_behind_what_was_asked_before(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b);
    ask(&b, ADD(MAC_A));
    assert_int_equal(b.published->workload_count, 0);
    ask(&b, "{\"ctrl_keep_alive\":{\"seq_num\":1}}");
    assert_int_equal(b.published->workload_count, 1);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_alives_are_echoed),
        cmocka_unit_test(what_is_no_request_does_nothing),
        cmocka_unit_test(a_zero_byte_ends_the_text),
        cmocka_unit_test(switches),
        cmocka_unit_test(nothing_new_is_not_published),
        cmocka_unit_test(debug_categories),
        cmocka_unit_test(ports),
        cmocka_unit_test(a_new_workload_is_looked_at_only),
        cmocka_unit_test(a_mesh_workload_has_a_pod),
        cmocka_unit_test(a_workload_without_an_address_is_none),
        cmocka_unit_test(settings_outlive_a_new_address),
        cmocka_unit_test(addresses_change_hands),
        cmocka_unit_test(many_ports),
        cmocka_unit_test(zones_rest),
        cmocka_unit_test(a_policy),
        cmocka_unit_test(rules_that_are_none_are_left_out),
        cmocka_unit_test(a_policy_in_parts),
        cmocka_unit_test(networks),
        cmocka_unit_test(names),
        cmocka_unit_test(sensors),
        cmocka_unit_test(questions),
        cmocka_unit_test(answers_come_behind_what_was_asked_before),
    };

    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
