/* SPDX-License-Identifier: Apache-2.0
 *
 * The same addresses and ports in two workloads are two sessions: networks of pods may overlap.
 */
#include "engine_fixture.h"
#include "packet_builder.h"
#include "workloads.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

static const uint8_t router[6] = {2, 0, 0, 0, 0, 9};

static void two(struct snapshot *s)
{
    static const char *const names[] = {"first", "second"};

    for (int i = 0; i < 2; i++) {
        struct workload *w = workloads_add(s, names[i], NULL, 0);

        w->macs = calloc(1, sizeof *w->macs);
        if (w->macs == NULL)
            abort();
        memcpy(w->macs[0], macs[i], 6);
        w->mac_count = 1;
    }
}

static void add(struct frame_list *l, int to, const char *bytes)
{
    struct packet_builder b;

    build_begin(&b);
    build_ethernet_macs(&b, macs[to], router);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_udp(&b, 4000, 5000);
    build_bytes(&b, bytes, strlen(bytes));
    build_add(&b, l, UINT64_C(1700000000000000));
}

static void equal_addresses_are_kept_apart(void **state)
{
    struct frame_list frames = {0};
    struct engine_fixture f;

    (void)state;
    fixture_open(&f, &(struct fixture_options){.mode = ENGINE_INLINE, .adjust = two});
    add(&frames, 0, "one");
    add(&frames, 1, "other");
    add(&frames, 1, "again");
    fixture_feed(&f, &frames);
    assert_int_equal(fixture_counter(&f, COUNTER_SESSIONS), 2);
    fixture_flush(&f);
    assert_int_equal(fixture_count(&f, EVENT_FLOW), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct session_record *s = &fixture_event(&f, EVENT_FLOW, i)->session;

        assert_int_equal(s->client_side.packets, strcmp(s->workload, "first") == 0 ? 1 : 2);
    }
    fixture_close(&f);
    frame_list_free(&frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_addresses_are_kept_apart)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
