/* SPDX-License-Identifier: Apache-2.0
 *
 * Shows what detection reads of captures, one line of JSON for each buffer, its pieces joined:
 *
 *     inspect CAPTURE...
 *     {"capture": ..., "session": 1, "side": "request", "message": 1, "buffer": "url", "bytes":
 * ...}
 *
 * Bytes are the characters of the same numbers. Buffers of one session, side and message belong
 * together. What is odd has lines of its own:
 *
 *     {"capture": ..., "session": 1, "note": ...}
 */
#include "capture/pcapfile.h"
#include "engine_fixture.h"

#include <stdio.h>

enum { BATCH = 64 };

static bool read_all(struct pcapfile *file, const char *path, struct frame_list *list)
{
    struct frame frames[BATCH];
    struct err err = {0};
    size_t n;

    if (!pcapfile_open(file, path, &err)) {
        fprintf(stderr, "inspect: %s: %s\n", path, err.text);
        return false;
    }
    while ((n = pcapfile_read(file, frames, BATCH)) > 0)
        for (size_t i = 0; i < n; i++) {
            struct listed_frame *f =
                frame_list_add(list, frames[i].bytes, frames[i].captured, frames[i].time_us);

            f->wire = frames[i].length;
            f->link = frames[i].link;
        }
    return true;
}

static void put_text(struct span s)
{
    putchar('"');
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];

        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void put_buffer(const char *capture, const struct buffer_record *b)
{
    fputs("{\"capture\": ", stdout);
    put_text(span_text(capture));
    printf(", \"session\": %llu, \"side\": \"%s\", \"message\": %llu, \"buffer\": \"%s\", "
           "\"bytes\": ",
           (unsigned long long)b->session, b->dir == DIR_CLIENT ? "request" : "response",
           (unsigned long long)b->message, buffer_name(b->buffer));
    put_text(span_of(b->bytes, b->n));
    puts("}");
}

static void put_note(const char *capture, const struct event_record *e)
{
    fputs("{\"capture\": ", stdout);
    put_text(span_text(capture));
    printf(", \"session\": %llu, \"note\": ", (unsigned long long)e->session.id);
    put_text(span_text(e->text));
    puts("}");
}

static bool show(struct pcapfile *file, const char *path)
{
    struct engine_fixture f;
    struct frame_list list = {0};
    bool good = read_all(file, path, &list);

    fixture_open(&f, &(struct fixture_options){.wants_buffers = true});
    fixture_feed(&f, &list);
    fixture_flush(&f);
    for (size_t i = 0; i < f.buffer_count; i++)
        put_buffer(path, &f.buffers[i]);
    for (size_t i = 0; i < f.event_count; i++)
        if (f.events[i].type == EVENT_THREAT)
            put_note(path, &f.events[i]);
    fixture_close(&f);
    frame_list_free(&list);
    return good;
}

int main(int argc, char **argv)
{
    struct pcapfile *file = pcapfile_new();
    bool good = argc > 1 && file;

    if (argc < 2)
        fprintf(stderr, "usage: inspect CAPTURE...\n");
    for (int i = 1; i < argc && file; i++)
        good &= show(file, argv[i]);
    pcapfile_free(file);
    return good ? 0 : 1;
}
