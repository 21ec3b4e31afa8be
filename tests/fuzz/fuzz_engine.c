/* SPDX-License-Identifier: Apache-2.0
 *
 * Engines for fuzz targets. They are flushed after each input and then are as new: making one for
 * every input would be most of the work.
 */
#include "fuzz_engine.h"

#include "sink_parser.h"

#include <stdio.h>
#include <stdlib.h>

static void promise(bool kept, const char *what)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", what);
    abort();
}

struct engine_fixture *fuzz_fixture(const struct fixture_options *o)
{
    static struct engine_fixture fixtures[2];
    struct engine_fixture *f = &fixtures[o->mode];

    if (f->engine == NULL)
        fixture_open(f, o);
    return f;
}

static void check_usage(const struct engine_fixture *f)
{
    struct engine_usage u;

    engine_usage(f->engine, &u);
    promise(u.sessions == 0, "no session is left");
    promise(u.fragment_trains == 0 && u.fragment_bytes == 0, "no fragment is left");
    promise(u.reassembly_bytes == 0, "no reassembly memory is in use");
    promise(u.app_bytes == 0, "no application memory is in use");
}

static void check_fates(const struct engine_fixture *f, enum engine_mode mode)
{
    for (size_t i = 0; i < f->frame_count; i++) {
        promise(f->fates[i].verdict != VERDICT_HOLD, "every frame is decided");
        promise(mode == ENGINE_INLINE || fixture_passed(f, i), "a tap stops nothing");
        promise(fixture_passed(f, i) || f->fates[i].reason != REASON_NONE, "a drop has a reason");
    }
}

void fuzz_play(struct engine_fixture *f, const struct frame_list *frames, enum engine_mode mode)
{
    fixture_forget(f);
    sink_reset();
    fixture_feed(f, frames);
    fixture_flush(f);
    check_fates(f, mode);
    check_usage(f);
}
