/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_engine: what the fuzz targets share: engines that live as long as the process, and what must
 * hold whatever went in.
 */
#ifndef TESTS_FUZZ_ENGINE_H
#define TESTS_FUZZ_ENGINE_H

#include "engine_fixture.h"

#define FUZZ_START (UINT64_C(1700000000) * 1000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Plays the frames from beginning to end. A broken promise ends the process:
 * every frame has a final verdict; a tap stops nothing; afterwards no memory is in use. */
void fuzz_play(struct engine_fixture *, const struct frame_list *, enum engine_mode);

/* The fixture of the given mode, made at its first use with these options. One table of parsers and
 * one set of limits a process. */
struct engine_fixture *fuzz_fixture(const struct fixture_options *);

#endif
