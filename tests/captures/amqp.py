# SPDX-License-Identifier: Apache-2.0
"""What pika does for the captures of AMQP 0-9-1, and a client of RabbitMQ's stream protocol, for the
one of Node.js wants a newer server.

    amqp.py messages ADDRESS           queues, an exchange, messages, a queue that is not there
    amqp.py login ADDRESS USER PASSWORD VHOST
    amqp.py stream ADDRESS PASSWORD    a stream made and written
"""
import socket
import struct
import sys

import pika
from pika.exceptions import AMQPError, ChannelClosedByBroker


def connect(address, user="guest", password="guest", vhost="/"):
    login = pika.PlainCredentials(user, password)
    return pika.BlockingConnection(pika.ConnectionParameters(address, 5672, vhost, login))


def messages(address):
    connection = connect(address)
    channel = connection.channel()
    channel.exchange_declare("shop", "topic")
    channel.queue_declare("orders", durable=False)
    channel.queue_bind("orders", "shop", "order.*")
    text = pika.BasicProperties(content_type="text/plain", headers={"kind": "fruit"})
    channel.basic_publish("shop", "order.new", b"two apples", text)
    channel.basic_publish("", "orders", b"three pears" * 500)
    channel.basic_get("orders", auto_ack=True)
    for method, _, _ in channel.consume("orders", inactivity_timeout=2):
        channel.basic_ack(method.delivery_tag)
        break
    channel.cancel()
    channel.queue_delete("orders")
    try:
        channel.queue_declare("missing", passive=True)
    except ChannelClosedByBroker as closed:
        print(closed)
    connection.close()


def login(address, user, password, vhost):
    try:
        connect(address, user, password, vhost).close()
    except AMQPError as refused:
        print(repr(refused))


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def stream(address, password):
    to = socket.create_connection((address, 5552))
    correlation = 0

    def receive():
        size = struct.unpack(">i", to.recv(4, socket.MSG_WAITALL))[0]
        return to.recv(size, socket.MSG_WAITALL)

    def send(key, body):
        to.sendall(struct.pack(">iHh", len(body) + 4, key, 1) + body)

    def ask(key, body=b""):
        nonlocal correlation
        correlation += 1
        send(key, struct.pack(">i", correlation) + body)
        while True:
            reply = receive()
            kind, _, asked, code = struct.unpack_from(">HHIH", reply)
            if kind == key | 0x8000 and asked == correlation:
                return code

    ask(17, struct.pack(">i", 2) + string("product") + string("till") + string("version") +
        string("1.0"))
    ask(18)
    token = b"\0guest\0" + password.encode()
    if ask(19, string("PLAIN") + struct.pack(">i", len(token)) + token) != 1:
        return
    receive()  # what the server wants to be tuned to
    send(20 | 0x8000, struct.pack(">ii", 1048576, 60))
    ask(21, string("/"))
    ask(13, string("logs") + struct.pack(">i", 0))
    ask(1, struct.pack(">B", 1) + string("me") + string("logs"))
    send(2, struct.pack(">Biqi", 1, 1, 1, 13) + b"\0\x53\x75\xa0\x08" + b"2 apples")
    receive()
    ask(22, struct.pack(">h", 1) + string("bye"))


{"messages": messages, "login": login, "stream": stream}[sys.argv[1]](*sys.argv[2:])
