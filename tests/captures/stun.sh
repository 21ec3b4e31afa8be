# SPDX-License-Identifier: Apache-2.0
# coturn and its test programs. Packages: coturn

area_stun() {
    serve turnserver -n --no-tls --no-dtls --listening-ip $SERVER --relay-ip $SERVER \
        --listening-port 3478 --lt-cred-mech --user robot:secret --realm shop.example --no-cli \
        --allow-loopback-peers --no-rfc5780 --log-file stdout --pidfile "$WORK/turn.pid" \
        --userdb "$WORK/turn.db"
    wait_udp 3478
    serve turnutils_peer -L $SERVER -p 3480
    wait_udp 3480
}

stun_version() { dpkg-query -W -f 'coturn ${Version}\n' coturn; }

case_stun_binding() {
    about "What is my address? Over UDP."
    made_with stun_version
    capture udp port 3478
    client turnutils_stunclient $SERVER
}

case_stun_turn() {
    about "A relay is allocated after the first try told how to log in; data goes through a channel."
    made_with stun_version
    capture udp port 3478
    client turnutils_uclient -u robot -w secret -e $SERVER -r 3480 -n 2 -c -l 40 $SERVER
}

case_stun_turn_tcp() {
    about "The same over TCP, with Send and Data instead of a channel."
    made_with stun_version
    capture tcp port 3478
    client turnutils_uclient -t -s -u robot -w secret -e $SERVER -r 3480 -n 2 -c -l 40 $SERVER
}

case_stun_refused() {
    about "A wrong password: the request with the name is refused."
    made_with stun_version
    capture udp port 3478
    try timeout 0.04 turnutils_uclient -u robot -w wrong -e $SERVER -r 3480 -n 1 -c $SERVER
}
