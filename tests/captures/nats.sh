# SPDX-License-Identifier: Apache-2.0
# NATS: its server, the client of Node.js, and netcat. Packages: nats-server nodejs npm
# netcat-openbsd; the client comes from the registry of Node.js.

area_nats() {
    serve nats-server -a $SERVER -p 4222 -n shop -P "$WORK/nats.pid"
    serve nats-server -a $SERVER -p 4223 -n shop --user amy --pass secret -P "$WORK/nats2.pid"
    wait_tcp 4222
    wait_tcp 4223
}

nats_tools() {
    made_with nats-server --version
}

case_nats_messages() {
    about "The client of Node.js: a subscription, messages with and without headers, a request and" \
        "its answer."
    nats_tools
    node_package nats
    capture tcp port 4222
    node_client "
        const { connect, StringCodec, headers } = require('nats');
        (async () => {
            const nc = await connect({ servers: '$SERVER', name: 'till' }), text = StringCodec();
            nc.subscribe('shop.price', { queue: 'workers',
                                         callback: (e, m) => m.respond(text.encode('two')) });
            nc.subscribe('shop.>', { callback: () => 0 });
            const h = headers();
            h.set('kind', 'fruit');
            nc.publish('shop.orders', text.encode('two apples'));
            nc.publish('shop.orders', text.encode('three pears'), { headers: h });
            await nc.request('shop.price', text.encode('apple'), { timeout: 2000 });
            await nc.drain();
        })();"
}

case_nats_refused() {
    about "A server with a user: a wrong password; then the right one and a subject that is none."
    nats_tools
    capture tcp port 4223
    client sh -c "(sleep 0.3; printf 'CONNECT {\"verbose\":false,\"lang\":\"c\",\"user\":\"amy\",\"pass\":\"wrong\"}\r\nPING\r\n'
        sleep 0.5) | nc -N $SERVER 4223"
    client sh -c "(sleep 0.3; printf 'CONNECT {\"verbose\":true,\"lang\":\"c\",\"user\":\"amy\",\"pass\":\"secret\"}\r\n'
        sleep 0.2; printf 'SUB a..b 1\r\nPUB a.b 5\r\nhello\r\n'; sleep 0.3) | nc -N $SERVER 4223"
}
