# SPDX-License-Identifier: Apache-2.0
# Oracle: its driver for Node.js, which speaks the protocol by itself, against tns.py up to the
# login, whose secrets tns.py does not know; what follows is made by tns.py on both sides.
# Packages: nodejs npm; oracledb comes from the registry of Node.js.

area_tns() {
    serve python3 "$HERE/tns.py" serve $SERVER 1521
    wait_tcp 1521
}

oracle_connect() { # service
    node_client "
        const oracledb = require('oracledb');
        oracledb.getConnection({ user: 'shop', password: 'secret',
            connectString: '$SERVER:1521/$1' }).catch(e => console.log(e.message));
        setTimeout(() => process.exit(0), 3000);"
}

case_tns_refused() {
    about "The driver asks for a service that the listener does not know."
    node_package oracledb
    capture tcp port 1521
    oracle_connect nowhere
}

case_tns_connect() {
    about "The driver asks for a service that is there, and begins to negotiate."
    node_package oracledb
    capture tcp port 1521
    oracle_connect shop
}

case_tns_statements() {
    about "A user that is refused, another one with statements, one of 40,000 bytes in chunks over" \
        "several packets, one that fails, commit and logoff. No software of Oracle made it."
    made_with python3 --version
    capture tcp port 1521
    client python3 "$HERE/tns.py" talk $SERVER 1521
}
