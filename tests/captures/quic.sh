# SPDX-License-Identifier: Apache-2.0
# The example programs of ngtcp2. Packages: ngtcp2-client ngtcp2-server openssl

area_quic() {
    local dir=$WORK/quic
    mkdir -p "$dir/root"
    echo hello >"$dir/root/index.html"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$dir/key" -out "$dir/pem" \
        -subj '/CN=shop.example' 2>/dev/null
}

quic_version() { dpkg-query -W -f 'ngtcp2 ${Version}\n' ngtcp2-client; }

quic_server() { # port option...
    local port=$1
    shift
    serve gtlsserver -q -d "$WORK/quic/root" "$@" $SERVER "$port" "$WORK/quic/key" "$WORK/quic/pem"
    wait_udp "$port"
}

quic_client() { # port option...
    local port=$1
    shift
    client gtlsclient -q --exit-on-all-streams-close --sni=www.shop.example "$@" $SERVER "$port" \
        "https://www.shop.example:$port/index.html"
}

case_quic_v1() {
    about "QUIC 1: a page over HTTP/3."
    made_with quic_version
    quic_server 443
    capture udp port 443
    quic_client 443
}

case_quic_v2() {
    about "QUIC 2 after a version that the server does not have, so that both are negotiated, on" \
        "another port."
    made_with quic_version
    quic_server 5060 --preferred-versions=v2draft
    capture udp port 5060
    quic_client 5060 --version=0x1a2a3a4a --preferred-versions=v2draft
}

case_quic_retry() {
    about "The server makes the client come again with a token before it answers."
    made_with quic_version
    quic_server 8443 -V
    capture udp port 8443
    quic_client 8443
}
