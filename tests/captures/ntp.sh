# SPDX-License-Identifier: Apache-2.0
# chrony as server and client. Packages: chrony
# Neither end touches the clock: -x, -Q.

area_ntp() {
    printf 'local stratum 3\nallow all\ncmdport 0\nbindaddress 0.0.0.0\n' >"$WORK/chrony.conf"
    serve chronyd -x -d -u root -f "$WORK/chrony.conf"
    wait_udp 123
    sleep 1
}

chrony_version() { chronyd -v; }

case_ntp_query() {
    about "A client asks several times and is answered (NTP version 4, modes 3 and 4)."
    made_with chrony_version
    capture udp port 123
    try timeout 20 chronyd -Q -d -u root -t 8 -f /dev/null "server $SERVER iburst" 'cmdport 0'
}

case_ntp_version_3() {
    about "The same with version 3."
    made_with chrony_version
    capture udp port 123
    try timeout 20 chronyd -Q -d -u root -t 8 -f /dev/null "server $SERVER iburst version 3" \
        'cmdport 0'
}
