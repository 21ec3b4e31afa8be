# SPDX-License-Identifier: Apache-2.0
"""What a ClickHouse client and its server say at revision 54460."""
import struct

REVISION = 54460


def number(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def text(s):
    return number(len(s)) + s


def hello(user, password):
    return (number(0) + text(b"ClickHouse client") + number(23) + number(3) + number(REVISION)
            + text(b"shop") + text(user) + text(password))


WELCOME = (number(0) + text(b"ClickHouse") + number(23) + number(3) + number(REVISION)
           + text(b"Etc/UTC") + text(b"db.example") + number(1))
ADDENDUM = text(b"")
INFO = number(1) + b"\0" + number(2) + struct.pack("<i", -1) + number(0)
EMPTY = number(2) + text(b"") + INFO + number(0) + number(0)
END = number(5)


def query(identity, statement):
    origin = (b"\1" + text(b"") + text(identity) + text(b"0.0.0.0:0") + bytes(8) + b"\1"
              + text(b"shopper") + text(b"client.example") + text(b"ClickHouse client") + number(23)
              + number(3) + number(REVISION) + text(b"") + number(0) + number(1) + b"\0"
              + number(0) + number(0) + number(0))
    settings = text(b"max_threads") + number(0) + text(b"2") + text(b"")
    return (number(1) + text(identity) + origin + settings + text(b"") + number(2) + number(0)
            + text(statement) + text(b"") + EMPTY)


def block(columns, rows):
    """Columns are (name, type, bytes of all rows)."""
    out = number(1) + text(b"") + INFO + number(len(columns)) + number(rows)
    for name, kind, data in columns:
        out += text(name) + text(kind) + b"\0" + (data if rows else b"")
    return out


def exception(code, message):
    return (number(2) + struct.pack("<i", code) + text(b"DB::Exception") + text(message)
            + text(b"0. DB::Exception::Exception() @ 0xe1f9fd5") + b"\0")


ITEMS = [(b"name", b"String", text(b"shoe") + text(b"sock")),
         (b"price", b"UInt32", struct.pack("<II", 12, 3))]
PROGRESS = number(3) + number(2) + number(40) + number(2) + number(0) + number(0) + number(91021)
PROFILE = number(6) + number(2) + number(1) + number(40) + b"\0" + number(0) + b"\0"

SESSION = [
    ("client", hello(b"alice", b"secret")),
    ("server", WELCOME),
    ("client", ADDENDUM),
    ("client", number(4)),
    ("server", number(4)),
    ("client", query(b"3f6c1a52-01", b"SELECT name, price FROM items WHERE price < 15")),
    ("server", block(ITEMS, 0)),
    ("server", PROGRESS + PROFILE + END),
    ("client", query(b"3f6c1a52-02", b"SELECT * FROM nowhere")),
    ("server", exception(60, b"Table shop.nowhere does not exist")),
    ("client", query(b"3f6c1a52-03", b"SELECT name, price FROM items")),
    ("server", block(ITEMS, 0) + block(ITEMS, 2) + PROFILE + END),
    ("client", query(b"3f6c1a52-04", b"DROP TABLE items")),
    ("server", exception(497, b"alice: Not enough privileges")),
]

REFUSED = [
    ("client", hello(b"alice", b"wrong")),
    ("server", exception(516, b"alice: Authentication failed: password is incorrect")),
]
