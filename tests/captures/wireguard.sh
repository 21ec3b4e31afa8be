# SPDX-License-Identifier: Apache-2.0
# wireguard-go, one end in each namespace. Packages: wireguard-go wireguard-tools python3

area_wireguard() {
    local dir=$WORK/wireguard name
    mkdir -p "$dir" /var/run/wireguard
    for name in server client; do
        (umask 077; wg genkey >"$dir/$name")
        wg pubkey <"$dir/$name" >"$dir/$name.pub"
    done
    wireguard_end $NS_S wgs$$ server 10.21.0.1
    wireguard_end $NS_C wgc$$ client 10.21.0.2
    ip netns exec $NS_S wg set wgs$$ listen-port 51820 private-key "$dir/server" \
        peer "$(cat "$dir/client.pub")" allowed-ips 10.21.0.2/32
}

wireguard_end() { # namespace interface name address
    ip netns exec "$1" env WG_PROCESS_FOREGROUND=1 wireguard-go -f "$2" >>"$WORK/server.log" 2>&1 &
    SERVERS+=($!)
    local i
    for i in $(seq 50); do
        ip -n "$1" link show "$2" >>"$WORK/server.log" 2>&1 && break
        sleep 0.1
    done
    ip -n "$1" addr add "$4/24" dev "$2"
    ip -n "$1" link set "$2" up
}

wireguard_version() { dpkg-query -W -f 'wireguard-go ${Version}\n' wireguard-go; }

case_wireguard_tunnel() {
    about "A tunnel is opened by three datagrams inside of it."
    made_with wireguard_version
    capture udp port 51820
    ip netns exec $NS_C wg set wgc$$ private-key "$WORK/wireguard/client" \
        peer "$(cat "$WORK/wireguard/server.pub")" allowed-ips 10.21.0.1/32 \
        endpoint $SERVER:51820
    client python3 -c 'import socket, time
for i in range(3):
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"hello", ("10.21.0.1", 9))
    time.sleep(0.2)'
}
