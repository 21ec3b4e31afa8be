/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of addresses: what the agent is told of them, and what rules get.
 */
#include "control/address_names.h"
#include "control/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOW = 5000 };

struct bench {
    char path[64];
    int fd;
    struct outbox *outbox;
    struct address_names *names;
    struct control control;
    struct snapshot *published;
    uint8_t message[9000];
};

static void on_publish(void *arg, struct snapshot *s)
{
    struct bench *b = arg;

    snapshot_free(b->published);
    b->published = s;
}

static const struct control_ops ops = {.publish = on_publish};

static int open_bench(void **state)
{
    static struct bench b;
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    struct err err;

    memset(&b, 0, sizeof b);
    snprintf(b.path, sizeof b.path, "/tmp/sluice-names-%d", (int)getpid());
    unlink(b.path);
    memcpy(to.sun_path, b.path, sizeof b.path);
    b.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(b.fd, (struct sockaddr *)&to, sizeof to), 0);
    b.outbox = outbox_new(b.path, 1 << 20, &err);
    b.names = address_names_new(b.outbox);
    assert_true(control_init(&b.control, snapshot_new(), &ops, &b));
    *state = &b;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *b = *state;

    address_names_free(b->names);
    outbox_free(b->outbox);
    control_fini(&b->control);
    snapshot_free(b->published);
    close(b->fd);
    unlink(b->path);
    return 0;
}

static void request(struct bench *b, const char *text)
{
    char copy[512];

    snprintf(copy, sizeof copy, "%s", text);
    control_datagram(&b->control, &(struct peer){0}, copy, strlen(copy));
    control_publish(&b->control);
}

static void learn(struct bench *b, const char *name, const char *addr, uint64_t now_ms)
{
    struct learned_name l = {.name = name};

    assert_true(ipaddr_parse(addr, &l.addr));
    address_names_learn(b->names, &b->control, &l, now_ms);
    control_publish(&b->control);
}

/* Its kind; 0: there is no message. */
static int next(struct bench *b)
{
    ssize_t n;

    memset(b->message, 0, sizeof b->message);
    (void)outbox_go_on(b->outbox);
    n = recv(b->fd, b->message, sizeof b->message, 0);
    if (n < 0)
        return 0;
    assert_int_equal(n, b->message[2] << 8 | b->message[3]);
    return b->message[0];
}

#define INTERNAL                                                                                   \
    "{\"ctrl_cfg_internal_net\":{\"flag\":3,\"subnet_addr\":[{\"ip\":\"10.0.0.0\","                \
    "\"mask\":\"255.0.0.0\"}]}}"

