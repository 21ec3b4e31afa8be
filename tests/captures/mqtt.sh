# SPDX-License-Identifier: Apache-2.0
# MQTT: the broker mosquitto and its clients. Packages: mosquitto mosquitto-clients

area_mqtt() {
    printf 'per_listener_settings true\nlistener 1885 %s\nallow_anonymous false\n' $SERVER \
        >"$WORK/closed.conf"
    printf 'listener 1883 %s\nallow_anonymous true\n' $SERVER >"$WORK/open.conf"
    mosquitto_passwd -b -c "$WORK/users" amy secret
    chmod 644 "$WORK/users"
    printf 'password_file %s\n' "$WORK/users" >>"$WORK/closed.conf"
    serve mosquitto -c "$WORK/open.conf"
    serve mosquitto -c "$WORK/closed.conf"
    wait_tcp 1883
    wait_tcp 1885
}

mqtt_tools() {
    made_with sh -c 'mosquitto -h | head -1'
}

# Somebody listens while something is published.
mqtt_listen() { # options
    (client timeout 4 mosquitto_sub -h $SERVER -i ear -C 1 "$@") &
    sleep 0.7
}

case_mqtt_v5() {
    about "MQTT 5: a subscription, a publication with properties and QoS 2, a retained one, a will."
    mqtt_tools
    capture tcp port 1883
    mqtt_listen -V mqttv5 -t 'shop/#' -q 2 -x 60
    client mosquitto_pub -V mqttv5 -h $SERVER -i till -t shop/orders -m 'two apples' -q 2 \
        -D publish content-type text/plain -D publish response-topic shop/answers \
        --will-topic shop/gone --will-payload bye
    wait -n || true
    client mosquitto_pub -V mqttv5 -h $SERVER -i till -t shop/state -m open -r -q 1
}

case_mqtt_v311() {
    about "MQTT 3.1.1: QoS 0 and 1, an unsubscription, a password that nobody asked for."
    mqtt_tools
    capture tcp port 1883
    mqtt_listen -V mqttv311 -t 'shop/+' -q 1 -U none
    client mosquitto_pub -V mqttv311 -h $SERVER -i till -u amy -P secret -t shop/orders -m a -q 1
    wait -n || true
    client mosquitto_pub -V mqttv311 -h $SERVER -i till -t shop/orders -m b
}

case_mqtt_v31() {
    about "MQTT 3.1."
    mqtt_tools
    capture tcp port 1883
    mqtt_listen -V mqttv31 -t orders
    client mosquitto_pub -V mqttv31 -h $SERVER -i till -t orders -m 'two apples'
    wait -n || true
}

case_mqtt_refused() {
    about "A broker with users: nobody, a wrong password, and the right one; in MQTT 3.1.1 and 5."
    mqtt_tools
    capture tcp port 1885
    local v
    for v in mqttv311 mqttv5; do
        try mosquitto_pub -V $v -h $SERVER -p 1885 -i till -t orders -m a
        try mosquitto_pub -V $v -h $SERVER -p 1885 -i till -u amy -P wrong -t orders -m a
    done
    client mosquitto_pub -h $SERVER -p 1885 -i till -u amy -P secret -t orders -m a
}
