/* SPDX-License-Identifier: Apache-2.0
 *
 * The file header needs the link type, so it is written with the first frame (as Ethernet when
 * there was none).
 */
#include "capture/pcapwrite.h"

#include "capture/linktype.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELD_BUCKETS = 1024, SNAPLEN = 1 << 19 };

struct held {
    struct held *next;
    struct frame frame; /* its bytes follow the struct */
};

struct pcapwrite {
    FILE *file;
    enum link_type link;
    bool begun;
    bool failed;
    int error; /* of the first failed write */
    uint64_t left_out;
    struct held *held[HELD_BUCKETS]; /* by token */
};

struct pcapwrite *pcapwrite_new(const char *path, struct err *err)
{
    struct pcapwrite *w = calloc(1, sizeof *w);

    if (w == NULL) {
        err_set(err, NULL, "no memory");
        return NULL;
    }
    w->file = fopen(path, "wbe");
    if (w->file == NULL) {
        err_set(err, NULL, "cannot be written (%s): check the path and its permissions",
                strerror(errno));
        free(w);
        return NULL;
    }
    return w;
}

static void put(struct pcapwrite *w, const void *bytes, size_t n)
{
    if (w->failed || fwrite(bytes, 1, n, w->file) == n)
        return;
    w->failed = true;
    w->error = errno;
}

static void store_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void begin(struct pcapwrite *w, enum link_type link)
{
    uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};

    w->begun = true;
    w->link = link;
    store_le32(header + 16, SNAPLEN);
    store_le32(header + 20, (uint32_t)linktype_to_pcap(link));
    put(w, header, sizeof header);
}

static void put_frame(struct pcapwrite *w, const struct frame *f)
{
    uint8_t header[16];

    if (linktype_to_pcap(f->link) < 0 || (w->begun && w->link != f->link)) {
        w->left_out++;
        return;
    }
    if (!w->begun)
        begin(w, f->link);
    store_le32(header, (uint32_t)(f->time_us / 1000000));
    store_le32(header + 4, (uint32_t)(f->time_us % 1000000));
    store_le32(header + 8, f->captured);
    store_le32(header + 12, f->length);
    put(w, header, sizeof header);
    put(w, f->bytes, f->captured);
}

static void hold(struct pcapwrite *w, const struct frame *f)
{
    struct held **bucket = &w->held[f->token % HELD_BUCKETS];
    struct held *h = malloc(sizeof *h + f->captured);

    if (h == NULL) {
        w->failed = true;
        w->error = ENOMEM;
        return;
    }
    h->frame = *f;
    h->frame.bytes = memcpy(h + 1, f->bytes, f->captured);
    h->next = *bucket;
    *bucket = h;
}

void pcapwrite_frame(struct pcapwrite *w, const struct frame *f)
{
    if (f->verdict == VERDICT_PASS || f->verdict == VERDICT_BYPASS)
        put_frame(w, f);
    else if (f->verdict == VERDICT_HOLD)
        hold(w, f);
}

void pcapwrite_release(struct pcapwrite *w, uint64_t token, enum verdict verdict)
{
    struct held **link = &w->held[token % HELD_BUCKETS];
    struct held *h;

    while (*link != NULL && (*link)->frame.token != token)
        link = &(*link)->next;
    h = *link;
    if (h == NULL)
        return;
    *link = h->next;
    if (verdict == VERDICT_PASS || verdict == VERDICT_BYPASS)
        put_frame(w, &h->frame);
    free(h);
}

void pcapwrite_inject(struct pcapwrite *w, const uint8_t *bytes, size_t n, enum link_type link,
                      uint64_t time_us)
{
    struct frame f = {
        .bytes = bytes,
        .captured = (uint32_t)n,
        .length = (uint32_t)n,
        .time_us = time_us,
        .link = (uint8_t)link,
    };

    put_frame(w, &f);
}

void pcapwrite_forget(struct pcapwrite *w)
{
    for (size_t i = 0; i < HELD_BUCKETS; i++)
        while (w->held[i] != NULL) {
            struct held *h = w->held[i];

            w->held[i] = h->next;
            free(h);
        }
}

uint64_t pcapwrite_left_out(const struct pcapwrite *w)
{
    return w->left_out;
}

bool pcapwrite_finish(struct pcapwrite *w, struct err *err)
{
    if (!w->begun)
        begin(w, LINK_ETHERNET);
    if (fflush(w->file) != 0 && !w->failed) {
        w->failed = true;
        w->error = errno;
    }
    if (!w->failed)
        return true;
    return err_set(err, NULL, "could not be written as a whole (%s): make room and run again",
                   strerror(w->error));
}

void pcapwrite_free(struct pcapwrite *w)
{
    if (w == NULL)
        return;
    pcapwrite_forget(w);
    if (w->file != NULL)
        fclose(w->file);
    free(w);
}
