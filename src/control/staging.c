/* SPDX-License-Identifier: Apache-2.0 */
#include "control/staging.h"

#include "control/control.h"
#include "control/request.h"

#include <stdlib.h>
#include <string.h>

struct staging_series {
    struct staging_series *next;
    const char *request; /* a constant of the table of commands */
    struct peer from;
    size_t elements;
    json_t *whole;
};

static void series_free(struct staging *s, struct staging_series **place)
{
    struct staging_series *gone = *place;

    if (gone == NULL)
        return;
    *place = gone->next;
    s->count--;
    json_decref(gone->whole);
    free(gone);
}

void staging_fini(struct staging *s)
{
    while (s->series != NULL)
        series_free(s, &s->series);
}

static bool same_peer(const struct peer *a, const struct peer *b)
{
    return a->size == b->size && memcmp(&a->address, &b->address, a->size) == 0;
}

static struct staging_series **find(struct staging *s, const char *request, const struct peer *from)
{
    struct staging_series **place = &s->series;

    while (*place != NULL && !((*place)->request == request && same_peer(&(*place)->from, from)))
        place = &(*place)->next;
    return place;
}

/* Senders come and go, their unfinished series with them: the oldest make room. */
static void make_room(struct staging *s)
{
    struct staging_series **place = &s->series;

    if (s->count < STAGING_SERIES)
        return;
    while (*place != NULL && (*place)->next != NULL)
        place = &(*place)->next;
    series_free(s, place);
}

static struct staging_series *begin(struct staging *s, const char *request, const struct peer *from)
{
    struct staging_series *series = calloc(1, sizeof *series);

    if (series == NULL)
        return NULL;
    make_room(s);
    *series = (struct staging_series){.next = s->series, .request = request, .from = *from};
    s->series = series;
    s->count++;
    return series;
}

/* Lists are joined; of everything else the first part's word counts. */
static bool join(struct staging_series *series, json_t *object)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        json_t *list = json_object_get(series->whole, key);

        if (list == NULL) {
            if (json_object_set_new(series->whole, key, json_copy(value)) != 0)
                return false;
            series->elements += json_array_size(value);
        } else if (json_is_array(value) && json_is_array(list)) {
            series->elements += json_array_size(value);
            if (json_array_extend(list, value) != 0)
                return false;
        } else if (json_is_array(value) && json_is_null(list)) {
            series->elements += json_array_size(value);
            if (json_object_set_new(series->whole, key, json_copy(value)) != 0)
                return false;
        }
    }
    return series->elements <= STAGING_ELEMENTS;
}

/* Lists that say what the whole is for stand in every part: they are no parts. */
static bool take_repeated(json_t *whole, json_t *part)
{
    static const char *const last[] = {"mac", "delmac"}, *const first[] = {"rule_ids",
                                                                           "waf_rule_ids"};

    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++) {
        json_t *value = json_object_get(part, last[i]);

        if (value != NULL && json_object_set(whole, last[i], value) != 0)
            return false;
        json_object_del(part, last[i]);
    }
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        json_object_del(part, first[i]);
    return true;
}

static bool add(struct staging_series *series, json_t *object)
{
    json_t *part;
    bool whole;

    if (series->whole == NULL) {
        series->whole = json_object();
        return series->whole != NULL && join(series, object);
    }
    part = json_copy(object);
    if (part == NULL)
        return false;
    whole = take_repeated(series->whole, part) && join(series, part);
    json_decref(part);
    return whole;
}

json_t *staging_part(struct staging *s, const char *request, const struct peer *from,
                     json_t *object, const char **why)
{
    unsigned flag = request_u32(object, "flag");
    struct staging_series **place = find(s, request, from);
    struct staging_series *series = *place;
    json_t *whole = NULL;

    *why = NULL;
    if (flag & REQUEST_FIRST) {
        if (series != NULL)
            series_free(s, place);
        series = begin(s, request, from);
        place = &s->series;
    }
    if (series == NULL) {
        *why = flag & REQUEST_FIRST ? "no memory" : "is a part of a series that has not begun";
        return NULL;
    }
    if (!add(series, object)) {
        *why = "is too long: its series is forgotten";
        series_free(s, place);
        return NULL;
    }
    if (flag & REQUEST_LAST) {
        whole = json_incref(series->whole);
        series_free(s, place);
    }
    return whole;
}
