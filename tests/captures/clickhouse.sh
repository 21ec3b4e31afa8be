# SPDX-License-Identifier: Apache-2.0
# ClickHouse: what a client and its server say, written down in clickhouse.py. Packages: python3

area_clickhouse() { :; }

clickhouse_talk() { # name
    made_with python3 --version
    capture tcp port 9000
    serve python3 "$HERE/talk.py" server 9000 clickhouse "$1"
    wait_tcp 9000
    client python3 "$HERE/talk.py" client $SERVER 9000 clickhouse "$1"
}

case_clickhouse_session() {
    about "Hellos, a ping, a query with an answer that has no rows, one that fails, one with rows," \
        "and one that the user may not make. The words are written down (clickhouse.py)."
    clickhouse_talk SESSION
}

case_clickhouse_refused() {
    about "A login with a wrong password."
    clickhouse_talk REFUSED
}
