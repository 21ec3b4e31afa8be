/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams to the agent, byte for byte.
 */
#include "report/encode_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Bytes as hex digits; blanks are for people, "*N" repeats the byte before N times. */
static struct span read_hex(const char *text, uint8_t *out)
{
    size_t n = 0;

    while (*text) {
        unsigned value;
        int used;

        if (*text == ' ') {
            text++;
            continue;
        }
        if (*text == '*') {
            assert_int_equal(sscanf(text, "*%u%n", &value, &used), 1);
            memset(out + n, out[n - 1], value - 1);
            n += value - 1;
        } else {
            assert_int_equal(sscanf(text, "%2x%n", &value, &used), 1);
            out[n++] = (uint8_t)value;
        }
        text += used;
    }
    return span_of(out, n);
}

static void expect(struct span got, const char *hex)
{
    static uint8_t room[MESSAGE_BYTES];
    struct span want = read_hex(hex, room);

    assert_int_equal(got.n, want.n);
    for (size_t i = 0; i < got.n; i++)
        if (got.p[i] != want.p[i])
            fail_msg("byte %zu: %02x and not %02x", i, got.p[i], want.p[i]);
}

static const struct wire_mac mac = {{0x02, 0x42, 0x0a, 0, 0, 0x02}};

static void keep_alive(void **state)
{
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_KEEP_ALIVE);
    wire_put_keep_alive(&d, &(struct message_keep_alive){.number = 7});
    expect(wire_end(&d, WIRE_LAST), "0a 00 0008 00000007");
}

static void session_count(void **state)
{
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_SESSION_COUNT);
    wire_put_session_count(&d, &(struct message_session_count){.all = 3, .tcp = 2, .udp = 1});
    expect(wire_end(&d, WIRE_LAST), "03 00 0018 00000003 00000002 00000001 00000000 00000000");
}

static void applications(void **state)
{
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_APP_UPDATE);
    wire_put_app_head(&d, &(struct message_app_head){.mac = mac, .count = 1});
    wire_put_app_entry(&d, &(struct message_app_entry){
                               .port = 80, .protocol = 1001, .server = 2022, .ip_proto = 6});
    expect(wire_end(&d, WIRE_LAST), "01 00 0016 02420a000002 0001 0050 03e9 07e6 0000 06 00");
}

static void sessions(void **state)
{
    const struct message_session_entry entry = {
        .id = 0x01020304,
        .mac = mac,
        .ether_type = 0x86dd,
        .client_mac = {{1, 1, 1, 1, 1, 1}},
        .server_mac = {{2, 2, 2, 2, 2, 2}},
        .client_ip = {.bytes = {0xfd, [15] = 1}, .family = 6},
        .server_ip = {.bytes = {0xfd, [15] = 2}, .family = 6},
        .client_port = 0x1234,
        .server_port = 80,
        .icmp_code = 3,
        .icmp_type = 4,
        .ip_proto = 6,
        .client_packets = 5,
        .server_packets = 6,
        .client_bytes = 7,
        .server_bytes = 8,
        .client_held_packets = 9,
        .server_held_packets = 10,
        .client_held_bytes = 11,
        .server_held_bytes = 12,
        .client_state = 1,
        .server_state = 2,
        .idle = 13,
        .age = 14,
        .life = 15,
        .application = 1001,
        .threat = 2022,
        .policy = 10001,
        .policy_action = 7,
        .severity = 5,
        .flags = 0x0811,
        .xff_ip = {.bytes = {10, 0, 0, 9}, .family = 4},
        .xff_application = 0xffff,
        .xff_port = 443,
    };
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_SESSION_LIST);
    wire_put_list_head(&d, &(struct message_list_head){.count = 1});
    wire_put_session_entry(&d, &entry);
    expect(wire_end(&d, WIRE_MORE),
           "02 01 0094 0001 0000"
           "01020304 02420a000002 86dd 01*6 02*6 fd 00*14 01 fd 00*14 02 1234 0050 03 04 06 00"
           "00000005 00000006 00000007 00000008 00000009 0000000a 0000000b 0000000c 01 02 000d"
           "0000000e 000f 03e9 000007e6 00002711 07 05 0811 0a000009 00*12 ffff 01bb");
    wire_begin(&d, MESSAGE_SESSION_LIST);
    wire_put_list_head(&d, &(struct message_list_head){0});
    expect(wire_end(&d, WIRE_LAST), "02 00 0008 0000 0000");
}

