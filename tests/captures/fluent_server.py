#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""fluent_server.py: as much of a receiver of Fluent Forward as its clients need.

    fluent_server.py PORT           acknowledges chunks
    fluent_server.py PORT SECRET    wants that shared key first
"""
import hashlib
import os
import socketserver
import sys

import msgpack

SECRET = sys.argv[2] if len(sys.argv) > 2 else None
NAME = "collector.example"


def digest(*parts):
    return hashlib.sha512(b"".join(p if isinstance(p, bytes) else p.encode() for p in parts)).hexdigest()


class Receiver(socketserver.BaseRequestHandler):
    def send(self, item):
        self.request.sendall(msgpack.packb(item))

    def login(self, ping):
        _, host, salt, hashed = ping[:4]
        good = hashed == digest(salt, host, self.nonce, SECRET)
        answer = digest(salt, NAME, self.nonce, SECRET) if good else ""
        self.send(["PONG", good, "" if good else "shared_key mismatch", NAME, answer])

    def handle(self):
        unpacker = msgpack.Unpacker(strict_map_key=False)
        if SECRET:
            self.nonce = os.urandom(16)
            self.send(["HELO", {"nonce": self.nonce, "auth": b"", "keepalive": True}])
        while data := self.request.recv(65536):
            unpacker.feed(data)
            for item in unpacker:
                if item[0] == "PING" and len(item) == 6:
                    self.login(item)
                elif isinstance(item[-1], dict) and "chunk" in item[-1]:
                    self.send({"ack": item[-1]["chunk"]})


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("", int(sys.argv[1])), Receiver).serve_forever()
