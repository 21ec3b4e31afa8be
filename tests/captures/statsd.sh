# SPDX-License-Identifier: Apache-2.0
# StatsD: the client of Python and one of Node.js that speaks Datadog's, to collectd; over TCP to a
# program that only listens. Packages: collectd-core, python3-statsd, nodejs, npm, python3

area_statsd() {
    cat >"$WORK/collectd.conf" <<CONF
Hostname "shop"
FQDNLookup false
BaseDir "$WORK"
LoadPlugin statsd
<Plugin statsd>
    Host "0.0.0.0"
    Port "8125"
</Plugin>
CONF
    serve collectd -f -C "$WORK/collectd.conf" -P "$WORK/collectd.pid"
    wait_udp 8125
    serve python3 -c 'import socket
s = socket.create_server(("", 8125))
while True:
    c, _ = s.accept()
    while c.recv(4096):
        pass
    c.close()'
    wait_tcp 8125
}

case_statsd_metrics() {
    about "A counter, a sampled one, a gauge set and changed, a timer, a set; several in one datagram."
    made_with dpkg-query -Wf 'python3-statsd ${Version}' python3-statsd
    made_with dpkg-query -Wf 'collectd ${Version}' collectd-core
    capture udp port 8125
    client /usr/bin/python3 -c "import random, statsd
random.seed(3)
c = statsd.StatsClient('$SERVER', 8125, prefix='shop')
c.incr('sold'); c.incr('seen', 2, rate=0.9); c.gauge('open', 1); c.gauge('open', -1, delta=True)
c.timing('door', 320); c.set('users', 'amy')
with c.pipeline() as p:
    p.incr('sold'); p.decr('seen'); p.timing('door', 12.5)"
}

case_statsd_stream() {
    about "The same client over TCP."
    made_with dpkg-query -Wf 'python3-statsd ${Version}' python3-statsd
    capture tcp port 8125
    client /usr/bin/python3 -c "import statsd
c = statsd.TCPStatsClient('$SERVER', 8125, prefix='shop')
c.incr('sold'); c.gauge('open', 1); c.timing('door', 320); c.close()"
}

case_statsd_datadog() {
    about "Metrics with tags, a histogram, a distribution, an event and a service check."
    node_package hot-shots
    capture udp port 8125
    node_client "
        const StatsD = require('hot-shots');
        const c = new StatsD({host: '$SERVER', port: 8125, prefix: 'shop.',
            globalTags: {till: '3'}, cacheDns: true});
        c.increment('sold', 2, ['fruit:apple']);
        c.histogram('price', 50, {fruit: 'apple'});
        c.distribution('weight', 0.2);
        c.event('The shop opens', 'Two tills\nare manned', {priority: 'low', alert_type: 'info'});
        c.check('door', c.CHECKS.WARNING, {hostname: 'till', message: 'it squeaks'}, ['side:left']);
        setTimeout(() => c.close(() => process.exit(0)), 800);"
}
