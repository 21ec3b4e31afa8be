#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What no compiler says: formatting, sizes, macros that leave their caller, words of unfinished work,
# clang-tidy. Run by `./dev lint`, which has configured build/dev first. Tells everything it finds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

function_lines=100
file_lines=600
test_lines=900 # tables of conversations
http_lines=700 # parsers/http.c: one protocol, one file
failed=0

mapfile -t sources < <(git ls-files -- '*.c' '*.h')
mapfile -t product < <(git ls-files -- 'dpi/*.c' 'parsers/*.c' 'src/*.c')

# A check prints what is wrong; nothing printed is success.
check() {
    local name=$1 found

    shift
    found=$("$@" 2>&1) || [ -n "$found" ] || found="$* failed"
    if [ -z "$found" ]; then
        printf '%-12s clean\n' "$name"
        return
    fi
    printf '%-12s %s\n' "$name" "$(wc -l <<<"$found") lines:"
    sed 's/^/    /' <<<"$found"
    failed=1
}

format() {
    clang-format --dry-run -Werror "${sources[@]}"
}

files() {
    wc -l "${sources[@]}" | awk -v most="$file_lines" -v http="$http_lines" -v test="$test_lines" '
        $2 != "total" && $1 > ($2 == "parsers/http.c" ? http : $2 ~ /^tests\// ? test : most) {
            print $2 ": " $1 " lines"
        }'
}

# clang-format puts the braces of functions, and only those, into the first column.
functions() {
    awk -v most="$function_lines" '
        /^{/ { start = FNR }
        /^}/ && start {
            if (FNR - start > most)
                print FILENAME ":" start ": a function of " FNR - start " lines"
            start = 0
        }' "${sources[@]}"
}

macros() {
    awk '
        /^#define/ { at = FNR }
        at && /(^|[^A-Za-z0-9_])(return|goto|break)[ ;]/ {
            print FILENAME ":" FNR ": a macro that leaves its caller"
        }
        !/\\$/ { at = 0 }' "${sources[@]}"
}

words() {
    git grep -nIwE 'TODO|FIXME|XXX|HACK|not implemented|placeholder' -- . ':!tests/lint.sh' || true
}

# Every source folder says what is in it, in at most 40 lines; parsers are in docs/protocols.md, which
# a test compares with the registry.
readmes() {
    local folder page file

    for folder in $(dirname "${product[@]}" | sort -u) include tests pcaps; do
        page=$folder/README.md
        [ -f "$page" ] || { echo "$folder: no README.md" && continue; }
        [ "$(wc -l <"$page")" -le 40 ] || [ "$folder" = parsers/support ] ||
            echo "$page: more than 40 lines"
        [ "$folder" != parsers ] || continue
        for file in "$folder"/*.c; do
            file=$(basename "$file" .c)
            [ "$file" = '*' ] || grep -qwF -- "$file" "$page" || echo "$page: nothing about $file.c"
        done
    done
}

# What clang-tidy says of files of ours, without the statistics.
tidy_one() {
    clang-tidy --quiet -p build/dev "$1" 2>/dev/null || true
}

tidy() {
    export -f tidy_one
    printf '%s\n' "${product[@]}" | xargs -P "$(nproc)" -I{} bash -c 'tidy_one {}'
}

check format format
check files files
check functions functions
check macros macros
check words words
check readmes readmes
check clang-tidy tidy
exit "$failed"
