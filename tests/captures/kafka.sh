# SPDX-License-Identifier: Apache-2.0
# Kafka: kcat and the client of Node.js against kafka.py, for no package brings a broker.
# Packages: kcat nodejs npm; kafkajs comes from the registry of Node.js.

area_kafka() {
    serve /usr/bin/python3 "$HERE/kafka.py" $SERVER 9092
    serve /usr/bin/python3 "$HERE/kafka.py" $SERVER 9093 sasl
    wait_tcp 9092
    wait_tcp 9093
}

kafka_kcat() {
    made_with sh -c 'kcat -V | grep -o "Version.*"'
}

case_kafka_records() {
    about "Two records written, one batch plain and one compressed, and read again."
    kafka_kcat
    capture tcp port 9092
    client sh -c "printf '1:two apples\n' | kcat -P -b $SERVER -t orders -K:"
    client sh -c "seq 300 | kcat -P -b $SERVER -t orders -z gzip"
    client kcat -C -b $SERVER -t orders -p 0 -o beginning -c 3
}

case_kafka_login() {
    about "A login with SASL that is refused, and one that is not; its password is not told."
    kafka_kcat
    capture tcp port 9093
    local how="-b $SERVER:9093 -X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN"
    try timeout 3 kcat -L $how -X sasl.username=amy -X sasl.password=wrong
    client kcat -L $how -X sasl.username=amy -X sasl.password=secret -t orders
}

case_kafka_node() {
    about "The client of Node.js: a record, a topic it may not write, one that it may not create."
    node_package kafkajs
    capture tcp port 9092
    node_client "
        const { Kafka, logLevel } = require('kafkajs');
        (async () => {
            const kafka = new Kafka({ clientId: 'till', brokers: ['$SERVER:9092'],
                                      logLevel: logLevel.NOTHING, retry: { retries: 0 } });
            const producer = kafka.producer(), admin = kafka.admin();
            await producer.connect();
            await producer.send({ topic: 'orders', messages: [{ key: '2', value: 'three pears' }] });
            await producer.send({ topic: 'locked', messages: [{ value: 'x' }] }).catch(() => 0);
            await producer.disconnect();
            await admin.connect();
            await admin.createTopics({ topics: [{ topic: 'mine' }], timeout: 500 }).catch(() => 0);
            await admin.disconnect();
        })();"
}
