# SPDX-License-Identifier: Apache-2.0
# STOMP: the brokers RabbitMQ and ActiveMQ, the client stomp.py. Packages: rabbitmq-server activemq
# default-jdk-headless python3-stomp

area_stomp() {
    rabbit_serve
    serve $(openwire_java) broker $SERVER
    wait_tcp 61614
}

stomp_tools() {
    made_with /usr/bin/python3 -c 'import stomp; print("stomp.py", *stomp.__version__)'
}

# A login, a subscription, a message there and back; or a login that is refused.
stomp_client() { # port user password
    client timeout 20 /usr/bin/python3 -c "
import stomp, sys, time
connection = stomp.Connection12([('$SERVER', $1)], reconnect_attempts_max=1,
                                vhost='/')
try:
    connection.connect('$2', '$3', wait=True)
except Exception as refused:
    sys.exit(print(repr(refused)))
connection.subscribe('/queue/orders', id='1')
connection.send('/queue/orders', 'two apples', content_type='text/plain')
time.sleep(0.5)
connection.disconnect()"
}

case_stomp_rabbitmq() {
    about "STOMP 1.2 with RabbitMQ: a queue written and read; a wrong password."
    amqp_server
    stomp_tools
    capture tcp port 61613
    stomp_client 61613 guest guest
    stomp_client 61613 guest wrong
}

case_stomp_activemq() {
    about "STOMP 1.2 with ActiveMQ: a queue written and read; a wrong password."
    openwire_tools
    stomp_tools
    capture tcp port 61614
    stomp_client 61614 amy secret
    stomp_client 61614 amy wrong
}
