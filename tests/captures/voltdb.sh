# SPDX-License-Identifier: Apache-2.0
# VoltDB: what a client and its server say, written down in voltdb.py. Packages: python3

area_voltdb() { :; }

voltdb_talk() { # name
    made_with python3 --version
    capture tcp port 21212
    serve python3 "$HERE/talk.py" server 21212 voltdb "$1"
    wait_tcp 21212
    client python3 "$HERE/talk.py" client $SERVER 21212 voltdb "$1"
}

case_voltdb_session() {
    about "A login, calls of procedures, a statement, one that fails. The words are written down" \
        "(voltdb.py)."
    voltdb_talk SESSION
}

case_voltdb_refused() {
    about "A login with a wrong password."
    voltdb_talk REFUSED
}
