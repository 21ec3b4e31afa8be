/* SPDX-License-Identifier: Apache-2.0
 *
 * The window over the file: opens, fills, and says where and how a file is damaged.
 */
#include "capture/pcapfile_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pcapfile *pcapfile_new(void)
{
    struct pcapfile *f = calloc(1, sizeof *f);

    if (f == NULL)
        return NULL;
    f->fd = -1;
    f->buffer = malloc(PCAP_BUFFER);
    if (f->buffer == NULL) {
        free(f);
        return NULL;
    }
    return f;
}

static void file_close(struct pcapfile *f)
{
    if (f->fd > STDIN_FILENO)
        close(f->fd);
    f->fd = -1;
}

void pcapfile_free(struct pcapfile *f)
{
    if (f == NULL)
        return;
    file_close(f);
    free(f->ng.interfaces);
    free(f->buffer);
    free(f);
}

uint64_t pcapfile_offset(const struct pcapfile *f)
{
    return f->read - window_left(f);
}

const struct err *pcapfile_damage(const struct pcapfile *f)
{
    return f->damaged ? &f->damage : NULL;
}

void pcapfile_fail(struct pcapfile *f, const char *fmt, ...)
{
    char text[sizeof f->damage.text - 64];
    va_list ap;

    if (f->damaged)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    f->damaged = true;
    err_set(&f->damage, NULL, "the record at byte %llu, behind %llu frames, %s",
            (unsigned long long)pcapfile_offset(f), (unsigned long long)f->number, text);
}

/* A failure of the file as a whole: no place to name. */
static void file_fail(struct pcapfile *f, const char *what)
{
    if (f->damaged)
        return;
    f->damaged = true;
    err_set(&f->damage, NULL, "%s", what);
}

/* One read() behind the unread bytes, which move to the front: frames given out die. False: no
 * more bytes came. */
static bool window_fill(struct pcapfile *f)
{
    size_t left = window_left(f), pass;
    ssize_t got;

    if (f->at_end)
        return false;
    memmove(f->buffer, f->at, left);
    f->at = f->buffer;
    f->end = f->buffer + left;
    got = read(f->fd, f->buffer + left, PCAP_BUFFER - left);
    if (got <= 0) {
        f->at_end = true;
        if (got < 0)
            pcapfile_fail(f, "cannot be read: %s", strerror(errno));
        return false;
    }
    f->read += (uint64_t)got;
    f->end += got;
    pass = f->skip < (uint64_t)got ? (size_t)f->skip : (size_t)got;
    f->skip -= pass;
    f->at += pass;
    return true;
}

static const char *other_format(const uint8_t *p)
{
    static const struct {
        uint8_t magic[4];
        const char *text;
    } others[] = {
        {{0x1f, 0x8b, 8, 0}, "is compressed (gzip): unpack it first, with gunzip"},
        {{0x28, 0xb5, 0x2f, 0xfd}, "is compressed (zstd): unpack it first, with unzstd"},
        {{0xfd, '7', 'z', 'X'}, "is compressed (xz): unpack it first, with unxz"},
        {{'B', 'Z', 'h', '9'}, "is compressed (bzip2): unpack it first, with bunzip2"},
        {{'P', 'K', 3, 4}, "is a zip archive: unpack it first, with unzip"},
        {{'s', 'n', 'o', 'o'}, "is a snoop capture: convert it with editcap -F pcap"},
    };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (memcmp(p, others[i].magic, 3) == 0)
            return others[i].text;
    return "does not begin like pcap or pcapng: give a capture, or convert it with editcap";
}

static bool file_open(struct pcapfile *f, const char *path, struct err *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        f->fd = STDIN_FILENO;
    else
        f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (f->fd < 0 && errno == ENOENT)
        return err_set(err, NULL, "does not exist: check the path");
    if (f->fd < 0)
        return err_set(err, NULL, "cannot be opened (%s): check its permissions", strerror(errno));
    if (fstat(f->fd, &st) == 0 && S_ISDIR(st.st_mode))
        return err_set(err, NULL, "is a directory, not a capture");
    posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

/* Which format it is, from its first bytes. */
static void file_begin(struct pcapfile *f)
{
    while (window_left(f) < 24 && window_fill(f))
        continue;
    if (f->damaged)
        return;
    if (window_left(f) == 0) {
        file_fail(f, "is empty: nothing was captured into it, record it again");
    } else if (window_left(f) < 4) {
        file_fail(f, "is too short for a capture: record it again");
    } else if (ng_begin(f)) {
        f->scan = ng_scan;
    } else if (classic_begin(f)) {
        f->scan = classic_scan;
    } else {
        file_fail(f, other_format(f->at));
    }
}

bool pcapfile_open(struct pcapfile *f, const char *path, struct err *err)
{
    file_close(f);
    f->at = f->end = f->buffer;
    f->read = f->skip = f->number = 0;
    f->scan = NULL;
    f->at_end = f->damaged = false;
    if (!file_open(f, path, err)) {
        file_close(f);
        return false;
    }
    file_begin(f);
    if (f->damaged) {
        *err = f->damage;
        file_close(f);
        return false;
    }
    return true;
}

size_t pcapfile_read(struct pcapfile *f, struct frame *frames, size_t max)
{
    size_t n;

    while (!f->damaged) {
        n = f->scan(f, frames, max);
        if (n > 0 || f->damaged)
            return n;
        if (!window_fill(f))
            break;
    }
    if (f->skip > 0 || window_left(f) > 0)
        pcapfile_fail(f, "is cut off: the frames before it are complete and were read, record the "
                         "capture again for the rest");
    return 0;
}
