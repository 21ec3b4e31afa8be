#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tns.py: a listener of Oracle that knows one service, and a client that asks it as Oracle's do.

    tns.py serve ADDRESS PORT
    tns.py talk ADDRESS PORT"""
import socket
import socketserver
import struct
import sys

CONNECT, ACCEPT, REFUSE, DATA, RESEND = 1, 2, 4, 6, 11
CHUNK = 32767
SDU = 8192
SERVICE = "shop"


def packet(kind, body, wide):
    size = len(body) + 8
    head = struct.pack(">I", size) if wide else struct.pack(">HH", size, 0)
    return head + bytes([kind, 0, 0, 0]) + body


def number(n):
    """In the fewest bytes, their count in front."""
    out = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([len(out)]) + out


def text(words):
    words = words.encode()
    if len(words) <= 252:
        return bytes([len(words)]) + words
    chunks = [words[at : at + CHUNK] for at in range(0, len(words), CHUNK)]
    return b"\xfe" + b"".join(number(len(c)) + c for c in chunks) + b"\0"


def pair(name, value):
    return number(len(name)) + text(name) + number(len(value)) + text(value) + b"\0"


class Wire:
    """Packets both ways over one socket."""

    def __init__(self, sock):
        self.sock, self.wide = sock, False

    def bytes(self, n):
        out = b""
        while len(out) < n:
            more = self.sock.recv(n - len(out))
            if not more:
                raise EOFError
            out += more
        return out

    def read(self):
        head = self.bytes(8)
        size = struct.unpack(">I" if self.wide else ">H", head[: 4 if self.wide else 2])[0]
        return head[4], self.bytes(size - 8)

    def send(self, kind, body):
        self.sock.sendall(packet(kind, body, self.wide))

    def data(self, payload):
        most = SDU - 10
        for at in range(0, len(payload), most):
            self.send(DATA, b"\0\0" + payload[at : at + most])


class Session(socketserver.BaseRequestHandler):
    """One client."""

    def connect(self, wire):
        kind, body = wire.read()
        size, offset = struct.unpack_from(">HH", body, 16)
        words = body[offset - 8 :] if offset - 8 < len(body) else b""
        if size and not words:
            words = wire.read()[1][2:]
        if ("SERVICE_NAME=%s)" % SERVICE).encode() not in words:
            why = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)" \
                  b"(EMFI=4))))"
            wire.send(REFUSE, b"\x22\0" + struct.pack(">H", len(why)) + why)
            return False
        body = struct.pack(">HHHHHHHBB", 319, 0x0C41, SDU, 65535, 256, 0, 45, 0x41, 1)
        wire.send(ACCEPT, body + b"\0" * 8 + struct.pack(">II", SDU, 65535) + b"\0" * 5)
        wire.wide = True
        return True

    def answer(self, payload):
        if payload[0] == 1:
            return b"\1\6\0x86_64/Linux 2.4.xx\0"
        if payload[:2] == b"\3\x73" and b"\7mallory" in payload:
            words = "ORA-01017: invalid username/password; logon denied\n"
            return b"\4" + number(1) + number(1017) + b"\0\0" + text(words)
        if payload[:2] in (b"\3\x76", b"\3\x73"):
            return b"\x08" + number(1) + pair("AUTH_VERSION_STRING", "- Production")
        if b"salaries" in payload:
            words = "ORA-00942: table or view does not exist\n"
            return b"\4" + number(1) + number(942) + b"\0\0" + text(words)
        if payload[:2] == b"\3\x5e":
            return b"\x10\x17" + text("shoe") + text("sock") + b"\x09" + number(1)
        return b"\x09" + number(1)

    def handle(self):
        wire = Wire(self.request)
        try:
            if not self.connect(wire):
                return
            while True:
                kind, body = wire.read()
                if kind == DATA and (body[2] in (1, 3, 0x11)):
                    while len(body) == SDU - 8:  # the call goes on
                        more = wire.read()[1]
                        body += more[2:]
                        if len(more) < SDU - 8:
                            break
                    wire.data(self.answer(body[2:]))
        except (EOFError, ConnectionError):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def open_session(address, port, user):
    wire = Wire(socket.create_connection((address, port)))
    words = "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=%s)(CID=(PROGRAM=shop)(HOST=web1)(USER=www)))" \
            "(ADDRESS=(PROTOCOL=tcp)(HOST=%s)(PORT=%d)))" % (SERVICE, address, port)
    body = struct.pack(">HHHHHHHHHH", 319, 300, 0, SDU, 32767, 0x4F98, 0, 1, len(words), 74)
    wire.send(CONNECT, body + b"\0" * (66 - len(body)) + words.encode())
    wire.read()
    wire.wide = True
    wire.data(b"\1\6\0shop client\0")
    wire.read()
    for code, first in ((0x76, "AUTH_TERMINAL"), (0x73, "AUTH_PASSWORD")):
        login = bytes([3, code, 1, 1]) + number(len(user)) + number(1) + b"\1" + number(1) + b"\1\1"
        wire.data(login + text(user) + pair(first, "unknown"))
        if wire.read()[1][2] == 4:
            return None
    return wire


def execute(wire, statement, *values):
    call = b"\3\x5e\3" + number(0x8061) + number(0) + b"\1" + number(len(statement)) + b"\1"
    call += number(13) + b"\0\0" + number(0) + number(1) + number(0x7FFFFFFF) + b"\0" * 12
    wire.data(call + text(statement) + number(1) + b"".join(text(v) for v in values))
    wire.read()


def talk(address, port):
    open_session(address, port, "mallory")
    wire = open_session(address, port, "shop")
    execute(wire, "SELECT name FROM items WHERE price < :1", "15")
    execute(wire, "BEGIN report('" + "x" * 40000 + "'); END;", "a value")
    execute(wire, "SELECT * FROM salaries")
    wire.data(b"\3\x0e\4")
    wire.read()
    wire.data(b"\3\x09\5")


if __name__ == "__main__":
    where = (sys.argv[2], int(sys.argv[3]))
    if sys.argv[1] == "talk":
        talk(*where)
    else:
        Server(where, Session).serve_forever()
