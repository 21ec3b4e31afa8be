# SPDX-License-Identifier: Apache-2.0
# Apache Thrift's compiler and library for Python, both ends (thrift_shop.py); Jaeger's client for
# Node.js. Packages: thrift-compiler python3-thrift nodejs npm netcat-openbsd

area_thrift() {
    /usr/bin/python3 "$HERE/thrift_shop.py" idl >"$WORK/shop.thrift"
    thrift --gen py -out "$WORK" "$WORK/shop.thrift"
    thrift_serve 9090 binary
    thrift_serve 9091 binary framed
    thrift_serve 9092 compact
    thrift_serve 9093 compact framed
}

thrift_serve() { # port protocol...
    PYTHONPATH=$WORK serve /usr/bin/python3 "$HERE/thrift_shop.py" server "$@"
    wait_tcp "$1"
}

thrift_talk() { # port protocol...
    about "Things put and fetched, one that is missing, a message without an answer, one that the" \
        "server cannot do, one for a service by its name."
    made_with thrift --version
    capture tcp port "$1"
    PYTHONPATH=$WORK client /usr/bin/python3 "$HERE/thrift_shop.py" client $SERVER "$@"
}

case_thrift_binary() {
    thrift_talk 9090 binary
}

case_thrift_framed() {
    thrift_talk 9091 binary framed
}

case_thrift_compact() {
    thrift_talk 9092 compact
}

case_thrift_compact_framed() {
    thrift_talk 9093 compact framed
}

case_thrift_jaeger() {
    about "Jaeger's client sends spans to an agent, which never answers: netcat is enough of one."
    node_package jaeger-client
    serve nc -u -l -k $SERVER 6832
    wait_udp 6832
    capture udp port 6832
    node_client "
        const { initTracer } = require('jaeger-client');
        const tracer = initTracer({ serviceName: 'shop', sampler: { type: 'const', param: 1 },
                                    reporter: { agentHost: '$SERVER', agentPort: 6832 } },
                                  { tags: { 'shop.version': '1.2' } });
        const span = tracer.startSpan('checkout');
        span.setTag('items', 3);
        span.log({ event: 'paid', text: 'by card' });
        tracer.startSpan('price', { childOf: span }).finish();
        span.finish();
        tracer.close();"
}
