# SPDX-License-Identifier: Apache-2.0
# A stand-in for Consul's servers, consul.py beside this file. Packages: python3 python3-msgpack

area_consul() {
    serve /usr/bin/python3 "$HERE/consul.py" serve $SERVER 8300
    wait_tcp 8300
}

consul_tools() {
    made_with /usr/bin/python3 --version
    made_with echo "consul.py of tests/captures, python3-msgpack"
}

asks_consul() { client /usr/bin/python3 "$HERE/consul.py" "$1" $SERVER 8300; }

case_consul_calls() {
    about "Calls of an agent to a server, one after the other: a service is registered and looked" \
        "up, a key written and read, and one call is refused."
    consul_tools
    capture tcp port 8300
    asks_consul calls
}

case_consul_streams() {
    about "The same calls in a stream of yamux, as agents send them, and a ping."
    consul_tools
    capture tcp port 8300
    asks_consul streams
}

case_consul_raft() {
    about "Raft between two servers: a heartbeat, and one entry of the log."
    consul_tools
    capture tcp port 8300
    asks_consul raft
}
