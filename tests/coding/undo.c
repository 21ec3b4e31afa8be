/* SPDX-License-Identifier: Apache-2.0
 *
 * Undoes the codings of bodies, for differential.py: lines "VALUE STEP HEX" come in, and for each
 * of them "HEX ODD" goes out. STEP is the size of the pieces; the first HEX begins with a dot.
 */
#include "support/coding.h"

#include <stdio.h>
#include <stdlib.h>

static void *take(void *arg, size_t n)
{
    (void)arg;
    return malloc(n);
}

static void give(void *arg, void *memory)
{
    (void)arg;
    free(memory);
}

static void print(void *arg, struct span piece)
{
    (void)arg;
    for (size_t i = 0; i < piece.n; i++)
        printf("%02x", piece.p[i]);
}

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* In place. */
static struct span from_hex(char *hex)
{
    size_t n = strcspn(hex, "\n") / 2;
    uint8_t *out = (uint8_t *)hex;

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    return span_of(out, n);
}

static bool undo_line(char *line)
{
    const struct memory_source memory = {take, give, NULL};
    char *step = strchr(line, ' '), *hex = strchr(line, '.');
    struct coding_stack s;
    struct span body;
    size_t n;

    if (step == NULL || hex == NULL)
        return false;
    *step = 0;
    n = strtoul(step + 1, NULL, 10);
    if (n == 0)
        return false;
    body = from_hex(hex + 1);
    coding_stack_init(&s, &memory);
    coding_stack_add(&s, span_text(line));
    for (; body.n; body = span_from(body, n))
        (void)coding_stack_feed(&s, span_first(body, n), print, NULL);
    printf(" %x\n", (unsigned)coding_stack_end(&s, print, NULL));
    coding_stack_fini(&s);
    fflush(stdout);
    return true;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;

    while (good && getline(&line, &room, stdin) > 0)
        good = undo_line(line);
    free(line);
    return good ? 0 : 1;
}
