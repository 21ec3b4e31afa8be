#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zeromq_talk.py: both ends of ZeroMQ's sockets, by its own library.

    zeromq_talk.py server KEYS                  answers on 5555, publishes on 5556, 5557 wants the
                                                user amy, 5558 a key; KEYS is where its own is put
    zeromq_talk.py request|subscribe|sealed HOST [KEYS]
    zeromq_talk.py login HOST PASSWORD
"""
import os
import sys
import time

import zmq
from zmq.auth.thread import ThreadAuthenticator


def serve(keys):
    context = zmq.Context()
    guard = ThreadAuthenticator(context)
    guard.start()
    guard.configure_plain(domain="*", passwords={"amy": "secret"})
    guard.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
    poller, sockets = zmq.Poller(), []
    for port, kind in ((5555, zmq.ROUTER), (5556, zmq.PUB), (5557, zmq.REP), (5558, zmq.REP)):
        socket = context.socket(kind)
        sockets.append(socket)
        if port == 5557:
            socket.plain_server = True
        if port == 5558:
            public, secret = zmq.curve_keypair()
            socket.curve_secretkey, socket.curve_server = secret, True
            with open(keys, "wb") as out:
                out.write(public)
        socket.bind(f"tcp://*:{port}")
        if kind != zmq.PUB:
            poller.register(socket, zmq.POLLIN)
    while True:
        for socket, _ in poller.poll(100):
            parts = socket.recv_multipart()
            socket.send_multipart(parts[:-1] + [b"answer to " + parts[-1][:32]])
        sockets[1].send_multipart([b"price.apple", b"0.50"])


def connect(socket, host, port):
    socket.linger = 1000
    socket.rcvtimeo = 3000
    socket.connect(f"tcp://{host}:{port}")
    return socket


def ask(socket, *messages):
    for message in messages:
        socket.send(message)
        socket.recv()
    socket.close()


def main(what, host, *rest):
    context = zmq.Context()
    if what == "request":
        socket = context.socket(zmq.REQ)
        socket.identity = b"till-1"
        ask(connect(socket, host, 5555), b"two apples", b"x" * 2000)
    elif what == "subscribe":
        socket = context.socket(zmq.SUB)
        socket.subscribe(b"price.")
        connect(socket, host, 5556)
        socket.recv_multipart()
        socket.unsubscribe(b"price.")
        time.sleep(0.3)
        socket.close()
    elif what == "login":
        socket = context.socket(zmq.REQ)
        socket.plain_username, socket.plain_password = b"amy", rest[0].encode()
        ask(connect(socket, host, 5557), b"hello")
    else:
        socket = context.socket(zmq.REQ)
        with open(rest[0], "rb") as key:
            socket.curve_serverkey = key.read()
        socket.curve_publickey, socket.curve_secretkey = zmq.curve_keypair()
        ask(connect(socket, host, 5558), b"hello")
    context.term()


if sys.argv[1] == "version":
    print("libzmq", zmq.zmq_version(), "pyzmq", zmq.__version__)
elif sys.argv[1] == "server":
    os.umask(0o022)
    serve(sys.argv[2])
else:
    main(*sys.argv[1:])
