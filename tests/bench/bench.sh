#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a packet costs: builds the release, measures every case on one CPU, counts instructions.
#
#   tests/bench/bench.sh --choice     what the number of parsers costs
#   tests/bench/bench.sh [--quick] [--save FILE] [--compare FILE] [CASE]...
#
#   --quick         without the cases of a million sessions, without instruction counts
#   --save FILE     the figures, to compare with later
#   --compare FILE  beside the figures saved there
#
# Environment: CPU (which one, default the last), BUILD (default build/release), SECONDS_EACH.
set -euo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
BUILD=${BUILD:-$ROOT/build/release}
CPU=${CPU:-$(($(nproc) - 1))}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

quick="" choice="" save="" compare="" names=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --choice) choice=1 ;;
    --save) save=${2:?--save needs a file} && shift ;;
    --compare) compare=${2:?--compare needs a file} && shift ;;
    -h | --help) sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    -*) echo "bench.sh: $1: no such option, see --help" >&2 && exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done
[ -z "$compare" ] || [ -r "$compare" ] || { echo "bench.sh: $compare: cannot be read" >&2; exit 2; }

if [ ! -f "$BUILD/build.ninja" ]; then
    (cd "$ROOT" && cmake --preset release >"$WORK/log")
fi
ninja -C "$BUILD" bench >"$WORK/log" || { tail -20 "$WORK/log" >&2; exit 1; }
BENCH=$BUILD/tests/bench/bench

wanted() { # case sessions
    local n
    if [ -n "$quick" ] && [ "$2" -ge 1000000 ]; then
        return 1
    fi
    [ ${#names[@]} -eq 0 ] && return 0
    for n in "${names[@]}"; do
        [ "$n" = "$1" ] && return 0
    done
    return 1
}

# Instructions of one packet inside the engine; "-" where nobody can count.
instructions() { # case option...
    local name=$1 sessions=300 packets
    shift
    case $name in
    flood-*) sessions=20000 ;;
    holes) sessions=3 ;;
    esac
    if [ -n "$quick" ] || ! command -v valgrind >/dev/null; then
        echo - && return
    fi
    packets=$(valgrind --tool=callgrind --callgrind-out-file="$WORK/callgrind" \
        --collect-atstart=no --toggle-collect=run_feed "$BENCH" --once "$@" "$name" $sessions \
        2>"$WORK/log") || { echo - && return; }
    awk -v packets="$packets" '/^(totals|summary):/ { printf "%.0f\n", $2 / packets; exit }' \
        "$WORK/callgrind"
}

# The same sessions with all parsers and with only their own. What finding it among the others costs
# is paid once in a session: a long one (redis-small) pays no more than a short one.
choice_table() {
    local name only all alone packets sessions=300

    printf '%-14s %12s %9s %9s %14s\n' case "pkt/session" "one" "all" "more a session"
    while read -r name only; do
        quick="" all=$(instructions "$name") alone=$(instructions "$name" --only "$only")
        packets=$("$BENCH" --once "$name" $sessions)
        awk -v name="$name" -v all="$all" -v one="$alone" -v n=$((packets / sessions)) 'BEGIN {
            printf "%-14s %12d %9d %9d %14d\n", name, n, one, all, (all - one) * n }'
    done <<'END'
http http
http-small http
tls tls
ssh ssh
redis redis
redis-small redis
mysql mysql
postgresql postgresql
dns dns
END
    printf '\ninstructions of a packet (callgrind); with its own parser only, with all of them\n'
}

if [ -n "$choice" ]; then
    command -v valgrind >/dev/null || { echo "bench.sh: install valgrind" >&2; exit 2; }
    choice_table
    exit
fi

rows=$WORK/rows
: >"$rows"
last=""
while read -r name sessions; do
    wanted "$name" "$sessions" || continue
    if [ "$name" != "$last" ]; then
        all=$(instructions "$name")
        engine=$(instructions "$name" --no-parsers)
        last=$name
    fi
    [ -t 2 ] && printf '\r\033[K%s %s' "$name" "$sessions" >&2
    row=$(taskset -c "$CPU" "$BENCH" --seconds "${SECONDS_EACH:-1}" "$name" "$sessions")
    printf '%s\t%s\t%s\n' "$row" "$all" "$engine" >>"$rows"
done < <("$BENCH" --list)
[ -t 2 ] && printf '\r\033[K' >&2

[ -s "$rows" ] || { echo "bench.sh: no such case, see $BENCH --list" >&2; exit 2; }
"$HERE/table.py" "$rows" ${compare:+"$compare"}
[ -z "$save" ] || cp "$rows" "$save"
