# SPDX-License-Identifier: Apache-2.0
# memcached and libmemcached's tools; netcat for what those do not say.
# Packages: memcached libmemcached-tools netcat-openbsd

area_memcached() {
    serve memcached -u nobody -l $SERVER -p 11211 -U 11211 -t 1
    wait_tcp 11211
    SASL_CONF_PATH=$WORK serve memcached -u nobody -l $SERVER -p 11212 -U 0 -t 1 -S
    wait_tcp 11212
    printf 'hello world\n' >"$WORK/greeting"
}

memcached_tools() {
    made_with memcached --version
}

memcached_lines() { # lines...
    client sh -c "(for l in $*; do printf '%b' \"\$l\"; sleep 0.1; done) | nc -N $SERVER 11211"
}

case_memcached_text() {
    about "Classic commands typed into netcat: stored, read, missing, counted, refused, statistics," \
        "the version, everything flushed."
    memcached_tools
    capture tcp port 11211
    memcached_lines "'set user:1 0 100 10\\r\\nJohn Smith\\r\\n'" "'get user:1 nobody\\r\\n'" \
        "'set n 0 0 1\\r\\n5\\r\\n'" "'incr n 7\\r\\n'" "'incr user:1 1\\r\\n'" "'delete n\\r\\n'" \
        "'nonsense\\r\\n'" "'stats settings\\r\\n'" "'version\\r\\n'" "'flush_all\\r\\n'" "'quit\\r\\n'"
}

case_memcached_meta() {
    about "Meta commands: set, get with flags, quiet gets of which one finds something, no-op."
    memcached_tools
    capture tcp port 11211
    memcached_lines "'ms city 5 T60\\r\\nParis\\r\\n'" "'mg city v t f\\r\\n'" \
        "'mg none v q\\r\\nmg city v k q\\r\\nmn\\r\\n'" "'md city\\r\\n'" "'mg city v\\r\\n'"
}

case_memcached_binary() {
    about "libmemcached's tools in the binary protocol: a file stored, read, removed; one that is missing."
    memcached_tools
    capture tcp port 11211
    client memccp --binary --servers=$SERVER:11211 "$WORK/greeting"
    client memccat --binary --servers=$SERVER:11211 greeting
    try memccat --binary --servers=$SERVER:11211 nobody
    client memcrm --binary --servers=$SERVER:11211 greeting
}

case_memcached_refused() {
    about "A server that wants a login by SASL refuses a client that has a wrong password."
    memcached_tools
    capture tcp port 11212
    try memccat --binary --username=shopper --password=wrong --servers=$SERVER:11212 greeting
}

case_memcached_udp() {
    about "Over UDP: a value is read, and statistics, whose answer is much larger than the question."
    memcached_tools
    client memccp --servers=$SERVER:11211 "$WORK/greeting"
    capture udp port 11211
    client sh -c "printf '\0\1\0\0\0\1\0\0get greeting\r\n' | nc -u -w1 $SERVER 11211"
    client sh -c "printf '\0\2\0\0\0\1\0\0stats\r\n' | nc -u -w1 $SERVER 11211"
}
