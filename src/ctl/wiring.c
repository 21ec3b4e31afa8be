/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/wiring.h"

#include "capture/netns.h"
#include "check/program.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 20, PATIENCE_MS = 10000 };

static const char *const programs[] = {"iptables", "ip6tables"};

static const struct {
    const char *hook, *chain, *way;
} sides[] = {{"INPUT", "SLUICE_IN", "-i"}, {"OUTPUT", "SLUICE_OUT", "-o"}};

enum { PROGRAMS = 2, SIDES = 2 };

/* One call of a program in the table, its words behind "-w -t security". */
static bool call(const char *program, const char *const *words, struct err *err)
{
    const char *argv[WORDS] = {program, "-w", "-t", "security"};

    for (size_t i = 0; words[i] != NULL; i++)
        argv[4 + i] = words[i];
    return program_run(argv, PATIENCE_MS, err);
}

static bool has(const char *program, const char *const *words)
{
    struct err unused;

    return call(program, words, &unused);
}

/* ---- making ---- */

static bool queue_rule(const char *program, int side, const struct attachment *a, size_t i,
                       struct err *err)
{
    unsigned first = a->interfaces[i].queue, last = first + a->queues - 1u;
    bool several = a->queues > 1;
    char number[16];
    const char *words[] = {"-A",
                           sides[side].chain,
                           sides[side].way,
                           a->interfaces[i].name,
                           "-j",
                           "NFQUEUE",
                           several ? "--queue-balance" : "--queue-num",
                           number,
                           a->closed ? NULL : "--queue-bypass",
                           NULL};

    if (several)
        snprintf(number, sizeof number, "%u:%u", first, last);
    else
        snprintf(number, sizeof number, "%u", first);
    return call(program, words, err);
}

/* The jump comes last: until then nothing happens to traffic. */
static bool make_side(const char *program, int side, const struct attachment *a, struct err *err)
{
    const char *chain[] = {"-N", sides[side].chain, NULL};
    const char *jump[] = {"-A", sides[side].hook, "-j", sides[side].chain, NULL};

    if (!call(program, chain, err))
        return false;
    for (size_t i = 0; i < a->interface_count; i++)
        if (!queue_rule(program, side, a, i, err))
            return false;
    return call(program, jump, err);
}

/* What another attachment has made is not ours to undo. */
static bool is_free(void *arg, struct err *err)
{
    (void)arg;
    for (int p = 0; p < PROGRAMS; p++)
        for (int side = 0; side < SIDES; side++) {
            const char *chain[] = {"-S", sides[side].chain, NULL};

            if (has(programs[p], chain))
                return err_set(err, programs[p], "has a chain %s there already: is it attached?",
                               sides[side].chain);
        }
    return true;
}

static bool make_inside(void *arg, struct err *err)
{
    const struct attachment *a = arg;

    for (int p = 0; p < PROGRAMS; p++)
        for (int side = 0; side < SIDES; side++)
            if (!make_side(programs[p], side, a, err))
                return false;
    return true;
}

/* ---- removing ---- */

static bool remove_side(const char *program, int side, struct err *err)
{
    const char *chain[] = {"-S", sides[side].chain, NULL};
    const char *jump[] = {"-D", sides[side].hook, "-j", sides[side].chain, NULL};
    const char *flush[] = {"-F", sides[side].chain, NULL};
    const char *drop[] = {"-X", sides[side].chain, NULL};

    if (!has(program, chain))
        return true;
    while (has(program, jump))
        ;
    return call(program, flush, err) && call(program, drop, err);
}

static bool remove_inside(void *arg, struct err *err)
{
    bool gone = true;

    (void)arg;
    for (int p = 0; p < PROGRAMS; p++)
        for (int side = 0; side < SIDES && program_exists(programs[p]); side++)
            gone &= remove_side(programs[p], side, err);
    return gone;
}

bool wiring_remove(const struct attachment *a, struct err *err)
{
    struct attachment copy = *a;

    return a->mode != ATTACH_PROTECT || netns_inside(a->netns, remove_inside, &copy, err);
}

bool wiring_make(const struct attachment *a, struct err *err)
{
    struct attachment copy = *a;
    struct err unused;

    if (a->mode != ATTACH_PROTECT)
        return true;
    for (int p = 0; p < PROGRAMS; p++)
        if (!program_exists(programs[p]))
            return err_set(err, programs[p], "is needed for --mode protect, and is not installed");
    if (!netns_inside(a->netns, is_free, &copy, err))
        return false;
    if (netns_inside(a->netns, make_inside, &copy, err))
        return true;
    (void)wiring_remove(a, &unused);
    return false;
}