static void external_addresses_have_names(void **state)
{
    struct bench *b = *state;

    request(b, INTERNAL);
    learn(b, "www.example.com", "192.0.2.1", NOW);
    assert_int_equal(next(b), 12);
    assert_memory_equal(b->message + 4, "\xc0\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    assert_string_equal((char *)b->message + 20, "www.example.com");
    learn(b, "www.example.com", "192.0.2.1", NOW + 1000); /* nothing new */
    learn(b, "db.example.com", "10.0.0.7", NOW);          /* internal */
    learn(b, "www.example.com", "2001:db8::1", NOW);      /* no place in the message */
    assert_int_equal(next(b), 0);
    learn(b, "other.example.com", "192.0.2.1", NOW + 2000);
    assert_int_equal(next(b), 12);
    assert_string_equal((char *)b->message + 20, "other.example.com");
}

static void names_are_forgotten(void **state)
{
    struct bench *b = *state;

    request(b, INTERNAL);
    learn(b, "a.example.com", "192.0.2.1", NOW);
    learn(b, "b.example.com", "192.0.2.2", NOW + 1000);
    learn(b, "a.example.com", "192.0.2.1", NOW + 500000); /* asked again: lasts no longer */
    assert_int_equal(next(b), 12);
    assert_int_equal(next(b), 12);
    address_names_go_on(b->names, b->published, NOW + ADDRESS_NAME_MS - 1);
    assert_int_equal(next(b), 0);
    address_names_go_on(b->names, b->published, NOW + ADDRESS_NAME_MS);
    assert_int_equal(next(b), 13);
    assert_memory_equal(b->message, "\x0d\0\0\x14\xc0\0\2\1", 8);
    assert_int_equal(next(b), 0);
    learn(b, "a.example.com", "192.0.2.1", NOW + ADDRESS_NAME_MS);
    assert_int_equal(next(b), 12);
}

static void there_is_a_bound(void **state)
{
    struct bench *b = *state;
    unsigned told[14] = {0};
    char addr[32];
    int kind;

    request(b, INTERNAL);
    for (unsigned i = 0; i < ADDRESS_NAMES_MOST + 3; i++) {
        snprintf(addr, sizeof addr, "192.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        learn(b, "www.example.com", addr, NOW);
        while ((kind = next(b)) != 0)
            told[kind]++;
    }
    assert_int_equal(told[12], ADDRESS_NAMES_MOST + 3);
    assert_int_equal(told[13], 3);
}

static const struct domain_name *configured(const struct bench *b, const char *name)
{
    return model_name(b->published->names, name);
}

static void wildcards_get_addresses(void **state)
{
    struct bench *b = *state;

    request(b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"*.Example.com\",\"fqdn_ips\":"
               "[\"192.0.2.9\"],\"vhost\":true}}");
    request(b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"www.example.com\",\"fqdn_ips\":[]}}");
    request(b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"*.com\",\"fqdn_ips\":[]}}");
    address_names_go_on(b->names, b->published, NOW);
    learn(b, "www.example.com", "192.0.2.1", NOW);
    learn(b, "www.example.com", "2001:db8::1", NOW);
    learn(b, "a.b.example.com", "192.0.2.2", NOW);
    learn(b, "example.com", "192.0.2.3", NOW); /* the wildcard stands for a label at least */
    learn(b, "www.example.com", "192.0.2.1", NOW);
    assert_int_equal(configured(b, "*.example.com")->addr_count, 4);
    assert_int_equal(configured(b, "www.example.com")->addr_count, 2);
    assert_int_equal(configured(b, "*.com")->addr_count, 0); /* too wide */
    assert_int_equal(next(b), 0);
    address_names_go_on(b->names, b->published, NOW + ADDRESS_NAMES_ROUND_MS);
    assert_int_equal(next(b), 11);
    assert_string_equal((char *)b->message + 4, "*.Example.com");
    assert_memory_equal(b->message + 260, "\0\3\0\0\1\0", 6); /* of IPv4 */
    assert_memory_equal(b->message + 266, "\xc0\0\2\x09", 4);
    assert_memory_equal(b->message + 266 + 32, "\xc0\0\2\2", 4);
    assert_int_equal(next(b), 0);
    address_names_go_on(b->names, b->published, NOW + 2 * ADDRESS_NAMES_ROUND_MS);
    assert_int_equal(next(b), 0);
}

static void a_name_has_a_bound_too(void **state)
{
    struct bench *b = *state;
    char addr[32];

    request(b, "{\"ctrl_cfg_set_fqdn\":{\"fqdn_name\":\"www.example.com\",\"fqdn_ips\":[]}}");
    for (unsigned i = 0; i < 2 * ADDRESSES_PER_NAME; i++) {
        snprintf(addr, sizeof addr, "192.0.%u.%u", i >> 8, i & 255);
        learn(b, "www.example.com", addr, NOW);
    }
    assert_int_equal(configured(b, "www.example.com")->addr_count, ADDRESSES_PER_NAME);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(external_addresses_have_names), TEST(names_are_forgotten),    TEST(there_is_a_bound),
        TEST(wildcards_get_addresses),       TEST(a_name_has_a_bound_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
