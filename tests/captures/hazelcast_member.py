#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hazelcast_member.py: a Hazelcast member as far as its clients log in: hazelcast_member.py PORT

The user `amy` and whoever gives none is let in; whatever is asked afterwards is answered with an
empty message. Clients of version 3 are told the same in their own form.
"""
import socketserver
import struct
import sys

EDGES, FINAL, BEGIN, END, NULL = 0xC000, 0x2000, 0x1000, 0x0800, 0x0400
AUTHENTICATION, ANSWER_OF_3 = 0x100, 107


def frame(content, flags=0):
    return struct.pack("<IH", len(content) + 6, flags) + content


class Member(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def exactly(self, n):
        data = self.rfile.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def message(self):
        frames, flags = [], 0
        while not flags & FINAL:
            length, flags = struct.unpack("<IH", self.exactly(6))
            frames.append(self.exactly(length - 6))
        return frames

    def current(self):
        while True:
            frames = self.message()
            kind, correlation = struct.unpack_from("<IQ", frames[0])
            head = struct.pack("<IQB", kind + 1, correlation, 0)
            if kind == AUTHENTICATION:
                status = 0 if frames[2] in (b"", b"amy") else 1
                head += struct.pack("<B?16sBi?16s?", status, status > 0, b"m" * 16, 1, 271, False, b"c" * 16, False)
                address = frame(b"", BEGIN) + frame(struct.pack("<i", 5701)) + frame(b"10.20.0.1") + frame(b"", END)
                self.request.sendall(frame(head, EDGES) + address + frame(b"5.3.1", FINAL))
            else:
                self.request.sendall(frame(head + bytes(24), EDGES | FINAL))

    def old(self):
        def text(s):
            return struct.pack("<I", len(s)) + s

        while True:
            length, _, _, _, correlation, partition, _ = struct.unpack("<IBBHQiH", self.exactly(22))
            body = self.exactly(length - 22)
            status = 0 if body[4:7] in (b"amy", b"dev") else 1
            body = bytes([status]) + b"\0" + text(b"10.20.0.1") + struct.pack("<i", 5701)
            body += b"\0" + text(b"uuid") + b"\0" + text(b"owner") + b"\1" + text(b"3.12") + b"\1"
            self.request.sendall(
                struct.pack("<IBBHQiH", 22 + len(body), 1, 0xC0, ANSWER_OF_3, correlation, partition, 22) + body
            )

    def handle(self):
        try:
            letters = self.exactly(3)
            if letters == b"CP2":
                self.current()
            elif letters == b"CB2":
                self.old()
        except (EOFError, ConnectionError):
            pass


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("", int(sys.argv[1])), Member).serve_forever()
