/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the captures that no software makes: tunnels, fragments, evasions. The same bytes at
 * every run.
 *
 *   engine_captures DIRECTORY      DIRECTORY/CASE/input.pcap and README.md
 */
#include "engine_cases.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

struct span http_request(const char *name)
{
    static char text[256];
    int n = snprintf(text, sizeof text,
                     "GET /%s HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: builder\r\n\r\n", name);

    return span_of(text, (size_t)n);
}

struct span http_answer(void)
{
    return SPAN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n");
}

void http_exchange(struct tcp_script *s, const char *name)
{
    tcp_open(s);
    tcp_send(s, DIR_CLIENT, http_request(name));
    tcp_send(s, DIR_SERVER, http_answer());
    tcp_ack(s, DIR_CLIENT);
    tcp_close(s, DIR_CLIENT);
}

static void write_carried(const struct engine_case *c, struct frame_list *frames)
{
    struct tcp_script s;

    tcp_script_init(&s, frames);
    s.carry = c->carry;
    s.ends[DIR_CLIENT].addr = c->client;
    s.ends[DIR_SERVER].addr = c->server;
    http_exchange(&s, "carried");
}

static void write_readme(const char *folder, const struct engine_case *c)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof path, "%s/README.md", folder);
    f = fopen(path, "w");
    if (f == NULL)
        return perror(path);
    fprintf(f, "# engine: %s\n\n%s\n\nMade by `tests/captures/engine_captures.c`.\n", c->name,
            c->about);
    fclose(f);
}

static bool write_case(const char *root, const struct engine_case *c)
{
    struct frame_list frames = {0};
    char folder[256], path[512];
    bool good;

    snprintf(folder, sizeof folder, "%s/%s", root, c->name);
    snprintf(path, sizeof path, "%s/input.pcap", folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        perror(folder);
        return false;
    }
    if (c->write != NULL)
        c->write(&frames);
    else
        write_carried(c, &frames);
    good = frame_list_save(&frames, path);
    if (!good)
        perror(path);
    write_readme(folder, c);
    frame_list_free(&frames);
    return good;
}

int main(int argc, char **argv)
{
    const struct engine_case *const tables[] = {carrier_cases, fragment_cases, evasion_cases,
                                                other_cases};
    bool good = true;

    if (argc != 2) {
        fprintf(stderr, "usage: engine_captures DIRECTORY\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        for (const struct engine_case *c = tables[i]; c->name != NULL; c++)
            good &= write_case(argv[1], c);
    return good ? 0 : 1;
}
