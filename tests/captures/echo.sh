# SPDX-License-Identifier: Apache-2.0
# The echo service of xinetd. Packages: xinetd netcat-openbsd

echo_service() { # lines of a service
    printf 'service %s\n{\n    user = root\n    disable = no\n' "$1"
    shift
    printf '    %s\n' "$@"
    printf '}\n'
}

area_echo() {
    {
        echo_service echo 'type = INTERNAL' 'id = echo-stream' 'socket_type = stream' \
            'protocol = tcp' 'wait = no'
        echo_service echo 'type = INTERNAL' 'id = echo-dgram' 'socket_type = dgram' \
            'protocol = udp' 'wait = yes'
        echo_service elsewhere 'type = UNLISTED' 'port = 4007' 'socket_type = stream' \
            'protocol = tcp' 'wait = no' 'server = /bin/cat'
    } >"$WORK/xinetd.conf"
    serve xinetd -dontfork -f "$WORK/xinetd.conf" -pidfile "$WORK/xinetd.pid"
    wait_tcp 7
}

echo_tools() {
    VERSIONS+="- xinetd $(dpkg-query -W -f '${Version}' xinetd)"$'\n'
}

case_echo_tcp() {
    about "Two lines over TCP, each sent back."
    echo_tools
    capture tcp port 7
    client sh -c "(echo hello there; sleep 0.2; echo hello again; sleep 0.2) | nc -N $SERVER 7"
}

case_echo_udp() {
    about "A datagram sent back."
    echo_tools
    capture udp port 7
    client sh -c "echo hello there | nc -u -w1 $SERVER 7"
}

case_echo_elsewhere() {
    about "A service on port 4007 that sends back what comes: two exchanges of forty bytes."
    echo_tools
    capture tcp port 4007
    client sh -c "(echo '(0123456789 0123456789 0123456789 abcd)'; sleep 0.2
        echo '(ABCDEFGHIJ KLMNOPQRST UVWXYZabcd efgh)'; sleep 0.2) | nc -N $SERVER 4007"
}
