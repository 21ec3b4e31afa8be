/* SPDX-License-Identifier: Apache-2.0
 *
 * Capture files made byte by byte, in either byte order, and a path to read them from.
 */
#ifndef TESTS_CAPTURE_BYTES_H
#define TESTS_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct bytes {
    uint8_t *p;
    size_t n, room;
    bool big;
};

static inline void put_raw(struct bytes *b, const void *p, size_t n)
{
    if (b->room - b->n < n) {
        b->room = (b->n + n) * 2;
        b->p = realloc(b->p, b->room);
    }
    if (n > 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

static inline void put_number(struct bytes *b, uint64_t v, size_t width)
{
    uint8_t raw[8];

    for (size_t i = 0; i < width; i++)
        raw[b->big ? width - 1 - i : i] = (uint8_t)(v >> 8 * i);
    put_raw(b, raw, width);
}

static inline void put16(struct bytes *b, uint16_t v)
{
    put_number(b, v, 2);
}

static inline void put32(struct bytes *b, uint32_t v)
{
    put_number(b, v, 4);
}

static inline void put_pad(struct bytes *b)
{
    while (b->n % 4 != 0)
        put_raw(b, "", 1);
}

/* An anonymous file with these bytes; close the descriptor, the path dies with it. */
static inline int bytes_file(const struct bytes *b, size_t n, char path[64])
{
    int fd = memfd_create("capture", 0);
    size_t done = 0;

    while (done < n) {
        ssize_t got = write(fd, b->p + done, n - done);

        if (got <= 0)
            abort();
        done += (size_t)got;
    }
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static inline void bytes_free(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){0};
}

enum { CLASSIC_FILE_HEADER = 24 };

static inline void classic_header(struct bytes *b, uint32_t magic, uint32_t link)
{
    put32(b, magic);
    put16(b, 2);
    put16(b, 4);
    put32(b, 0);
    put32(b, 0);
    put32(b, 262144);
    put32(b, link);
}

static inline void classic_record(struct bytes *b, uint32_t seconds, uint32_t part,
                                  const char *text)
{
    uint32_t n = (uint32_t)strlen(text);

    put32(b, seconds);
    put32(b, part);
    put32(b, n);
    put32(b, n + 1); /* on the wire one byte more */
    put_raw(b, text, n);
}

/* Writes the length at both ends of the block that began at `at`. */
static inline void ng_close(struct bytes *b, size_t at)
{
    struct bytes length = {.big = b->big};

    put_pad(b);
    put32(&length, (uint32_t)(b->n + 4 - at));
    memcpy(b->p + at + 4, length.p, 4);
    put_raw(b, length.p, 4);
    bytes_free(&length);
}

static inline size_t ng_open(struct bytes *b, uint32_t type)
{
    size_t at = b->n;

    put32(b, type);
    put32(b, 0);
    return at;
}

static inline void ng_section(struct bytes *b)
{
    size_t at = ng_open(b, 0x0a0d0d0a);

    put32(b, 0x1a2b3c4d);
    put16(b, 1);
    put16(b, 0);
    put32(b, UINT32_MAX);
    put32(b, UINT32_MAX);
    ng_close(b, at);
}

/* tsresol 0: none given */
static inline void ng_interface(struct bytes *b, uint16_t link, uint32_t snaplen, uint8_t tsresol,
                                int64_t tsoffset)
{
    size_t at = ng_open(b, 1);

    put16(b, link);
    put16(b, 0);
    put32(b, snaplen);
    if (tsresol != 0) {
        put16(b, 9);
        put16(b, 1);
        put_raw(b, &tsresol, 1);
        put_pad(b);
    }
    if (tsoffset != 0) {
        put16(b, 14);
        put16(b, 8);
        put_number(b, (uint64_t)tsoffset, 8);
    }
    put32(b, 0); /* end of options */
    ng_close(b, at);
}

static inline void ng_packet(struct bytes *b, uint32_t interface, uint64_t ts, const char *text)
{
    size_t at = ng_open(b, 6);
    uint32_t n = (uint32_t)strlen(text);

    put32(b, interface);
    put32(b, (uint32_t)(ts >> 32));
    put32(b, (uint32_t)ts);
    put32(b, n);
    put32(b, n + 1);
    put_raw(b, text, n);
    ng_close(b, at);
}

#endif
