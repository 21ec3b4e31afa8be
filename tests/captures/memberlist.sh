# SPDX-License-Identifier: Apache-2.0
# Serf, which gossips as Consul does. Packages: serf

area_memberlist() { :; }

# Two agents with these options, for some seconds.
serf_pair() {
    local pid rpc=127.0.0.1:$((PORT + 1000))
    serve serf agent -node=alpha -bind=$SERVER:$PORT -rpc-addr=$rpc "$@"
    sleep 1
    within $NS_C client serf agent -node=beta -bind=$CLIENT:$PORT -rpc-addr=$rpc \
        -join=$SERVER:$PORT "$@" >>"$WORK/client.log" 2>&1 &
    pid=$!
    sleep 2
    client serf event -rpc-addr=$rpc -coalesce=false deploy 'shop 1.2'
    sleep 1
    client serf leave -rpc-addr=$rpc
    wait $pid || true
}

case_memberlist_serf() {
    about "Two nodes of Serf: the second joins (its list of nodes is packed), both ask each other" \
        "whether they are there, an event is spread, the second leaves."
    made_with serf version
    local PORT=7946
    capture port 7946
    serf_pair -tag role=web
}

case_memberlist_consul() {
    about "The same with the port and the tags that Consul's agents have: a Serf that calls itself" \
        "one, since Consul is in no Debian."
    made_with serf version
    local PORT=8301
    capture port 8301
    serf_pair -tag role=consul -tag dc=paris -tag build=1.15.2
}
