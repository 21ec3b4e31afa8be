# SPDX-License-Identifier: Apache-2.0
# Pulsar: a client for Node.js, and pulsar_broker.py. Packages: nodejs npm python3; the client comes
# from the registry of Node.js.

area_pulsar() {
    serve /usr/bin/python3 "$HERE/pulsar_broker.py" $SERVER 6650
    wait_tcp 6650
}

pulsar_client() { # token, text of a program
    node_package pulsar-flex
    capture tcp port 6650
    node_client "
        const { Producer, Consumer } = require('pulsar-flex');
        const options = { topic: 'persistent://public/default/orders', jwt: '$1',
                          discoveryServers: ['$SERVER:6650'] };
        const end = () => process.exit(0);
        setTimeout(end, 3000);
        (async () => { $2 })().catch(() => 0).then(() => setTimeout(end, 500));"
}

case_pulsar_session() {
    about "A token, the broker of a topic, a producer and what it sends, singly and as a batch; a" \
        "consumer gets them. The broker is pulsar_broker.py."
    pulsar_client good "
        const producer = new Producer({ ...options, producerAccessMode: Producer.ACCESS_MODES.SHARED });
        await producer.create();
        await producer.sendMessage({ payload: 'two apples', properties: { kind: 'fruit' } });
        await producer.sendBatch({ messages: [{ payload: 'three pears', properties: { a: 'b' } },
                                              { payload: 'a plum', properties: { a: 'b' } }] });
        const consumer = new Consumer({ ...options, subscription: 'till', consumerName: 'till-1',
            subType: Consumer.SUB_TYPES.EXCLUSIVE, receiveQueueSize: 10 });
        await consumer.subscribe();
        await Promise.race([consumer.run({ onMessage: async ({ ack }) => ack(), autoAck: false }),
                            new Promise((done) => setTimeout(done, 800))]);"
}

case_pulsar_refused() {
    about "A wrong token: the broker refuses the login. The broker is pulsar_broker.py."
    pulsar_client wrong "
        const producer = new Producer({ ...options, producerAccessMode: Producer.ACCESS_MODES.SHARED });
        await producer.create();"
}

case_pulsar_forbidden() {
    about "A topic for which the client has no right. The broker is pulsar_broker.py."
    pulsar_client good "
        const producer = new Producer({ ...options, topic: 'persistent://public/private/orders',
                                        producerAccessMode: Producer.ACCESS_MODES.SHARED });
        await producer.create();"
}
