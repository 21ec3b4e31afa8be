/* SPDX-License-Identifier: Apache-2.0
 *
 * Two ways of decoding, one packet: whatever decode_fast() takes, the long way must see the same.
 */
#include "decode/decode.h"
#include "packet_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MUTATED 74 /* headers with timestamps, and some payload */

static struct hash_key hash_key;

struct totals {
    size_t frames, fast;
};

static struct decode_env env_of(enum checksum_mode mode)
{
    return (struct decode_env){.hash_key = &hash_key, .checksum = mode, .tunnel_depth = 4};
}

/* What decode_frame() does when the short way is out of the question. */
static void decode_long(const struct decode_env *env, struct packet *p, struct frame *f)
{
    struct decode d = {.env = env, .p = p, .in = cur_of(span_of(f->bytes, f->captured))};

    memset(p, 0, sizeof *p);
    p->frame = f;
    p->ingress = 1;
    if (f->length > f->captured) {
        d.missing = f->length - f->captured;
        p->flags |= PKT_SNAPPED;
    }
    decode_ethernet(&d);
}

static bool is_taken(const struct decode_env *env, struct frame *f)
{
    struct packet p;

    memset(&p, 0, sizeof p);
    p.frame = f;
    return decode_fast(env, &p, f);
}

#define SAME(field)                                                                                \
    do {                                                                                           \
        if (a->field != b->field)                                                                  \
            fail_msg("%s: " #field " differs", what);                                              \
    } while (0)

static void same_tcp(const char *what, const struct packet *a, const struct packet *b)
{
    SAME(tcp.seq);
    SAME(tcp.ack);
    SAME(tcp.window);
    SAME(tcp.urgent);
    SAME(tcp.mss);
    SAME(tcp.flags);
    SAME(tcp.wscale);
    if (a->flags & PKT_TS)
        SAME(tcp.ts_value);
}

static void same_packet(const char *what, const struct packet *a, const struct packet *b)
{
    SAME(kind);
    SAME(flags);
    SAME(bad);
    SAME(proto);
    SAME(vlans);
    SAME(tunnels);
    SAME(verdict);
    SAME(reason);
    if (a->kind != PACKET_IP)
        return;
    SAME(side);
    SAME(ttl);
    SAME(l3);
    SAME(l4);
    SAME(l3_len);
    SAME(l4_len);
    SAME(payload);
    SAME(payload_len);
    SAME(payload_wire);
    if (memcmp(&a->key, &b->key, session_key_size(&a->key)) != 0)
        fail_msg("%s: key differs", what);
    if (a->proto == 6)
        same_tcp(what, a, b);
}

static void compare(struct totals *t, const char *what, struct frame *f)
{
    for (enum checksum_mode mode = CHECKSUM_AUTO; mode <= CHECKSUM_OFF; mode++) {
        struct decode_env env = env_of(mode);
        struct packet both, slow;

        memset(&both, 0xa5, sizeof both);
        decode_frame(&env, &both, f);
        decode_long(&env, &slow, f);
        same_packet(what, &both, &slow);
        t->frames++;
        t->fast += is_taken(&env, f);
    }
}

static struct frame frame_of(const struct packet_builder *b)
{
    return (struct frame){.bytes = b->bytes,
                          .captured = (uint32_t)b->n,
                          .length = (uint32_t)b->n,
                          .link = LINK_ETHERNET};
}

/* ---- frames ---- */

enum form { FORM_TCP, FORM_STAMPED, FORM_BACK, FORM_EMPTY, FORM_UDP, FORM_UDP_NO_SUM, FORMS };

static const char *const form_names[FORMS] = {"TCP", "TCP with timestamp",  "TCP back", "ACK",
                                              "UDP", "UDP without checksum"};

static void build_form(struct packet_builder *b, enum form form, enum build_checksum sum)
{
    struct span stamp = SPAN("\1\1\x08\x0a\x11\x22\x33\x44\x55\x66\x77\x88");
    bool back = form == FORM_BACK;

    build_begin(b);
    build_ethernet(b);
    build_ip_spec(b, &(struct ip_spec){.src = back ? "10.1.1.2" : "10.1.1.1",
                                       .dst = back ? "10.1.1.1" : "10.1.1.2",
                                       .ttl = 61,
                                       .flags = 0x4000});
    if (form >= FORM_UDP)
        build_udp(b, 40000, 5000);
    else
        build_tcp(b, &(struct tcp_spec){.sport = back ? 80 : 40000,
                                        .dport = back ? 40000 : 80,
                                        .seq = 0x01020304,
                                        .ack = 0x05060708,
                                        .flags = TCP_ACK | TCP_PSH,
                                        .window = 501,
                                        .options = form == FORM_STAMPED ? stamp : SPAN("")});
    build_checksum(b, form == FORM_UDP_NO_SUM ? SUM_NONE : sum);
    if (form != FORM_EMPTY)
        build_bytes(b, "sixteen bytes ..and some more of", 33);
    build_finish(b);
}

static void plain_frames_take_the_short_way(void **state)
{
    (void)state;
    for (enum form form = FORM_TCP; form < FORMS; form++) {
        struct decode_env env = env_of(CHECKSUM_STRICT);
        struct packet_builder b;
        struct packet p;
        struct frame f;

        build_form(&b, form, SUM_RIGHT);
        f = frame_of(&b);
        if (!is_taken(&env, &f))
            fail_msg("%s goes the long way", form_names[form]);
        decode_frame(&env, &p, &f);
        assert_int_equal(p.kind, PACKET_IP);
        assert_int_equal(p.ttl, 61);
        assert_int_equal(p.payload_len, form == FORM_EMPTY ? 0 : 33);
        assert_int_equal(p.key.port[p.side], form == FORM_BACK ? 80 : 40000);
        assert_int_equal(p.flags & (PKT_CSUM_GOOD | PKT_CSUM_BAD),
                         form == FORM_UDP_NO_SUM ? 0 : PKT_CSUM_GOOD);
        assert_int_equal((p.flags & PKT_TS) != 0, form == FORM_STAMPED);
    }
}

static void every_byte_mutated(void **state)
{
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, 0x3c};
    static const uint8_t values[] = {0x00, 0x7f, 0xe0, 0xff, 0x45, 0x50, 0x80};
    struct totals t = {0};

    (void)state;
    for (enum form form = FORM_TCP; form < FORMS; form++) {
        struct packet_builder b;
        struct frame f;

        build_form(&b, form, SUM_RIGHT);
        f = frame_of(&b);
        for (size_t at = 0; at < b.n && at < MUTATED; at++) {
            uint8_t before = b.bytes[at];

            for (size_t i = 0; i < sizeof masks; i++) {
                b.bytes[at] = before ^ masks[i];
                compare(&t, form_names[form], &f);
            }
            for (size_t i = 0; i < sizeof values; i++) {
                b.bytes[at] = values[i];
                compare(&t, form_names[form], &f);
            }
            b.bytes[at] = before;
        }
    }
    assert_true(t.frames > 15000);
    assert_true(t.fast > 5000); /* else nothing was compared */
    assert_true(t.frames - t.fast > 2000);
}

