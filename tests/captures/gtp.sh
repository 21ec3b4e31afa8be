# SPDX-License-Identifier: Apache-2.0
# GTP: Osmocom's gateway and the emulator of its peer; version 2 and charging by gtp_talk.py.
# Packages: osmo-ggsn python3

area_gtp() {
    cat >"$WORK/ggsn.cfg" <<END
log stderr
 logging level ggsn notice
ggsn ggsn0
 gtp state-dir $WORK
 gtp bind-ip $SERVER
 apn internet.example
  gtpu-mode tun
  tun-device tun4
  type-support v4
  ip prefix dynamic 10.45.0.0/24
  ip ifconfig 10.45.0.1/24
  no shutdown
 default-apn internet.example
 no shutdown ggsn
END
    serve osmo-ggsn -c "$WORK/ggsn.cfg"
    wait_udp 2123
}

case_gtp_context() {
    about "Two who find each other, a context for a subscriber, pings in its tunnel, the context" \
        "deleted. The pings are sessions of their own."
    made_with osmo-ggsn --version
    capture udp port 2123 or udp port 2152
    try timeout 20 sgsnemu --listen $CLIENT --remote $SERVER --apn internet.example --timelimit 4 \
        --imsi 262011234567890 --msisdn 491701234567 --statedir "$WORK" --pidfile "$WORK/sgsnemu.pid" \
        --contexts 1 --pinghost 10.45.0.1 --pingcount 2 --pingquiet
}

gtp_talk() { # port name
    made_with python3 --version
    stop "${SERVERS[0]}" # the gateway has both ports
    capture udp port "$1"
    serve /usr/bin/python3 "$HERE/gtp_talk.py" server "$@"
    wait_udp "$1"
    client /usr/bin/python3 "$HERE/gtp_talk.py" client $SERVER "$@"
}

case_gtp_charging() {
    about "A node that is there, a record and its receipt. Both ends are gtp_talk.py."
    gtp_talk 3386 charging
}

case_gtp_sessions() {
    about "Version 2: a session, its bearers, changed by both sides, deleted; one that is refused." \
        "Both ends are gtp_talk.py."
    gtp_talk 2123 sessions
}
