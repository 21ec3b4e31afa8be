# SPDX-License-Identifier: Apache-2.0
# Cassandra: the drivers of Python and Node.js against cql.py, for no package brings a server.
# Packages: python3-cassandra nodejs npm; the driver of Node.js comes from its registry.

area_cassandra() {
    serve python3 "$HERE/cql.py" serve $SERVER 9042 5
    serve python3 "$HERE/cql.py" serve $SERVER 9142 5 login
    serve python3 "$HERE/cql.py" serve $SERVER 9043 4
    wait_tcp 9042
    wait_tcp 9142
    wait_tcp 9043
}

cassandra_driver() {
    made_with /usr/bin/python3 -c 'import cassandra; print("cassandra-driver", cassandra.__version__)'
}

case_cassandra_version5() {
    about "The driver comes down from its own version to 5, whose frames travel in segments: a query," \
        "a prepared statement, a batch, a statement of 45,000 bytes, and one that is refused."
    cassandra_driver
    capture tcp port 9042
    client timeout 60 /usr/bin/python3 "$HERE/cql.py" talk $SERVER 9042 ''
}

case_cassandra_login() {
    about "A user whose password is not right."
    cassandra_driver
    capture tcp port 9142
    client timeout 60 /usr/bin/python3 "$HERE/cql.py" talk $SERVER 9142 mallory
}

case_cassandra_node() {
    about "The driver of Node.js speaks version 4; its requests overlap."
    node_package cassandra-driver
    capture tcp port 9043
    node_client "
        const { Client } = require('cassandra-driver');
        const c = new Client({ contactPoints: ['$SERVER:9043'], localDataCenter: 'dc1',
            isMetadataSyncEnabled: false, pooling: { heartBeatInterval: 0 } });
        (async () => {
            await c.connect();
            const r = await Promise.all([
                c.execute('SELECT id, name FROM items'),
                c.execute('DELETE FROM items WHERE id = 1'),
                c.execute('SELECT * FROM salaries').catch(e => e.message),
            ]);
            console.log(r);
            await c.shutdown();
        })();"
}