/* Two fields wrong at once, the header checksum right: it must not hide what lies behind it. */
static void header_fields_mutated_under_a_right_checksum(void **state)
{
    struct totals t = {0};

    (void)state;
    for (enum form form = FORM_TCP; form < FORMS; form++) {
        for (size_t at = 14; at < 34; at++) {
            for (unsigned value = 0; value < 256; value += 3) {
                struct packet_builder b;
                struct frame f;

                build_form(&b, form, SUM_RIGHT);
                b.bytes[at] = (uint8_t)value;
                if (at != 24 && at != 25) {
                    build_put16(b.bytes + 24, 0);
                    build_put16(b.bytes + 24, build_sum(span_of(b.bytes + 14, 20), 0));
                }
                f = frame_of(&b);
                compare(&t, form_names[form], &f);
            }
        }
    }
    assert_true(t.fast > 3000);
    assert_true(t.frames - t.fast > 3000);
}

static void cut_and_padded_frames(void **state)
{
    struct totals t = {0};

    (void)state;
    for (enum form form = FORM_TCP; form < FORMS; form++) {
        struct packet_builder b;
        struct frame f;
        size_t whole;

        build_form(&b, form, SUM_RIGHT);
        whole = b.n;
        for (size_t n = 0; n <= whole; n++) {
            uint8_t exact[256];

            memcpy(exact, b.bytes, n);
            f = frame_of(&b);
            f.bytes = exact;
            f.captured = (uint32_t)n;
            compare(&t, "snapped", &f);
            f.length = (uint32_t)n;
            compare(&t, "too short", &f);
        }
        for (size_t n = 1; n <= 20; n++) {
            build_trailer(&b, 1);
            f = frame_of(&b);
            compare(&t, "padded", &f);
        }
    }
    assert_true(t.fast > FORMS * 20 * 3 - 1); /* padding is usual */
}

static void checksums_of_every_kind(void **state)
{
    struct totals t = {0};

    (void)state;
    for (enum form form = FORM_TCP; form < FORMS; form++) {
        for (enum build_checksum sum = SUM_RIGHT; sum <= SUM_NONE; sum++) {
            for (enum checksum_status status = CSUM_UNCHECKED; status <= CSUM_PARTIAL; status++) {
                for (unsigned ip = 0; ip < 3; ip++) {
                    struct packet_builder b;
                    struct frame f;

                    build_form(&b, form, sum);
                    if (ip)
                        build_put16(b.bytes + 24, ip == 1 ? 0 : 0x1234);
                    f = frame_of(&b);
                    f.checksum = (uint8_t)status;
                    compare(&t, form_names[form], &f);
                }
            }
        }
    }
    assert_true(t.fast > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_frames_take_the_short_way),
        cmocka_unit_test(every_byte_mutated),
        cmocka_unit_test(header_fields_mutated_under_a_right_checksum),
        cmocka_unit_test(cut_and_padded_frames),
        cmocka_unit_test(checksums_of_every_kind),
    };

    hash_init_seeded(&hash_key, 20);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
