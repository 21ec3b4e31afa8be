#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""talk.py: two ends of a conversation whose words are written down, for protocols without free software.

    talk.py server PORT MODULE NAME         answers one connection
    talk.py client HOST PORT MODULE NAME    opens it

MODULE is a file beside this one; its NAME is a list of ("client" or "server", bytes). Each end says
its own words, and waits for as many bytes of the other's as are written down before them.
"""
import importlib
import os
import socket
import sys


def receive(s, n):
    while n:
        data = s.recv(n)
        if not data:
            raise SystemExit("talk.py: the other end is gone")
        n -= len(data)


def talk(s, me, turns):
    for who, data in turns:
        if who == me:
            s.sendall(data)
        else:
            receive(s, len(data))


def main(args):
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    turns = getattr(importlib.import_module(args[-2]), args[-1])
    if args[0] == "server":
        listener = socket.create_server(("", int(args[1])))
        s, _ = listener.accept()
    else:
        s = socket.create_connection((args[1], int(args[2])))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with s:
        talk(s, args[0], turns)
        if args[0] == "server":
            s.recv(1)  # until the client closes


main(sys.argv[1:])
