# SPDX-License-Identifier: Apache-2.0
# RabbitMQ with its plugins; pika, a client of Node.js for AMQP 1.0, amqp.py for streams.
# Packages: rabbitmq-server python3-pika nodejs npm netcat-openbsd; rhea comes from the registry of
# Node.js.

# A node of its own, with everything it writes in the work folder.
rabbit_serve() {
    local home=$WORK/rabbit
    mkdir -p "$home"
    printf '[rabbitmq_amqp1_0,rabbitmq_stomp,rabbitmq_mqtt,rabbitmq_stream].\n' >"$home/plugins"
    printf '%s\n' "listeners.tcp.1 = $SERVER:5672" "stomp.listeners.tcp.1 = $SERVER:61613" \
        "mqtt.listeners.tcp.1 = $SERVER:1883" "stream.listeners.tcp.1 = $SERVER:5552" \
        "stream.advertised_host = $SERVER" "loopback_users = none" >"$home/rabbitmq.conf"
    serve env HOME="$home" RABBITMQ_NODENAME=rabbit@localhost RABBITMQ_MNESIA_BASE="$home/mnesia" \
        RABBITMQ_LOG_BASE="$home/log" RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" \
        RABBITMQ_ENABLED_PLUGINS_FILE="$home/plugins" RABBITMQ_PID_FILE="$home/pid" \
        ERL_EPMD_ADDRESS=127.0.0.1 /usr/lib/rabbitmq/bin/rabbitmq-server
    # It takes its time, and its listeners come one after the other.
    wait_tcp 5552 2>/dev/null || wait_tcp 5552 2>/dev/null || wait_tcp 5552
    wait_tcp 61613
    wait_tcp 5672
}

area_amqp() {
    rabbit_serve
}

amqp_server() {
    VERSIONS+="- RabbitMQ $(dpkg-query -W -f '${Version}' rabbitmq-server)"$'\n'
}

amqp_pika() {
    amqp_server
    made_with /usr/bin/python3 -c 'import pika; print("pika", pika.__version__)'
}

case_amqp_messages() {
    about "AMQP 0-9-1: an exchange, a queue, messages written, fetched and consumed; a queue that" \
        "is not there closes its channel."
    amqp_pika
    capture tcp port 5672
    client /usr/bin/python3 "$HERE/amqp.py" messages $SERVER
}

case_amqp_refused() {
    about "AMQP 0-9-1: a wrong password, and a virtual host that is not there."
    amqp_pika
    capture tcp port 5672
    client /usr/bin/python3 "$HERE/amqp.py" login $SERVER guest wrong /
    client /usr/bin/python3 "$HERE/amqp.py" login $SERVER guest guest none
}

case_amqp_version() {
    about "A client of a version that the server does not speak: it answers with its own. Then one" \
        "of 0-8, to which it talks."
    amqp_server
    capture tcp port 5672
    client sh -c "printf 'AMQP\1\1\0\012' | nc -q 1 $SERVER 5672"
    client sh -c "printf 'AMQP\1\1\010\0' | nc -q 1 $SERVER 5672"
}

case_amqp_v1() {
    about "AMQP 1.0: SASL, a queue written and read; then a wrong password."
    amqp_server
    node_package rhea
    capture tcp port 5672
    node_client "
        const rhea = require('rhea');
        const open = (password) => rhea.create_container({ id: 'till' }).connect(
            { host: '$SERVER', port: 5672, username: 'guest', password, reconnect: false });
        const c = open('guest');
        c.on('connection_open', () => {
            c.open_receiver('/queue/orders');
            c.open_sender('/queue/orders');
        });
        c.once('sendable', (e) => e.sender.send({ subject: 'fruit', body: 'two apples' }));
        c.on('message', () => c.close());
        c.on('connection_close', () => {
            const refused = open('wrong');
            for (const end of ['connection_error', 'disconnected', 'error'])
                refused.on(end, () => setTimeout(process.exit, 300));
        });"
}

case_amqp_stream() {
    about "RabbitMQ's stream protocol, by amqp.py: a stream made and written; a wrong password."
    amqp_server
    capture tcp port 5552
    client timeout 20 /usr/bin/python3 "$HERE/amqp.py" stream $SERVER guest
    client timeout 20 /usr/bin/python3 "$HERE/amqp.py" stream $SERVER wrong
}
