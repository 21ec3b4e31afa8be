# SPDX-License-Identifier: Apache-2.0
# Fluent Forward: the client library of Node.js, and a receiver of ours (fluent_server.py).
# Packages: nodejs, npm, python3-msgpack

area_fluent() {
    serve /usr/bin/python3 "$HERE/fluent_server.py" 24224
    serve /usr/bin/python3 "$HERE/fluent_server.py" 24284 secret
    wait_tcp 24224
    wait_tcp 24284
}

# The options of the logger, and what it logs.
fluent_log() { # options
    node_client "
        const logger = require('fluent-logger').createFluentSender('shop', {host: '$SERVER',
            timeout: 3, reconnectInterval: 60000, $1});
        logger.on('error', () => process.exit(0));
        logger.emit('till', {message: 'two apples', price: 50});
        logger.emit('till', {message: 'a pear', items: ['pear'], paid: true});
        logger.emit('door', {message: 'open'});
        setTimeout(() => logger.end(() => process.exit(0)), 1500);"
}

case_fluent_message() {
    about "Three events, each by itself and acknowledged."
    node_package fluent-logger
    capture tcp port 24224
    fluent_log "port: 24224, requireAckResponse: true"
}

case_fluent_packed() {
    about "Events packed together."
    node_package fluent-logger
    capture tcp port 24224
    fluent_log "port: 24224, eventMode: 'PackedForward', flushInterval: 200"
}

case_fluent_compressed() {
    about "Events packed together and compressed, acknowledged."
    node_package fluent-logger
    capture tcp port 24224
    fluent_log "port: 24224, eventMode: 'CompressedPackedForward', flushInterval: 200,
        requireAckResponse: true"
}

case_fluent_login() {
    about "A receiver that wants a shared key: the right one, and a wrong one."
    node_package fluent-logger
    capture tcp port 24284
    fluent_log "port: 24284, security: {clientHostname: 'till.example', sharedKey: 'secret'}"
    fluent_log "port: 24284, security: {clientHostname: 'till.example', sharedKey: 'guess'}"
}
