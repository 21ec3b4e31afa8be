/* SPDX-License-Identifier: Apache-2.0
 *
 * A message, as detection reads it: whatever brings it, and in whatever pieces, the buffers are the
 * same.
 *
 *   byte 0    in how small pieces it comes the second time; as chunks of SMTP the third
 *   the message
 */
#include "fuzz_engine.h"

#include "event_text.h"
#include "tcp_script.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct parser parser_smtp, parser_imap;

static void say(struct tcp_script *s, enum dir from, struct span bytes, size_t most)
{
    for (; bytes.n > most; bytes = span_from(bytes, most))
        tcp_send(s, from, span_first(bytes, most));
    if (bytes.n)
        tcp_send(s, from, bytes);
}

static void say_text(struct tcp_script *s, enum dir from, const char *text)
{
    tcp_send(s, from, span_text(text));
}

/* In pieces of `step`. */
static void by_imap(struct tcp_script *s, struct span mail, size_t step)
{
    char line[64];

    say_text(s, DIR_SERVER, "* OK IMAP4rev1 ready\r\n");
    say_text(s, DIR_CLIENT, "a1 FETCH 1 BODY[]\r\n");
    (void)snprintf(line, sizeof line, "* 1 FETCH (BODY[] {%zu}\r\n", mail.n);
    say_text(s, DIR_SERVER, line);
    say(s, DIR_SERVER, mail, step);
    say_text(s, DIR_SERVER, ")\r\na1 OK done\r\n");
}

/* In chunks of `step`, each with its command. */
static void by_smtp(struct tcp_script *s, struct span mail, size_t step)
{
    char line[64];

    say_text(s, DIR_SERVER, "220 mx.example ESMTP\r\n");
    say_text(s, DIR_CLIENT, "EHLO a.example\r\nMAIL FROM:<a@a.example>\r\n");
    for (; mail.n; mail = span_from(mail, step)) {
        struct span chunk = span_first(mail, step);

        (void)snprintf(line, sizeof line, "BDAT %zu\r\n", chunk.n);
        say_text(s, DIR_CLIENT, line);
        tcp_send(s, DIR_CLIENT, chunk);
    }
    say_text(s, DIR_CLIENT, "BDAT 0 LAST\r\n");
}

/* What is in the buffers, kind by kind. */
static char *buffers_text(const struct engine_fixture *f)
{
    struct text t = {0};

    text_add(&t, "%s", "");
    for (unsigned kind = 0; kind < BUFFER_COUNT; kind++)
        for (size_t i = 0; i < f->buffer_count; i++) {
            const struct buffer_record *b = f->buffers + i;

            if (b->buffer != kind)
                continue;
            text_add(&t, "%s ", buffer_name(b->buffer));
            for (size_t k = 0; k < b->n; k++)
                text_add(&t, "%02x", b->bytes[k]);
            text_add(&t, "\n");
        }
    return t.at;
}

static void find_at_once(struct snapshot *s)
{
    s->limits.decide_packets = 1u << 30;
    s->limits.decide_seconds = 1u << 30;
}

static char *play(void (*by)(struct tcp_script *, struct span, size_t), struct span mail,
                  size_t step)
{
    static const struct parser *table[] = {&parser_smtp, &parser_imap, NULL};
    const struct fixture_options options = {.parsers = table,
                                            .mode = ENGINE_TAP,
                                            .wants_tx = true,
                                            .wants_buffers = true,
                                            .adjust = find_at_once};
    struct engine_fixture *f = fuzz_fixture(&options);
    struct frame_list frames = {0};
    struct tcp_script s;

    tcp_script_init(&s, &frames);
    s.step_us = 10;
    s.ends[DIR_SERVER].port = 8888;
    tcp_open(&s);
    by(&s, mail, step);
    fuzz_play(f, &frames, ENGINE_TAP);
    frame_list_free(&frames);
    return buffers_text(f);
}

static void must_be(const char *whole, char *other, const char *how, size_t step)
{
    if (strcmp(whole, other) != 0) {
        fprintf(stderr, "at once:\n%s--- %s of %zu:\n%s", whole, how, step, other);
        abort();
    }
    free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span mail = span_from(span_of(data, size), 1);
    size_t step = size ? 1 + data[0] : 1;
    char *whole;

    if (mail.n == 0)
        return 0;
    whole = play(by_imap, mail, SIZE_MAX);
    must_be(whole, play(by_imap, mail, step), "pieces", step);
    must_be(whole, play(by_smtp, mail, step), "chunks", step);
    free(whole);
    return 0;
}
