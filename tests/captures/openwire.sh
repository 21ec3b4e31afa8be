# SPDX-License-Identifier: Apache-2.0
# ActiveMQ and its Java client. Packages: activemq default-jdk-headless

OPENWIRE_LIB=/usr/share/java

openwire_java() {
    echo java -cp "$OPENWIRE_LIB/activemq-broker.jar:$OPENWIRE_LIB/activemq-client.jar:$(
        )$OPENWIRE_LIB/activemq-openwire-legacy.jar:$OPENWIRE_LIB/activemq-stomp.jar:$(
        )$OPENWIRE_LIB/activemq-mqtt.jar:$OPENWIRE_LIB/activemq-jaas.jar:$(
        )$OPENWIRE_LIB/geronimo-jms_1.1_spec.jar:$OPENWIRE_LIB/geronimo-j2ee-management-1.1-spec.jar:$(
        )$OPENWIRE_LIB/slf4j-api.jar:$OPENWIRE_LIB/hawtbuf.jar:$OPENWIRE_LIB/mqtt-client.jar" \
        "$HERE/OpenWire.java"
}

area_openwire() {
    serve $(openwire_java) broker $SERVER
    wait_tcp 61616
}

openwire_tools() {
    VERSIONS+="- ActiveMQ $(dpkg-query -W -f '${Version}' activemq), its broker and client library"$'\n'
}

case_openwire_queue() {
    about "A login, a consumer and a producer of one queue, a text and bytes sent and received."
    openwire_tools
    capture tcp port 61616
    client $(openwire_java) client $SERVER amy secret
}

case_openwire_refused() {
    about "A login with the wrong password: the broker answers with an exception."
    openwire_tools
    capture tcp port 61616
    client $(openwire_java) client $SERVER amy wrong
}
