# SPDX-License-Identifier: Apache-2.0
# ZeroMQ's library, both ends (zeromq_talk.py). Packages: python3-zmq

area_zeromq() {
    serve /usr/bin/python3 "$HERE/zeromq_talk.py" server "$WORK/zeromq.key"
    wait_tcp 5558
}

zeromq() { client /usr/bin/python3 "$HERE/zeromq_talk.py" "$@"; }
zeromq_version() { /usr/bin/python3 "$HERE/zeromq_talk.py" version; }

case_zeromq_request() {
    about "A client with an identity asks a router, a short message and one with a long frame."
    made_with zeromq_version
    capture tcp port 5555
    zeromq request $SERVER
}

case_zeromq_subscribe() {
    about "A subscriber: a topic, what is published, the topic again, cancelled."
    made_with zeromq_version
    capture tcp port 5556
    zeromq subscribe $SERVER
}

case_zeromq_login() {
    about "A server that wants a user: a wrong password, and the right one."
    made_with zeromq_version
    capture tcp port 5557
    zeromq login $SERVER wrong || true # it is refused
    zeromq login $SERVER secret
}

case_zeromq_sealed() {
    about "Both ends have keys: what they say is encrypted but for its framing."
    made_with zeromq_version
    capture tcp port 5558
    zeromq sealed $SERVER "$WORK/zeromq.key"
}
