#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the captures of real software under pcaps/: clients and servers from Debian packages in two
# network namespaces joined by a veth pair, tcpdump beside the server.
#
#   tests/captures/make.sh [AREA[/CASE]]...        root; default: everything
#
# Each AREA.sh beside this file defines area_AREA() (starts the servers) and case_AREA_CASE() (one
# capture each). What is made here differs from run to run in ports, keys and times; expect.json is
# written anew with `tests/golden/golden.py --bless`, and read before it is committed.
set -Eeuo pipefail

HERE=$(cd "$(dirname "$0")" && pwd)
PCAPS=${PCAPS:-$HERE/../../pcaps}
. "$HERE/netns.sh"
AREAS=()
for file in "$HERE"/*.sh; do
    name=$(basename "$file" .sh)
    case $name in make | netns) continue ;; esac
    . "$file"
    AREAS+=("$name")
done

# The cases of an area, in the order of its file.
cases_of() {
    sed -n "s/^case_$1_\([a-z0-9_]*\)() {.*/\1/p" "$HERE/$1.sh"
}

wanted() { # area case
    [ ${#WANTED[@]} -eq 0 ] && return 0
    local w
    for w in "${WANTED[@]}"; do
        [ "$w" = "$1" ] || [ "$w" = "$1/${2//_/-}" ] && return 0
    done
    return 1
}

WANTED=("$@")
for w in "${WANTED[@]}"; do
    [ -f "$HERE/${w%%/*}.sh" ] || { echo "make.sh: $w: no such area: ${AREAS[*]}" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "make.sh: needs root: network namespaces" >&2; exit 2; }

net_up
for area in "${AREAS[@]}"; do
    ready=
    for case in $(cases_of "$area"); do
        wanted "$area" "$case" || continue
        if [ -z "$ready" ]; then
            "area_$area"
            ready=1
        fi
        capture_begin "$area" "$case"
        "case_${area}_$case"
        capture_end
    done
    servers_stop
done
