# SPDX-License-Identifier: Apache-2.0
# openssl s_server and s_client. Packages: openssl

area_tls() {
    local ca=$WORK/tls
    mkdir -p "$ca"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout "$ca/ca.key" -out "$ca/ca.pem" \
        -subj '/O=Example Trust/CN=Example CA' 2>/dev/null
    tls_certificate server '/O=Shop Ltd/CN=shop.example' \
        'subjectAltName=DNS:shop.example,DNS:*.shop.example,IP:10.20.0.1'
    tls_certificate client '/O=Shop Ltd/CN=robot-7' 'extendedKeyUsage=clientAuth'
}

tls_certificate() { # name subject extension
    local ca=$WORK/tls
    openssl req -newkey rsa:2048 -nodes -keyout "$ca/$1.key" -out "$ca/$1.csr" -subj "$2" 2>/dev/null
    openssl x509 -req -in "$ca/$1.csr" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -CAcreateserial \
        -days 3650 -extfile <(echo "$3") -out "$ca/$1.pem" 2>/dev/null
}

tls_server() { # port option...
    local port=$1
    shift
    serve openssl s_server -accept "$port" -cert "$WORK/tls/server.pem" \
        -key "$WORK/tls/server.key" -www "$@"
    wait_tcp "$port"
}

tls_client() { # port option...
    local port=$1
    shift
    client sh -c '(printf "GET / HTTP/1.0\r\n\r\n"; sleep 0.5) | openssl s_client -quiet "$@"' sh \
        -connect "$SERVER:$port" -CAfile "$WORK/tls/ca.pem" "$@"
}

case_tls_tls13() {
    about "TLS 1.3: server name and ALPN in the hello, the certificate encrypted."
    made_with openssl version
    tls_server 443 -alpn http/1.1
    capture tcp port 443
    tls_client 443 -tls1_3 -servername www.shop.example -alpn h2,http/1.1
}

case_tls_tls12() {
    about "TLS 1.2: the server's certificate in clear, the ALPN answer in its hello."
    made_with openssl version
    tls_server 444 -alpn http/1.1
    capture tcp port 444
    tls_client 444 -tls1_2 -servername www.shop.example -alpn h2,http/1.1
}

case_tls_client_certificate() {
    about "TLS 1.2, the server asks for the client's certificate and gets it."
    made_with openssl version
    tls_server 445 -Verify 1 -CAfile "$WORK/tls/ca.pem"
    capture tcp port 445
    tls_client 445 -tls1_2 -cert "$WORK/tls/client.pem" -key "$WORK/tls/client.key" \
        -servername shop.example
}

case_tls_resumption() {
    about "A session and its resumption, first with TLS 1.2 tickets, then with TLS 1.3 (pre-shared" \
        "key)."
    made_with openssl version
    tls_server 446
    capture tcp port 446
    tls_client 446 -tls1_2 -servername shop.example -sess_out "$WORK/tls/12"
    tls_client 446 -tls1_2 -servername shop.example -sess_in "$WORK/tls/12"
    tls_client 446 -tls1_3 -servername shop.example -sess_out "$WORK/tls/13"
    tls_client 446 -tls1_3 -servername shop.example -sess_in "$WORK/tls/13"
}

case_tls_large_hello() {
    about "A ClientHello of about 5 KB, as large as post-quantum key shares make it: it takes four" \
        "segments. Hundreds of ALPN names fill it; the server name stands in the first segment."
    made_with openssl version
    local names
    names=$(seq -f 'protocol-%04g' -s , 330)
    tls_server 447 -alpn protocol-0300
    capture tcp port 447
    tls_client 447 -tls1_3 -servername shop.example -alpn "$names"
}

case_tls_refused() {
    about "The server wants TLS 1.3, the client TLS 1.2: an alert instead of an answer."
    made_with openssl version
    tls_server 448 -tls1_3
    capture tcp port 448
    try sh -c "echo | openssl s_client -connect $SERVER:448 -tls1_2 -servername shop.example"
}

case_tls_odd_port() {
    about "TLS 1.3 on port 6379, without a server name: only the content tells."
    made_with openssl version
    tls_server 6379
    capture tcp port 6379
    tls_client 6379 -tls1_3 -noservername
}

case_tls_mesh() {
    about "Two workloads of a service mesh: both certificates name them with SPIFFE URIs, the hello" \
        "offers the names of Istio. TLS 1.2, where both chains can be read (the server's with its" \
        "issuer), then TLS 1.3."
    made_with openssl version
    local ca=$WORK/tls
    openssl ecparam -name prime256v1 -genkey -noout -out "$ca/mesh.key" 2>/dev/null
    openssl req -new -key "$ca/mesh.key" -subj '/' -out "$ca/mesh.csr" 2>/dev/null
    openssl x509 -req -in "$ca/mesh.csr" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -CAcreateserial \
        -days 1 -out "$ca/mesh.pem" -extfile <(echo \
        'subjectAltName=critical,URI:spiffe://shop.example/ns/web/sa/cart') 2>/dev/null
    cat "$ca/ca.pem" >"$ca/chain.pem"
    serve openssl s_server -accept 449 -cert "$ca/mesh.pem" -key "$ca/mesh.key" \
        -cert_chain "$ca/chain.pem" -Verify 1 -CAfile "$ca/ca.pem" -alpn istio -www
    wait_tcp 449
    capture tcp port 449
    local version
    for version in -tls1_2 -tls1_3; do
        tls_client 449 $version -cert "$ca/mesh.pem" -key "$ca/mesh.key" \
            -alpn istio-peer-exchange,istio -servername outbound_.80_._.cart.web.svc.example
    done
}
