# SPDX-License-Identifier: Apache-2.0
# dnsmasq and dig. Packages: dnsmasq-base bind9-dnsutils

area_dns() {
    local i records=()
    for i in $(seq 40); do records+=("--txt-record=long.example,part $i of a long answer"); done
    for i in $(seq 20); do records+=("--txt-record=middle.example,part $i of an answer"); done
    serve dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --port=53 \
        --listen-address=$SERVER,$SERVER6 --bind-interfaces --edns-packet-max=1232 \
        --host-record=www.shop.example,10.20.5.1,fd00:20:5::1 \
        --cname=shop.example,www.shop.example \
        --txt-record=www.shop.example,"v=spf1 -all" --mx-host=www.shop.example,mail.shop.example,10 \
        --srv-host=_redis._tcp.shop.example,cache.shop.example,6379,1,5 \
        --host-record=cache.shop.example,10.20.5.2 --local=/example/ "${records[@]}"
    wait_udp 53
    wait_tcp 53
}

dns_tools() {
    made_with dnsmasq --version
    made_with dig -v
}

ask() { client dig +tries=1 +time=3 "@$SERVER" "$@"; }

case_dns_udp() {
    about "Questions over UDP: A, AAAA, an alias, TXT, MX, SRV, a reverse name, a name that is not" \
        "there, and one without EDNS."
    dns_tools
    capture udp port 53
    ask www.shop.example A
    ask www.shop.example AAAA
    ask shop.example A
    ask www.shop.example TXT
    ask www.shop.example MX
    ask _redis._tcp.shop.example SRV
    ask -x 10.20.5.1
    ask missing.shop.example A
    ask +noedns cache.shop.example A
}

case_dns_edns() {
    about "EDNS: a large buffer with the DNSSEC bit, a cookie, a client subnet, an answer that fits" \
        "only thanks to it."
    dns_tools
    capture udp port 53
    ask +bufsize=4096 +dnssec www.shop.example A
    ask +cookie=0123456789abcdef +nsid www.shop.example A
    ask +subnet=10.20.9.0/24 www.shop.example A
    ask +bufsize=1232 +ignore middle.example TXT
}

case_dns_tcp() {
    about "The same over TCP: a truncated answer asked again, and two questions of one connection."
    dns_tools
    capture port 53
    ask +noedns long.example TXT
    ask +tcp +keepopen www.shop.example A "@$SERVER" +tcp +keepopen www.shop.example AAAA
}

case_dns_ipv6() {
    about "Questions over IPv6 transport."
    dns_tools
    capture ip6 and udp port 53
    client dig +tries=1 +time=3 "@$SERVER6" www.shop.example AAAA
}
