# SPDX-License-Identifier: Apache-2.0
# Hazelcast: its clients for Node.js, and hazelcast_member.py. Packages: nodejs npm python3; the
# clients come from the registry of Node.js.

area_hazelcast() {
    serve /usr/bin/python3 "$HERE/hazelcast_member.py" 5701
    wait_tcp 5701
}

hazelcast_client() { # more of the configuration
    node_package hazelcast-client
    capture tcp port 5701
    node_client "
        const { Client } = require('hazelcast-client');
        setTimeout(() => process.exit(0), 1500);
        Client.newHazelcastClient({ clusterName: 'shop', instanceName: 'till-1',
            network: { clusterMembers: ['$SERVER:5701'] }, $1
            connectionStrategy: { connectionRetry: { clusterConnectTimeoutMillis: 100 } } })
            .catch(() => process.exit(0));"
}

case_hazelcast_login() {
    about "A client logs in, and asks what the member cannot tell: it is hazelcast_member.py."
    hazelcast_client "security: { usernamePassword: { username: 'amy', password: 'secret' } },"
}

case_hazelcast_refused() {
    about "A member does not know the user. It is hazelcast_member.py."
    hazelcast_client "security: { usernamePassword: { username: 'bob', password: 'secret' } },"
}

case_hazelcast_version_3() {
    about "The client of version 3, which speaks the older protocol. The member is hazelcast_member.py."
    [ -d "$NODE/node_modules/hazelcast-client-3" ] ||
        npm install --prefix "$NODE" --no-audit --no-fund --ignore-scripts \
            hazelcast-client-3@npm:hazelcast-client@3.12 >>"$WORK/server.log" 2>&1
    node_package hazelcast-client-3
    capture tcp port 5701
    node_client "
        const { Client, Config } = require('hazelcast-client-3');
        const config = new Config.ClientConfig();
        config.networkConfig.addresses = ['$SERVER:5701'];
        config.networkConfig.connectionAttemptLimit = 1;
        setTimeout(() => process.exit(0), 1500);
        Client.newHazelcastClient(config).catch(() => process.exit(0));"
}
