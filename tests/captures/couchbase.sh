# SPDX-License-Identifier: Apache-2.0
# Couchbase: what its SDKs and its server say, written down in couchbase.py. Packages: python3

area_couchbase() { :; }

couchbase_talk() { # name
    made_with python3 --version
    capture tcp port 11210
    serve python3 "$HERE/talk.py" server 11210 couchbase "$1"
    wait_tcp 11210
    client python3 "$HERE/talk.py" client $SERVER 11210 couchbase "$1"
}

case_couchbase_session() {
    about "HELLO, error map, SCRAM login, a bucket, its configuration, a document written with" \
        "durability, read, and one that is not there. The words are written down (couchbase.py)."
    couchbase_talk SESSION
}

case_couchbase_refused() {
    about "A login by PLAIN with a wrong password."
    couchbase_talk REFUSED
}
