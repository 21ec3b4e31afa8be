#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The example of docs/adding-a-parser.md must work as it stands there: its pieces are put into a copy
# of the tree, built, and its test is run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

page=docs/adding-a-parser.md
copy=build/doc-example

mkdir -p "$copy"
for part in CMakeLists.txt CMakePresets.json dpi include parsers src tests; do
    rm -rf "${copy:?}/$part"
    cp -a "$part" "$copy/"
done

# "<!-- file PATH -->" and "<!-- append to PATH -->" stand above the block that belongs there.
awk -v top="$copy" '
    /^<!-- (file|append to) .* -->$/ { path = top "/" $(NF - 1); next }
    /^```/ { inside = !inside && path != ""; if (!inside) path = ""; next }
    inside { print >>path }' "$page"

cmake -S "$copy" --preset dev --log-level=WARNING >/dev/null
cmake --build "$copy/build/dev" -j "$(nproc)" --target test_parsers_ident parser_fuzz
"$copy/build/dev/tests/test_parsers_ident"
"$copy/build/dev/tests/fuzz/fuzz_parser_ident"
