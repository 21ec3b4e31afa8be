/* SPDX-License-Identifier: Apache-2.0 */
#include "report/trace.h"

#include "report/timestamp.h"

#include <netinet/in.h>

void trace_input(struct trace *t, const char *path)
{
    t->frame = 0;
    fprintf(t->to, "== %s\n", path);
}

bool trace_wants(const struct trace *t, const struct packet *p)
{
    return filter_matches(&t->filter, p);
}

static void end_text(const struct packet *p, unsigned end, char *text, size_t room)
{
    char addr[IPADDR_TEXT];
    struct ipaddr a =
        p->key.family == 4 ? ipaddr_v4(p->key.addr.v4[end]) : ipaddr_v6(p->key.addr.v6[end]);
    bool ports = p->kind == PACKET_IP && (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP);

    ipaddr_text(&a, addr);
    if (ports)
        snprintf(text, room, p->key.family == 4 ? "%s:%u" : "[%s]:%u", addr, p->key.port[end]);
    else
        snprintf(text, room, "%s", addr);
}

static void heading(FILE *to, const struct packet *p)
{
    const struct frame *f = p->frame;
    char time[TIMESTAMP_TEXT], source[IPADDR_TEXT + 8], dest[IPADDR_TEXT + 8];

    timestamp_text(f->time_us, time);
    fprintf(to, "frame %llu  %.10s %.15s", (unsigned long long)f->number, time, time + 11);
    if (p->kind == PACKET_IP || p->kind == PACKET_FRAGMENT) {
        end_text(p, p->side, source, sizeof source);
        end_text(p, 1u - p->side, dest, sizeof dest);
        fprintf(to, "  %s > %s", source, dest);
    }
    fprintf(to, "  %u bytes", f->length);
    if (f->captured < f->length)
        fprintf(to, " (%u captured)", f->captured);
    putc('\n', to);
}

/* Text of the engine may quote the packet: nothing in it may steer a terminal. */
static void put_clean(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20 || c == 0x7f)
            fprintf(to, "\\x%02x", c);
        else
            putc(c, to);
    }
}

void trace_line(struct trace *t, const struct packet *p, const char *stage, const char *text)
{
    if (p->frame->number != t->frame) {
        t->frame = p->frame->number;
        heading(t->to, p);
    }
    fprintf(t->to, "    %-10s ", stage);
    put_clean(t->to, text);
    putc('\n', t->to);
}
