# SPDX-License-Identifier: Apache-2.0
"""What two nodes of Elasticsearch 7.17, and two of OpenSearch 2.4, say over the transport protocol:
handshake, a ping, a search, an action that fails."""
import struct

ANSWER, ERROR, HANDSHAKE = 1, 2, 8
ELASTIC = 7170399
OPEN = 2040199 ^ 0x08000000  # OpenSearch marks its numbers with this bit
PING = b"ES\xff\xff\xff\xff"
NO_HEADERS = b"\0\0"  # two maps


def vint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def text(s):
    return vint(len(s)) + s


def message(number, status, version, variable, body):
    rest = struct.pack(">QBI", number, status, version)
    rest += struct.pack(">I", len(variable)) + variable + body
    return b"ES" + struct.pack(">I", len(rest)) + rest


def ask(number, version, action, body, status=0):
    return message(number, status, version, NO_HEADERS + b"\0" + text(action), body)


def tell(number, version, body, status=0):
    return message(number, ANSWER | status, version, NO_HEADERS, body)


def session(version):
    number = vint(version)
    return [
        ("client", ask(1, version, b"internal:tcp/handshake", b"\0\4" + number, HANDSHAKE)),
        ("server", tell(1, version, number, HANDSHAKE)),
        ("client", PING),
        ("server", PING),
        ("client", ask(2, version, b"indices:data/read/search", b"\0" + text(b"shop") + b"apple")),
        ("server", tell(2, version, b"\1\3" + text(b"three hits"))),
        ("client", ask(3, version, b"cluster:admin/script/put", b"\0" + text(b"price"))),
        ("server", tell(3, version, text(b"not allowed"), ERROR)),
    ]


ELASTICSEARCH = session(ELASTIC)
OPENSEARCH = session(OPEN)
