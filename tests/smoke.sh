#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The README's run command as a user types it, and every exit status of sluiced.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checks=0

fail() {
    printf 'smoke: %s\n' "$*" >&2
    sed 's/^/    /' "$work/out" "$work/err" >&2
    exit 1
}

# expect STATUS COMMAND...: its output is in $work/out and $work/err.
expect() {
    local want=$1 got=0

    shift
    "$@" >"$work/out" 2>"$work/err" || got=$?
    [ "$got" -eq "$want" ] || fail "status $got instead of $want: $*"
    checks=$((checks + 1))
}

# says STREAM PATTERN: of the last command.
says() {
    grep -qE -- "$2" "$work/$1" || fail "no '$2' on standard $1"
    checks=$((checks + 1))
}

one_line_refusal() {
    [ "$(wc -l <"$work/err")" -eq 1 ] || fail "a refusal is one line"
}

expect 0 ./dev run
says out '^total'
expect 0 ./dev run --json -
says out '"event_type": ?"flow"'
! grep -qv '^{.*}$' "$work/out" || fail "a line that is no object"

sluiced=build/release/src/sluiced
expect 0 "$sluiced" --version
says out '^sluiced [0-9]'
expect 0 "$sluiced" --help
says out '^usage:'

expect 1 "$sluiced" -p pcaps --fail-on unknown-app,threat
expect 4 "$sluiced" --heartbeat "/none-$$"
one_line_refusal
expect 2 "$sluiced" --nonsense
one_line_refusal
printf '{"limits": {"sessions": 1}}' >"$work/config.json"
expect 2 "$sluiced" -p pcaps --config "$work/config.json"
says err 'limits\.sessions'
one_line_refusal
expect 3 "$sluiced" -p "$work/missing.pcap"
one_line_refusal
expect 3 "$sluiced" -p "$work/missing.pcap" -p pcaps
says out '^total'
expect 4 "$sluiced" -p pcaps --json "$work/missing/events.json"
one_line_refusal

printf '%d checks, 0 failed\n' "$checks"
