/* SPDX-License-Identifier: Apache-2.0
 *
 * One request, hidden from an inspector that does not read like the server. Inline, what the
 * inspector could not read must not arrive either.
 */
#include "engine_cases.h"

static struct span request(void)
{
    return http_request("secret");
}

static struct span piece_of(struct span s, size_t from, size_t to)
{
    return span_of(s.p + from, to - from);
}

static void begin(struct tcp_script *s, struct frame_list *frames)
{
    tcp_script_init(s, frames);
    tcp_open(s);
}

/* The request has arrived as a whole. */
static void finish(struct tcp_script *s)
{
    tcp_advance(s, DIR_CLIENT, request().n);
    tcp_send(s, DIR_SERVER, http_answer());
    tcp_ack(s, DIR_CLIENT);
    tcp_close(s, DIR_CLIENT);
}

static void write_backwards(struct frame_list *frames)
{
    struct span r = request();
    struct tcp_script s;

    begin(&s, frames);
    for (size_t at = r.n; at > 0;) {
        size_t from = at > 10 ? at - 10 : 0;

        tcp_at(&s, DIR_CLIENT, (int32_t)from, piece_of(r, from, at));
        at = from;
    }
    finish(&s);
}

static void write_single_bytes(struct frame_list *frames)
{
    struct span r = request();
    struct tcp_script s;

    begin(&s, frames);
    for (size_t i = 0; i < r.n; i++)
        tcp_at(&s, DIR_CLIENT, (int32_t)i, piece_of(r, i, i + 1));
    finish(&s);
}

static void write_junk_over_queued(struct frame_list *frames)
{
    struct span r = request();
    struct tcp_script s;

    begin(&s, frames);
    tcp_at(&s, DIR_CLIENT, 20, span_from(r, 20));
    tcp_at(&s, DIR_CLIENT, 20, SPAN("junkjunkju"));
    tcp_at(&s, DIR_CLIENT, 0, span_first(r, 20));
    finish(&s);
}

static void write_retransmission_lies(struct frame_list *frames)
{
    struct span r = request();
    struct tcp_script s;

    begin(&s, frames);
    tcp_at(&s, DIR_CLIENT, 0, r);
    tcp_at(&s, DIR_CLIENT, 0, SPAN("GET /other "));
    finish(&s);
}

static void write_before_start(struct frame_list *frames)
{
    struct span r = request();
    uint8_t bytes[256 + 10] = {0};
    struct tcp_script s;

    begin(&s, frames);
    memcpy(bytes + 10, r.p, r.n);
    tcp_at(&s, DIR_CLIENT, -10, span_of(bytes, r.n + 10));
    finish(&s);
}

static void write_bad_checksums(struct frame_list *frames)
{
    struct tcp_script s;

    begin(&s, frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_RST, .checksum = SUM_WRONG});
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = SPAN("GET /benign HTTP/1.1\r\n\r\n"),
                                   .checksum = SUM_WRONG});
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

static void write_urgent(struct frame_list *frames)
{
    struct span r = request();
    uint8_t bytes[256];
    struct tcp_script s;

    begin(&s, frames);
    bytes[0] = '!';
    memcpy(bytes + 1, r.p, r.n);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = span_of(bytes, r.n + 1),
                                   .flags = TCP_ACK | TCP_PSH | TCP_URG,
                                   .urgent = 1});
    tcp_advance(&s, DIR_CLIENT, 1);
    finish(&s);
}

static void write_false_acknowledgement(struct frame_list *frames)
{
    struct tcp_script s;

    begin(&s, frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.ack_offset = 5000});
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

static void write_reset_ahead(struct frame_list *frames)
{
    struct tcp_script s;

    begin(&s, frames);
    tcp_emit(&s, DIR_CLIENT, &(struct tcp_segment){.flags = TCP_RST, .seq_offset = 1000});
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

static void write_port_reuse(struct frame_list *frames)
{
    struct tcp_script s;

    begin(&s, frames);
    tcp_send(&s, DIR_CLIENT, http_request("first"));
    tcp_send(&s, DIR_SERVER, http_answer());
    tcp_close(&s, DIR_SERVER);
    tcp_wait(&s, 2000);
    s.ends[DIR_CLIENT].next = s.ends[DIR_CLIENT].isn = 0x30000000;
    s.ends[DIR_SERVER].next = s.ends[DIR_SERVER].isn = 0x70000000;
    tcp_open(&s);
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

static void write_midstream(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

static void write_lost_segment(struct frame_list *frames)
{
    struct tcp_script s;

    begin(&s, frames);
    tcp_send(&s, DIR_CLIENT, http_request("first"));
    tcp_send(&s, DIR_SERVER, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nthe rest "));
    tcp_advance(&s, DIR_SERVER, 391); /* the capture does not hold it */
    tcp_ack(&s, DIR_CLIENT);
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

static void write_old_timestamp(struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    s.timestamps = true;
    tcp_open(&s);
    tcp_emit(&s, DIR_CLIENT,
             &(struct tcp_segment){.bytes = SPAN("GET /benign "), .ts_offset = -60000});
    tcp_at(&s, DIR_CLIENT, 0, request());
    finish(&s);
}

const struct engine_case evasion_cases[] = {
    {"tcp-backwards", "A request in segments of ten bytes, the last first.",
     .write = write_backwards},
    {"tcp-single-bytes", "A request byte by byte.", .write = write_single_bytes},
    {"tcp-junk-over-queued",
     "The tail of a request, junk over a part of it, then its head: the server reads the first\n"
     "copy. Inline the junk is dropped.",
     .write = write_junk_over_queued},
    {"tcp-retransmission-lies",
     "A request, and its beginning again with other bytes: inline the second copy is dropped.",
     .write = write_retransmission_lies},
    {"tcp-before-start", "Ten bytes from before the first one in front of a request: ignored.",
     .write = write_before_start},
    {"tcp-bad-checksums",
     "A reset and a harmless request with wrong checksums, which the server ignores, before the\n"
     "request.",
     .write = write_bad_checksums},
    {"tcp-urgent", "A request behind one urgent byte, which the server does not read in line.",
     .write = write_urgent},
    {"tcp-false-acknowledgement",
     "The client acknowledges what the server never sent, then asks. Inline that is dropped.",
     .write = write_false_acknowledgement},
    {"tcp-reset-ahead", "A reset that is not in sequence: the session goes on.",
     .write = write_reset_ahead},
    {"tcp-port-reuse", "The same four addresses and ports again two seconds after a close.",
     .write = write_port_reuse},
    {"tcp-midstream", "A capture that begins behind the handshake.", .write = write_midstream},
    {"tcp-lost-segment", "A capture that lacks a part of an answer: the next request is seen.",
     .write = write_lost_segment},
    {"tcp-old-timestamp",
     "Bytes with a timestamp of the past, which the server ignores, before the request. Inline\n"
     "they are dropped.",
     .write = write_old_timestamp},
    {0},
};
