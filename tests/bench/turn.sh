#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One short turn of every case of the benchmark: turn.sh BUILD/tests/bench/bench
set -eu

"$1" --list | while read -r name _; do
    packets=$("$1" --once "$name" 20)
    [ "$packets" -ge 20 ] || { echo "$name: $packets packets" >&2; exit 1; }
done
