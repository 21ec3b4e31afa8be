# SPDX-License-Identifier: Apache-2.0
# OpenVPN, one end each side, with certificates. Packages: openvpn openssl netcat-openbsd

area_openvpn() {
    local dir=$WORK/openvpn name
    mkdir -p "$dir"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -keyout "$dir/ca.key" -out "$dir/ca.pem" -subj /CN=shop-ca 2>/dev/null
    for name in server client; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/$name.key" \
            -out "$dir/$name.csr" -subj /CN=$name.example 2>/dev/null
        openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
            -CAcreateserial -days 3650 -out "$dir/$name.pem" 2>/dev/null
    done
    openvpn --genkey secret "$dir/shared.key"
}

openvpn_version() { openvpn --version | cut -d' ' -f1-2; }

# Both ends with the same options, a few datagrams through the tunnel.
tunnel() { # port protocol option...
    local dir=$WORK/openvpn port=$1 proto=$2 pid
    shift 2
    local both="--dev tun --verb 3 --ca $dir/ca.pem --nobind --data-ciphers AES-256-GCM $*"
    serve openvpn ${both/--nobind/} --local $SERVER --port "$port" --tls-server --dh none \
        --proto "${proto/tcp4/tcp4-server}" --cert "$dir/server.pem" --key "$dir/server.key" \
        --ifconfig 10.99.0.1 10.99.0.2
    pid=${SERVERS[-1]}
    sleep 1
    beside openvpn $both --remote $SERVER "$port" --tls-client \
        --proto "${proto/tcp4/tcp4-client}" --cert "$dir/client.pem" --key "$dir/client.key" \
        --ifconfig 10.99.0.2 10.99.0.1
    local other=$!
    sleep 4
    try sh -c 'for i in 1 2 3; do echo hello | nc -u -w 1 10.99.0.1 9; done'
    stop $other
    stop $pid
}

case_openvpn_udp() {
    about "A tunnel with certificates over UDP, and datagrams inside."
    made_with openvpn_version
    capture udp port 1194
    tunnel 1194 udp4
}

case_openvpn_tls_auth() {
    about "The control channel is signed with a key both know (--tls-auth), on another port."
    made_with openvpn_version
    capture udp port 1195
    tunnel 1195 udp4 --tls-auth "$WORK/openvpn/shared.key"
}

case_openvpn_tls_crypt() {
    about "The control channel is encrypted with a key both know (--tls-crypt), on another port."
    made_with openvpn_version
    capture udp port 1196
    tunnel 1196 udp4 --tls-crypt "$WORK/openvpn/shared.key"
}

case_openvpn_tcp() {
    about "The same over TCP, where every packet has its length before it."
    made_with openvpn_version
    capture tcp port 1194
    tunnel 1194 tcp4
}
