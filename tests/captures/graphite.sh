# SPDX-License-Identifier: Apache-2.0
# Graphite: collectd and a relay send to a relay. Packages: collectd-core, carbon-c-relay, python3

area_graphite() {
    echo "cluster kept file $WORK/metrics; match * send to kept;" >"$WORK/relay.conf"
    serve carbon-c-relay -f "$WORK/relay.conf" -p 2003 -w 1
    wait_tcp 2003
}

# collectd for some seconds, with this plugin to write with.
collectd_once() { # protocol
    cat >"$WORK/collectd.conf" <<CONF
Hostname "till"
FQDNLookup false
Interval 1
BaseDir "$WORK"
LoadPlugin load
LoadPlugin users
LoadPlugin write_graphite
<Plugin write_graphite>
    <Node "relay">
        Host "$SERVER"
        Port "2003"
        Protocol "$1"
        EscapeCharacter "_"
    </Node>
</Plugin>
CONF
    client timeout 5 collectd -f -C "$WORK/collectd.conf" -P "$WORK/collectd.pid" || true
}

case_graphite_collectd() {
    about "collectd writes the load of a machine and its users, over TCP."
    made_with dpkg-query -Wf 'collectd ${Version}' collectd-core
    capture tcp port 2003
    collectd_once tcp
}

case_graphite_datagrams() {
    about "collectd writes the load of a machine and its users, over UDP."
    made_with dpkg-query -Wf 'collectd ${Version}' collectd-core
    capture udp port 2003
    collectd_once udp
}

case_graphite_relay() {
    about "A relay hands on what it is told, a metric with tags among it."
    made_with dpkg-query -Wf 'carbon-c-relay ${Version}' carbon-c-relay
    echo "cluster next forward $SERVER:2003; match * send to next;" >"$WORK/sender.conf"
    capture tcp port 2003
    beside carbon-c-relay -f "$WORK/sender.conf" -p 2004 -w 1
    local relay=$!
    sleep 1
    client python3 -c 'import socket
s = socket.create_connection(("127.0.0.1", 2004))
s.sendall(b"shop.fruit.apple 50 1700000000\nshop.fruit.pear;till=3 40 1700000000\n")'
    sleep 2
    stop $relay
}
