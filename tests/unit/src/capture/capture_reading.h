/* SPDX-License-Identifier: Apache-2.0
 *
 * A capture read to its end, and what came of it.
 */
#ifndef TESTS_CAPTURE_READING_H
#define TESTS_CAPTURE_READING_H

#include "capture/pcapfile.h"
#include "capture_bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What a reading brought. */
struct reading {
    size_t frames;
    bool opened;
    bool damaged;
    char text[400];   /* the damage */
    char story[4096]; /* a line per frame: number, time, lengths, link, bytes */
};

static inline void reading_note(struct reading *r, const struct frame *f)
{
    size_t used = strlen(r->story);

    snprintf(r->story + used, sizeof r->story - used,
             "%llu %llu.%06llu %u/%u link %u dev %u %.*s\n", (unsigned long long)f->number,
             (unsigned long long)(f->time_us / 1000000), (unsigned long long)(f->time_us % 1000000),
             f->captured, f->length, f->link, f->device, (int)(f->captured < 40 ? f->captured : 40),
             (const char *)f->bytes);
}

static inline void read_open(struct pcapfile *f, const char *path, struct reading *r)
{
    struct frame frames[4];
    struct err err = {0};
    size_t n;

    *r = (struct reading){0};
    r->opened = pcapfile_open(f, path, &err);
    if (!r->opened) {
        r->damaged = true;
        snprintf(r->text, sizeof r->text, "%s", err.text);
        return;
    }
    while ((n = pcapfile_read(f, frames, 4)) > 0) {
        for (size_t i = 0; i < n; i++)
            reading_note(r, &frames[i]);
        r->frames += n;
    }
    r->damaged = pcapfile_damage(f) != NULL;
    if (r->damaged)
        snprintf(r->text, sizeof r->text, "%s", pcapfile_damage(f)->text);
}

static inline struct reading read_bytes(const struct bytes *b, size_t n)
{
    struct pcapfile *f = pcapfile_new();
    struct reading r;
    char path[64];
    int fd = bytes_file(b, n, path);

    assert_non_null(f);
    read_open(f, path, &r);
    pcapfile_free(f);
    close(fd);
    return r;
}

static inline void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, text);
}

/* Every kind of block, two sections of different byte order, and what must be read from it. */
static inline struct bytes ng_all(void)
{
    struct bytes b = {0};
    size_t at;

    ng_section(&b);
    ng_interface(&b, 1, 0, 0, 0);
    ng_packet(&b, 0, 1000005, "one");
    at = ng_open(&b, 0x0bad); /* a block nobody knows */
    put_raw(&b, "whatever", 8);
    ng_close(&b, at);
    ng_interface(&b, 101, 4, 9, 100);
    ng_packet(&b, 1, UINT64_C(2000006999), "two");
    at = ng_open(&b, 2); /* the old packet block */
    put16(&b, 0);
    put16(&b, 7);
    put32(&b, 0);
    put32(&b, 3000007);
    put32(&b, 5);
    put32(&b, 5);
    put_raw(&b, "three", 5);
    ng_close(&b, at);
    at = ng_open(&b, 3); /* a simple packet block */
    put32(&b, 6);
    put_raw(&b, "four..", 6);
    ng_close(&b, at);
    b.big = true;
    ng_section(&b);
    ng_interface(&b, 276, 3, 0x80 | 10, -2);
    ng_packet(&b, 0, (5 << 10) + 512, "five");
    at = ng_open(&b, 3);
    put32(&b, 6);
    put_raw(&b, "six...", 6);
    ng_close(&b, at);
    return b;
}

#define NG_STORY                                                                                   \
    "1 1.000005 3/4 link 0 dev 0 one\n"                                                            \
    "2 102.000006 3/4 link 1 dev 1 two\n"                                                          \
    "3 3.000007 5/5 link 0 dev 0 three\n"                                                          \
    "4 3.000007 6/6 link 0 dev 0 four..\n"                                                         \
    "5 3.500000 4/5 link 3 dev 0 five\n"                                                           \
    "6 3.500000 3/6 link 3 dev 0 six\n"

#endif
