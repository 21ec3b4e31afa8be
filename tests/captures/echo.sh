# SPDX-License-Identifier: Apache-2.0
# The echo service within xinetd; netcat. Packages: xinetd netcat-openbsd

area_echo() {
    local kind
    for kind in stream dgram; do
        cat <<C
service echo
{
    type = INTERNAL
    id = echo-$kind
    socket_type = $kind
    protocol = $([ $kind = stream ] && echo tcp || echo udp)
    wait = $([ $kind = stream ] && echo no || echo yes)
    user = root
    bind = $SERVER
}
C
    done >"$WORK/xinetd.conf"
    serve xinetd -dontfork -f "$WORK/xinetd.conf" -pidfile "$WORK/xinetd.pid"
    wait_tcp 7
    wait_udp 7
}

xinetd_version() { dpkg-query -W -f 'xinetd ${Version}\n' xinetd; }

case_echo_tcp() {
    about "Three lines come back, one after the other."
    made_with xinetd_version
    capture tcp port 7
    client sh -c "(echo 'Is anybody there?'; sleep 0.3; echo 'The second line.'; sleep 0.3
        echo third; sleep 0.3) | nc -N $SERVER 7"
}

case_echo_udp() {
    about "Datagrams come back."
    made_with xinetd_version
    capture udp port 7
    client sh -c "(echo 'Is anybody there?'; sleep 0.3; echo 'The second datagram.'; sleep 0.3) |
        nc -u -w 1 $SERVER 7"
}
