/* SPDX-License-Identifier: Apache-2.0
 *
 * meter: what the machine can tell about this thread.
 */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stddef.h>
#include <stdint.h>

/* CPU time of this thread: what others do on the same CPU does not count. */
uint64_t meter_ns(void);

enum meter_cycles { CYCLES_NONE, CYCLES_CORE, CYCLES_REFERENCE };

/* How cycles can be had here; opens what is needed, once. */
enum meter_cycles meter_cycles_open(void);
/* Core cycles of this thread, with CYCLES_CORE. */
uint64_t meter_cycles(void);
/* Ticks of the time stamp counter in a nanosecond, with CYCLES_REFERENCE. */
double meter_ticks_per_ns(void);

size_t meter_rss(void);

#endif
