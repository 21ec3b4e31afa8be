/* SPDX-License-Identifier: Apache-2.0
 *
 * Playing evasion recipes.
 */
#include "recipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct span recipe_request(void)
{
    return SPAN("POST /struts2-rest-showcase/orders/3 HTTP/1.1\r\n"
                "Host: shop.example.org\r\n"
                "User-Agent: recipe\r\n"
                "Content-Type: application/xml\r\n"
                "Content-Length: 99\r\n"
                "\r\n"
                "<map><entry><java.lang.ProcessBuilder><command>"
                "<string>id</string></command></entry></map>\r\n \r\n\r\n\r\n");
}

struct span recipe_answer(void)
{
    return SPAN("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

void recipe_play(struct engine_fixture *f, const struct frame_list *frames, enum engine_mode mode)
{
    sink_reset();
    fixture_open(f, &(struct fixture_options){.parsers = sink_table, .mode = mode});
    fixture_feed(f, frames);
    fixture_flush(f);
}

void recipe_close(struct engine_fixture *f)
{
    fixture_close(f);
    sink_reset();
}

void recipe_expect(size_t session, enum dir d, struct span wanted)
{
    struct span got = sink_bytes(session, d);
    size_t same = 0;

    while (same < got.n && same < wanted.n && got.p[same] == wanted.p[same])
        same++;
    if (same != wanted.n || got.n != wanted.n)
        fail_msg("the parser got %zu bytes, not %zu; the first %zu are right", got.n, wanted.n,
                 same);
}

void recipe_expect_whole(size_t session, enum dir d, struct span wanted)
{
    const struct sink_session *s = sink_session(session);

    recipe_expect(session, d, wanted);
    if (s && s->streams[d].gap_count)
        fail_msg("%zu gaps, the first of %zu bytes at %zu", s->streams[d].gap_count,
                 (size_t)s->streams[d].gaps[0].missing, s->streams[d].gaps[0].at);
}

static void check_sink(const struct frame_list *frames, enum engine_mode mode, size_t session,
                       struct span client)
{
    struct engine_fixture f;

    recipe_play(&f, frames, mode);
    if (sink_count() <= session)
        fail_msg("%s: %zu sessions reached the parser", mode == ENGINE_TAP ? "tap" : "inline",
                 sink_count());
    recipe_expect_whole(session, DIR_CLIENT, client);
    recipe_close(&f);
}

/* Sessions end in no order that means anything: the latest with payload is the one. */
static void check_registry(const struct frame_list *frames, enum engine_mode mode)
{
    struct engine_fixture f;
    const struct session_record *latest = NULL;

    fixture_open(&f, &(struct fixture_options){.mode = mode});
    fixture_feed(&f, frames);
    fixture_flush(&f);
    for (size_t i = 0; i < fixture_count(&f, EVENT_FLOW); i++) {
        const struct session_record *s = &fixture_event(&f, EVENT_FLOW, i)->session;

        if ((s->flags & SESSION_PAYLOAD) && (latest == NULL || s->id > latest->id))
            latest = s;
    }
    assert_non_null(latest);
    if (latest->app != APP_HTTP)
        fail_msg("%s: the application is %s", mode == ENGINE_TAP ? "tap" : "inline",
                 app_label(latest->app));
    fixture_close(&f);
}

void recipe_check(const struct frame_list *frames, size_t session, struct span client)
{
    check_sink(frames, ENGINE_TAP, session, client);
    check_sink(frames, ENGINE_INLINE, session, client);
    check_registry(frames, ENGINE_TAP);
    check_registry(frames, ENGINE_INLINE);
}

void recipe_expect_verdicts(const struct engine_fixture *f, size_t first, size_t count,
                            enum verdict v)
{
    for (size_t i = first; i < first + count; i++)
        if (f->fates[i].verdict != v)
            fail_msg("frame %zu has verdict %s (%s), not %s", i,
                     verdict_name((enum verdict)f->fates[i].verdict),
                     reason_name((enum reason)f->fates[i].reason), verdict_name(v));
}
