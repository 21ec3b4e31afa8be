# SPDX-License-Identifier: Apache-2.0
# JSON-RPC: Open vSwitch's database, both ends; miners and their pools as written down in stratum.py.
# Packages: openvswitch-switch, python3

area_jsonrpc() {
    cat >"$WORK/shop.ovsschema" <<'SCHEMA'
{"name": "shop", "version": "1.0.0", "tables": {"fruit": {"columns":
    {"name": {"type": "string"}, "price": {"type": "integer"}}, "isRoot": true}}}
SCHEMA
    ovsdb-tool create "$WORK/shop.db" "$WORK/shop.ovsschema"
    serve ovsdb-server --remote=ptcp:6640 --unixctl="$WORK/ovsdb.ctl" "$WORK/shop.db"
    wait_tcp 6640
}

stratum_talk() { # name
    made_with python3 --version
    capture tcp port 3333
    serve python3 "$HERE/talk.py" server 3333 stratum "$1"
    wait_tcp 3333
    client python3 "$HERE/talk.py" client $SERVER 3333 stratum "$1"
}

case_jsonrpc_ovsdb() {
    about "Open vSwitch's database: its list, a row that is added, one that may not be."
    made_with ovsdb-server --version
    capture tcp port 6640
    client ovsdb-client list-dbs tcp:$SERVER:6640
    client ovsdb-client transact tcp:$SERVER:6640 \
        '["shop", {"op": "insert", "table": "fruit", "row": {"name": "apple", "price": 50}}]'
    try ovsdb-client transact tcp:$SERVER:6640 '["none"]'
}

case_jsonrpc_stratum() {
    about "A miner subscribes, logs in, gets work and hands it in. The words are written down" \
        "(stratum.py)."
    stratum_talk BITCOIN
}

case_jsonrpc_monero() {
    about "XMRig's login and a pool's first work, and one that the pool refuses. The words are" \
        "written down (stratum.py)."
    stratum_talk MONERO
}

case_jsonrpc_ethereum() {
    about "A client asks a node of Ethereum. The words are written down (stratum.py)."
    stratum_talk ETHEREUM
}
