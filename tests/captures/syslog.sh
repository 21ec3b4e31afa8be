# SPDX-License-Identifier: Apache-2.0
# rsyslog, and logger of util-linux. Packages: rsyslog rsyslog-relp bsdutils

area_syslog() {
    local dir=$WORK/syslog
    mkdir -p "$dir/spool"
    cat >"$dir/server.conf" <<C
global(workDirectory="$dir/spool")
module(load="imudp") module(load="imtcp") module(load="imrelp")
input(type="imudp" port="514" address="$SERVER")
input(type="imtcp" port="514" address="$SERVER")
input(type="imrelp" port="2514" address="$SERVER")
action(type="omfile" file="$dir/received")
C
    serve rsyslogd -n -f "$dir/server.conf" -i "$dir/server.pid"
    wait_tcp 514
    wait_tcp 2514
    wait_udp 514
}

syslog_tools() {
    made_with rsyslogd -v
    made_with logger --version
}

logs() { client logger -n $SERVER "$@"; } # options of logger

case_syslog_udp() {
    about "Datagrams of logger: RFC 5424 with structured data, a short one, and the old form."
    syslog_tools
    capture udp port 514
    logs -d -P 514 -p auth.warning -t login --msgid LOGIN --sd-id 'origin@32473' \
        --sd-param 'site="paris"' 'Failed login of john from 10.20.0.9'
    logs -d -P 514 -p local3.notice -t shop 'order 1234 paid'
    logs -d -P 514 --rfc3164 -p mail.err -t postfix 'queue is full'
}

case_syslog_lines() {
    about "Messages over TCP that end with a line feed, one connection each: RFC 5424 and RFC 3164."
    syslog_tools
    capture tcp port 514
    printf 'order 1 paid\norder 2 paid\norder 3 refused\n' >"$WORK/orders"
    logs -T -P 514 -p local3.notice -t shop -f "$WORK/orders"
    logs -T -P 514 --rfc3164 -p daemon.info -t backup 'night run done'
}

case_syslog_counted() {
    about "Messages over TCP with their length before them (RFC 6587 octet counting)."
    syslog_tools
    capture tcp port 514
    printf 'order 1 paid\norder 2 paid\norder 3 refused\n' >"$WORK/orders"
    logs -T -P 514 --octet-count -p local3.crit -t shop -f "$WORK/orders"
}

case_syslog_relp() {
    about "Three messages from one rsyslog to another with RELP, where each is acknowledged."
    made_with rsyslogd -v
    capture tcp port 2514
    local dir=$WORK/relp pid
    mkdir -p "$dir"
    cat >"$dir/client.conf" <<C
global(workDirectory="$dir")
module(load="imuxsock" sysSock.use="off")
module(load="omrelp")
input(type="imuxsock" socket="$dir/log")
action(type="omrelp" target="$SERVER" port="2514" template="RSYSLOG_SyslogProtocol23Format")
C
    beside rsyslogd -n -f "$dir/client.conf" -i "$dir/client.pid"
    pid=$!
    sleep 1
    client logger -u "$dir/log" -p authpriv.notice -t sudo 'john : COMMAND=/bin/cat /etc/shadow'
    client logger -u "$dir/log" -p kern.warning -t kernel 'eth0: link down'
    client logger -u "$dir/log" -p local0.debug -t shop 'price of item 7 is 20'
    sleep 1
    stop $pid
}
