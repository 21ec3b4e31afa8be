# SPDX-License-Identifier: Apache-2.0
# openssl s_server and s_client over UDP. Packages: openssl

area_dtls() {
    local dir=$WORK/dtls
    mkdir -p "$dir"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$dir/key" -out "$dir/pem" \
        -subj '/O=Shop Ltd/CN=shop.example' -addext 'subjectAltName=DNS:shop.example' 2>/dev/null
}

dtls_server() { # port option...
    local port=$1
    shift
    serve openssl s_server -accept "$port" -cert "$WORK/dtls/pem" -key "$WORK/dtls/key" -quiet "$@"
    wait_udp "$port"
}

dtls_client() { # port option...
    local port=$1
    shift
    client sh -c '(echo hello; sleep 0.5) | openssl s_client -quiet "$@"' sh \
        -connect "$SERVER:$port" "$@"
}

case_dtls_cookie() {
    about "DTLS 1.2: the server first asks for its cookie; the certificate takes several fragments."
    made_with openssl version
    dtls_server 4433 -dtls1_2 -listen -mtu 600
    capture udp port 4433
    dtls_client 4433 -dtls1_2 -mtu 600 -servername www.shop.example -alpn coap
}

case_dtls_old() {
    about "DTLS 1.0 without a cookie, on another port."
    made_with openssl version
    dtls_server 5000 -dtls1 -cipher DEFAULT@SECLEVEL=0
    capture udp port 5000
    dtls_client 5000 -dtls1 -cipher DEFAULT@SECLEVEL=0 -servername shop.example
}