static void threats(void **state)
{
    static uint8_t long_text[100];
    struct message_threat t = {
        .threat = 2022,
        .reported_at = 0x6b033cf1,
        .count = 2,
        .action = 2,
        .severity = 5,
        .ip_proto = 6,
        .flags = 3,
        .mac = mac,
        .ether_type = 0x0800,
        .src_ip = {.bytes = {10, 0, 0, 99}, .family = 4},
        .dst_ip = {.bytes = {10, 0, 0, 2}, .family = 4},
        .src_port = 0x1234,
        .dst_port = 80,
        .icmp_code = 1,
        .icmp_type = 2,
        .application = 1001,
        .packet_bytes = 3,
        .captured_bytes = 4,
        .text = SPAN("abc"),
        .packet = SPAN("xyz"),
    };
    struct wire_datagram d;

    (void)state;
    memset(d.bytes, 0xee, sizeof d.bytes); /* what is left over must not show */
    wire_begin(&d, MESSAGE_THREAT);
    wire_put_threat(&d, &t);
    expect(wire_end(&d, WIRE_LAST),
           "06 00 088c 000007e6 6b033cf1 00000002 02 05 06 03 02420a000002 0800"
           "0a000063 00*12 0a000002 00*12 1234 0050 01 02 03e9 0003 0004 616263 00*61 "
           "78797a 00*2045 00000000");
    memset(long_text, 'a', sizeof long_text);
    t.text = span_of(long_text, sizeof long_text);
    wire_begin(&d, MESSAGE_THREAT);
    wire_put_threat(&d, &t);
    assert_int_equal(d.bytes[4 + 68 + 62], 'a');
    assert_int_equal(d.bytes[4 + 68 + 63], 0);
}

static void connections(void **state)
{
    const struct message_connection_entry entry = {
        .mac = mac,
        .ip_proto = 6,
        .server_port = 80,
        .client_ip = {.bytes = {10, 0, 0, 99}, .family = 4},
        .server_ip = {.bytes = {10, 0, 0, 2}, .family = 4},
        .ether_type = 0x0800,
        .flags = 1,
        .bytes = 0x118,
        .sessions = 1,
        .first_seen_at = 0x6b033cf1,
        .last_seen_at = 0x6b033cf1,
        .application = 1001,
        .policy_action = 1,
        .workload_sessions_in = 1,
    };
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_CONNECTIONS);
    wire_put_list_head(&d, &(struct message_list_head){.count = 1});
    wire_put_connection_entry(&d, &entry);
    expect(wire_end(&d, WIRE_LAST),
           "07 00 0068 0001 0000 02420a000002 06 00 0050 0000 0a000063 00*12 0a000002 00*12 0800"
           "0001 00000118 00000001 6b033cf1 6b033cf1 03e9 01 00 00000000 00000000 00000000"
           "00000001 00000000 0000000000000000");
}

static void meters(void **state)
{
    const struct message_meter_entry entry = {
        .mac = mac,
        .idle = 1,
        .count = 2,
        .last_count = 3,
        .peer_ip = {.bytes = {10, 0, 0, 99}, .family = 4},
        .meter = 2,
        .flags = 3,
        .span = 5,
        .upper_limit = 800,
        .lower_limit = 600,
    };
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_METER_LIST);
    wire_put_list_head(&d, &(struct message_list_head){.count = 1});
    wire_put_meter_entry(&d, &entry);
    expect(wire_end(&d, WIRE_MORE),
           "05 01 0034 0001 0000 02420a000002 0001 00000002 00000003 0a000063 00*12 02 03 05 00"
           "00000320 00000258");
}

/* The place of each counter of the table. */
static void counters(void **state)
{
    static const size_t offsets[] = {0,   8,   16,  24,  32,  40,  48,  56,  64,
                                     72,  80,  88,  96,  104, 112, 120, 128, 136,
                                     144, 152, 160, 168, 176, 184, 192, 200, 208};
    struct message_counters c;
    struct wire_datagram d;
    struct span got;

    (void)state;
    memset(&c, 0, sizeof c);
    for (size_t i = 0; i < 27; i++)
        memcpy((uint8_t *)&c + i * 8, &(uint64_t){i + 1}, 8);
    c.parser_sessions.of[19] = 0x51;
    c.parser_packets.of[0] = 0x52;
    c.rules_plain = 0x53;
    c.rules_with_ranges = 0x54;
    c.domains = 0x55;
    c.domain_addresses = 0x56;
    c.connections_refused = 0x57;
    c.connections_accepted = 0x58;
    wire_begin(&d, MESSAGE_COUNTERS);
    wire_put_counters(&d, &c);
    got = wire_end(&d, WIRE_LAST);
    assert_int_equal(got.n, 572);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
        assert_int_equal(got.p[4 + offsets[i] + 7], i + 1);
    assert_int_equal(got.p[4 + 216 + 19 * 8 + 7], 0x51);
    assert_int_equal(got.p[4 + 376 + 7], 0x52);
    assert_int_equal(got.p[4 + 536 + 3], 0x53);
    assert_int_equal(got.p[4 + 540 + 3], 0x54);
    assert_int_equal(got.p[4 + 544 + 3], 0x55);
    assert_int_equal(got.p[4 + 548 + 3], 0x56);
    assert_int_equal(got.p[4 + 552 + 7], 0x57);
    assert_int_equal(got.p[4 + 560 + 7], 0x58);
}

