/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/closer.h"

#include "capture/capture.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { THREADS = 16 };

enum place_state { PLACE_FREE, PLACE_BUSY, PLACE_ENDED };

struct place {
    struct closer *closer;
    pthread_t thread;
    enum place_state state;
};

struct closer {
    pthread_mutex_t lock; /* of everything below */
    struct capture *list;
    struct place places[THREADS];
};

static struct capture *next_capture(struct place *p)
{
    struct closer *closer = p->closer;
    struct capture *c;

    pthread_mutex_lock(&closer->lock);
    c = closer->list;
    if (c != NULL)
        closer->list = c->next;
    else
        p->state = PLACE_ENDED;
    pthread_mutex_unlock(&closer->lock);
    return c;
}

static void *close_some(void *arg)
{
    struct capture *c;

    while ((c = next_capture(arg)) != NULL)
        c->ops->free(c);
    return NULL;
}

/* With the lock. NULL: all are at work, one of them will come to it. */
static struct place *place_for_thread(struct closer *closer)
{
    for (size_t i = 0; i < THREADS; i++) {
        struct place *p = &closer->places[i];

        if (p->state == PLACE_ENDED)
            pthread_join(p->thread, NULL); /* it has let go of the lock for good */
        if (p->state != PLACE_BUSY)
            return p;
    }
    return NULL;
}

/* Signals are the control thread's. */
static bool thread_start(struct place *p)
{
    sigset_t all, before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&p->thread, NULL, close_some, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    p->state = started ? PLACE_BUSY : PLACE_FREE;
    return started;
}

void closer_take(struct closer *closer, struct capture *c)
{
    struct place *p;

    pthread_mutex_lock(&closer->lock);
    p = place_for_thread(closer);
    if (p == NULL || thread_start(p)) {
        c->next = closer->list;
        closer->list = c;
        c = NULL;
    }
    pthread_mutex_unlock(&closer->lock);
    if (c != NULL)
        c->ops->free(c);
}

struct closer *closer_new(void)
{
    struct closer *closer = calloc(1, sizeof *closer);

    if (closer == NULL || pthread_mutex_init(&closer->lock, NULL) != 0) {
        free(closer);
        return NULL;
    }
    for (size_t i = 0; i < THREADS; i++)
        closer->places[i].closer = closer;
    return closer;
}

void closer_free(struct closer *closer)
{
    if (closer == NULL)
        return;
    for (size_t i = 0; i < THREADS; i++) {
        bool was;

        pthread_mutex_lock(&closer->lock);
        was = closer->places[i].state != PLACE_FREE;
        pthread_mutex_unlock(&closer->lock);
        if (was)
            pthread_join(closer->places[i].thread, NULL);
    }
    pthread_mutex_destroy(&closer->lock);
    free(closer);
}
