# SPDX-License-Identifier: Apache-2.0
# libcoap's server and client. Packages: libcoap3-bin

area_coap() {
    serve coap-server-notls -A $SERVER -d 10
    wait_udp 5683
}

coap_version() { dpkg-query -W -f '${Package} ${Version}\n' libcoap3-bin; }
coap() { client coap-client-notls -B 2 "$@"; }

case_coap_requests() {
    about "What there is, the time, something stored, fetched and removed, a name that is not there."
    made_with coap_version
    capture udp port 5683
    coap -m get "coap://$SERVER/.well-known/core"
    coap -m get "coap://$SERVER/time?ticks"
    coap -m put -t text/plain -e 21.5 "coap://$SERVER/example_data"
    coap -m put -t text/plain -e new "coap://$SERVER/shelf/book"
    coap -m get "coap://$SERVER/shelf/book"
    coap -m delete "coap://$SERVER/shelf/book"
    coap -m get "coap://$SERVER/none"
}

case_coap_observe() {
    about "The time, observed for two seconds, and without confirmations."
    made_with coap_version
    capture udp port 5683
    coap -N -s 2 -m get "coap://$SERVER/time"
}

case_coap_blocks() {
    about "A body in blocks of 64 bytes, and an answer that comes later than its acknowledgement."
    made_with coap_version
    capture udp port 5683
    head -c 300 /etc/services >"$WORK/coap-body"
    coap -b 64 -m put -f "$WORK/coap-body" "coap://$SERVER/example_data"
    coap -b 64 -m get "coap://$SERVER/example_data"
    coap -m get "coap://$SERVER/async?1"
}
