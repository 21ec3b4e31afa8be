# SPDX-License-Identifier: Apache-2.0
# dnsmasq as the server; udhcpc and dhclient. Packages: dnsmasq-base busybox isc-dhcp-client

area_dhcp() {
    serve dnsmasq -k -C /dev/null --port=0 --user=root --interface=eth0 --bind-interfaces \
        --dhcp-authoritative --dhcp-leasefile="$WORK/leases" --no-ping --domain=shop.example \
        --dhcp-range=10.20.0.100,10.20.0.110,255.255.255.0,1h \
        --dhcp-range=fd00:20::100,fd00:20::110,64,1h --dhcp-option=option:ntp-server,$SERVER \
        --dhcp-option=option:dns-server,$SERVER --dhcp-option=option6:dns-server,[$SERVER6]
    wait_udp 67
}

dhcp_version() { dnsmasq --version; }

case_dhcp_lease() {
    about "An address asked for and given (discover, offer, request, acknowledge)."
    made_with dhcp_version
    made_with busybox --help
    capture udp port 67 or udp port 68
    # No script: the address is learned, not set.
    client timeout 5 busybox udhcpc -i eth0 -s /bin/true -f -q -n -x hostname:worker-7 \
        -V shop-client -t 3 -T 1
}

case_dhcp_refused() {
    about "A client asks for an address of another network: the server says no, and it starts anew."
    made_with dhcp_version
    made_with dhclient --version
    printf 'lease { interface "eth0"; fixed-address 10.99.0.5; option subnet-mask 255.255.255.0;
        option dhcp-lease-time 3600; option dhcp-server-identifier 10.20.0.1;
        renew 0 2037/1/1 00:00:00; rebind 0 2037/1/1 00:00:00; expire 0 2037/1/1 00:00:00; }\n' \
        >"$WORK/known"
    capture udp port 67 or udp port 68
    try timeout 10 dhclient -4 -1 -d -v -sf /bin/true -cf /dev/null -lf "$WORK/known" \
        -pf "$WORK/dhclient.pid" eth0
}

case_dhcp_ipv6() {
    about "DHCPv6: solicit, advertise, request, reply."
    made_with dhcp_version
    made_with dhclient --version
    capture ip6 and udp port 547 or udp port 546
    : >"$WORK/known6"
    try timeout 8 dhclient -6 -1 -d -v -sf /bin/true -cf /dev/null -lf "$WORK/known6" \
        -pf "$WORK/dhclient.pid" eth0
}
