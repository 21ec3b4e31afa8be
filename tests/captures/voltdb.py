# SPDX-License-Identifier: Apache-2.0
"""What a VoltDB client and its server say: login, calls, a statement, a refusal."""
import hashlib
import struct


def frame(body):
    return struct.pack(">I", len(body)) + body


def text(s):
    return struct.pack(">I", len(s)) + s


def login(user, password):
    return frame(b"\1\1" + text(b"database") + text(user) + hashlib.sha256(password).digest())


def call(procedure, handle, *params):
    body = b"\0" + text(procedure) + struct.pack(">QH", handle, len(params))
    return frame(body + b"".join(b"\x09" + text(p) for p in params))


def result(handle, status=1, reason=b""):
    fields = 0x20 if reason else 0
    body = struct.pack(">BQBb", 0, handle, fields, status) + (text(reason) if reason else b"")
    return frame(body + struct.pack(">bIH", -128, 1, 0))


WELCOME = frame(b"\0\0" + struct.pack(">IQQ", 0, 17, 1700000000000) + bytes([10, 20, 0, 1])
                + text(b"volt_9.3.2_1_g1234567_community"))

SESSION = [
    ("client", login(b"alice", b"secret")),
    ("server", WELCOME),
    ("client", call(b"@Ping", 1)),
    ("server", result(1)),
    ("client", call(b"@AdHoc", 2, b"SELECT name, price FROM items WHERE price < 15;")),
    ("server", result(2)),
    ("client", call(b"@AdHoc", 3, b"SELECT * FROM nowhere;")),
    ("server", result(3, -2, b"object not found: NOWHERE")),
    ("client", call(b"AddItem", 4, b"hat")),
    ("server", result(4)),
]

REFUSED = [
    ("client", login(b"alice", b"wrong")),
    ("server", frame(b"\0\xff")),
]
