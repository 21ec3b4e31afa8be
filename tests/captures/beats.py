#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""beats.py: the two ends of Lumberjack 2, as Beats and Logstash speak it; the server knows 1, too.

    beats.py server PORT               answers every window, on its way once with how far it is
    beats.py client HOST PORT LEVEL    two batches; LEVEL is that of zlib, 0 = not compressed
"""
import json
import socket
import socketserver
import struct
import sys
import zlib


def frame(kind, *numbers, data=b""):
    return b"2" + kind + struct.pack(f">{len(numbers)}I", *numbers) + data


class Reader:
    """Frames of a connection."""

    def __init__(self, read):
        self.read = read

    def number(self):
        return struct.unpack(">I", self.read(4))[0]

    def frames(self):
        while head := self.read(2):
            if head[1:] == b"W":
                yield "window", self.number()
            elif head[1:] == b"J":
                number = self.number()
                yield "event", (number, json.loads(self.read(self.number())))
            elif head[1:] == b"D":
                number, event = self.number(), {}
                for _ in range(self.number()):
                    key = self.read(self.number())
                    event[key] = self.read(self.number())
                yield "event", (number, event)
            elif head[1:] == b"C":
                plain = zlib.decompress(self.read(self.number()))
                at = 0

                def inner(n):
                    nonlocal at
                    at += n
                    return plain[at - n:at]
                yield from Reader(inner).frames()
            else:
                raise ValueError(head)


class Receiver(socketserver.StreamRequestHandler):
    def handle(self):
        version, window, seen = b"2", 0, 0

        def read(n):
            nonlocal version
            data = self.rfile.read(n)
            if n == 2 and data[1:] == b"W":
                version = data[:1]
            return data
        for what, value in Reader(read).frames():
            if what == "window":
                window, seen = value, 0
                continue
            seen += 1
            if version == b"2" and seen == 1 and window > 1:
                self.wfile.write(b"2A" + struct.pack(">I", 0))
            if version == b"1" or seen == window:
                self.wfile.write(version + b"A" + struct.pack(">I", value[0]))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def event(text):
    return {"@timestamp": "2024-01-02T03:04:05.678Z",
            "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.5.0"},
            "agent": {"type": "filebeat", "version": "8.5.0", "name": "till.example"},
            "host": {"name": "till.example"},
            "log": {"file": {"path": "/var/log/till.log"}}, "message": text}


def send(host, port, level):
    with socket.create_connection((host, port)) as s:
        stream = s.makefile("rb")
        for batch in (["two apples", "a pear", "a door opens"], ["closed"]):
            events = b""
            for i, text in enumerate(batch):
                data = json.dumps(event(text)).encode()
                events += frame(b"J", i + 1, len(data), data=data)
            s.sendall(frame(b"W", len(batch)))
            if level:
                packed = zlib.compress(events, level)
                events = frame(b"C", len(packed), data=packed)
            s.sendall(events)
            while stream.read(6) != frame(b"A", len(batch)):
                pass


if sys.argv[1] == "server":
    Server(("", int(sys.argv[2])), Receiver).serve_forever()
else:
    send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
