# SPDX-License-Identifier: Apache-2.0
# strongSwan with its own ESP in a tunnel device, so that the kernel needs none; its ESP travels in
# UDP. Packages: charon-systemd strongswan-swanctl libcharon-extra-plugins
# netcat-openbsd

area_ipsec() {
    local side
    for side in server client; do ipsec_configure $side; done
    ipsec_start server
}

ipsec_configure() { # side
    local dir=$WORK/ipsec-$1 me=$SERVER other=$CLIENT net=10.98.0.1 far=10.98.0.2
    [ "$1" = client ] && { me=$CLIENT other=$SERVER net=10.98.0.2 far=10.98.0.1; }
    mkdir -p "$dir"/{x509,private,conf.d}
    cat >"$dir/strongswan.conf" <<C
charon-systemd {
    load = random nonce openssl kdf kernel-libipsec kernel-netlink socket-default vici updown
    install_routes = yes
    plugins { vici { socket = unix://$dir/vici } }
    syslog { daemon { default = -1 } }
    filelog { stderr { default = 1 } }
}
swanctl { socket = unix://$dir/vici }
C
    {
        echo connections {
        ipsec_connection new 2 "$me" "$other" $net $far secret
        ipsec_connection old 1 "$me" "$other" $net $far secret
        echo } secrets { "ike-a { id = $other
            secret = right-secret }" }
    } >"$dir/swanctl.conf"
    sed "s/right-secret/wrong-secret/" "$dir/swanctl.conf" >"$dir/wrong.conf"
}

ipsec_connection() { # name version me other net far
    cat <<C
    $1 {
        version = $2
        local_addrs = $3
        remote_addrs = $4
        encap = yes
        proposals = aes128-sha256-x25519,aes128-sha256-modp2048
        keyingtries = 1
        local { auth = psk
            id = $3 }
        remote { auth = psk
            id = $4 }
        children { $1 {
            local_ts = $5/32
            remote_ts = $6/32
            esp_proposals = aes128-sha256
        } }
    }
C
}

ipsec_control() { # side command...
    local ns=$NS_S side=$1
    [ "$1" = client ] && ns=$NS_C
    shift
    within $ns "$side" env STRONGSWAN_CONF="$WORK/ipsec-$side/strongswan.conf" swanctl "$@" \
        --uri "unix://$WORK/ipsec-$side/vici" >>"$WORK/$side.log" 2>&1
}

ipsec_start() { # side
    local ns=$NS_S dir=$WORK/ipsec-$1
    [ "$1" = client ] && ns=$NS_C
    ip -n $ns addr add $([ "$1" = client ] && echo 10.98.0.2 || echo 10.98.0.1)/32 dev lo
    (within $ns "$1" env STRONGSWAN_CONF="$dir/strongswan.conf" charon-systemd || true) \
        >>"$WORK/$1.log" 2>&1 &
    SERVERS+=($!)
    local i
    for i in $(seq 50); do
        [ -S "$dir/vici" ] && break
        sleep 0.1
    done
    ipsec_control "$1" --load-all --file "$dir/swanctl.conf"
}

strongswan_version() { dpkg-query -W -f 'strongSwan ${Version}\n' charon-systemd; }

ipsec_talk() { # connection file
    [ -S "$WORK/ipsec-client/vici" ] || ipsec_start client
    ipsec_control client --load-all --file "$WORK/ipsec-client/$2"
    ipsec_control client --initiate --child "$1" --timeout 5 || true
}

ipsec_datagrams() {
    try sh -c 'for i in 1 2 3; do echo hello | nc -u -w 1 -s 10.98.0.2 10.98.0.1 9; done'
}

case_ipsec_ikev2() {
    about "IKE 2 with a shared secret, as behind NAT: port 500, then 4500, datagrams in ESP there, and an" \
        "orderly end."
    made_with strongswan_version
    capture udp port 500 or udp port 4500
    ipsec_talk new swanctl.conf
    ipsec_datagrams
    ipsec_control client --terminate --ike new || true
}

case_ipsec_ikev1() {
    about "IKE 1, main mode and quick mode, with a shared secret, datagrams in ESP."
    made_with strongswan_version
    capture udp port 500 or udp port 4500
    ipsec_talk old swanctl.conf
    ipsec_datagrams
    ipsec_control client --terminate --ike old || true
}

case_ipsec_refused() {
    about "IKE 2 with another secret than the server's: the answer is AUTHENTICATION_FAILED, encrypted."
    made_with strongswan_version
    capture udp port 500 or udp port 4500
    ipsec_talk new wrong.conf
}