static void statistics(void **state)
{
    const struct message_stats stats = {
        .head = {.interval = 5,
                 .sessions_in = 1,
                 .sessions_out = 2,
                 .current_in = 3,
                 .current_out = 4,
                 .packets_in = 5,
                 .packets_out = 6,
                 .bytes_in = 7,
                 .bytes_out = 8},
        .windows = {{.sessions_in = 9,
                     .sessions_out = 10,
                     .packets_in = 11,
                     .packets_out = 12,
                     .bytes_in = 13,
                     .bytes_out = 14},
                    {.sessions_in = 15},
                    {.bytes_out = 16}},
    };
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_MAC_STATS);
    wire_put_stats(&d, &stats);
    expect(wire_end(&d, WIRE_LAST),
           "08 00 00b4 00000005 00000000 00000001 00000002 00000003 00000004"
           "0000000000000005 0000000000000006 0000000000000007 0000000000000008"
           "00000009 0000000a 000000000000000b 000000000000000c 000000000000000d 000000000000000e"
           "0000000f 00*36 00*39 10");
}

static void names(void **state)
{
    const struct ipaddr addr = {.bytes = {1, 2, 3, 4}, .family = 4};
    struct wire_datagram d;

    (void)state;
    wire_begin(&d, MESSAGE_FQDN_UPDATE);
    wire_put_fqdn_head(
        &d, &(struct message_fqdn_head){.name = SPAN("*.example.com"), .count = 1, .flags = 1});
    wire_put_fqdn_address(&d, &(struct message_fqdn_address){.addr = addr});
    expect(wire_end(&d, WIRE_LAST),
           "0b 00 011a 2a2e6578616d706c652e636f6d 00*243 0001 0000 01 00 01020304 00*12");
    wire_begin(&d, MESSAGE_NAMED_ADDRESS);
    wire_put_named_address(
        &d, &(struct message_named_address){.addr = addr, .name = SPAN("www.example.com")});
    expect(wire_end(&d, WIRE_LAST),
           "0c 00 0114 01020304 00*12 7777772e6578616d706c652e636f6d 00*241");
    wire_begin(&d, MESSAGE_NAME_RELEASED);
    wire_put_fqdn_address(&d, &(struct message_fqdn_address){.addr = addr});
    expect(wire_end(&d, WIRE_LAST), "0d 00 0014 01020304 00*12");
}

static void most_fit(void **state)
{
    static const struct message_app_entry entry;
    struct wire_datagram d;

    (void)state;
    assert_int_equal(MESSAGE_APPS_MOST, 818);
    assert_int_equal(MESSAGE_SESSIONS_MOST, 58);
    assert_int_equal(MESSAGE_CONNECTIONS_MOST, 85);
    assert_int_equal(MESSAGE_METERS_MOST, 186);
    assert_int_equal(MESSAGE_FQDN_ADDRESSES_MOST, 495);
    wire_begin(&d, MESSAGE_APP_UPDATE);
    wire_put_app_head(&d, &(struct message_app_head){.count = MESSAGE_APPS_MOST});
    for (int i = 0; i < MESSAGE_APPS_MOST; i++)
        wire_put_app_entry(&d, &entry);
    assert_true(wire_end(&d, WIRE_LAST).n <= MESSAGE_BYTES);
    assert_true(wire_room(&d) < 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keep_alive),   cmocka_unit_test(session_count),
        cmocka_unit_test(applications), cmocka_unit_test(sessions),
        cmocka_unit_test(threats),      cmocka_unit_test(connections),
        cmocka_unit_test(meters),       cmocka_unit_test(counters),
        cmocka_unit_test(statistics),   cmocka_unit_test(names),
        cmocka_unit_test(most_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
