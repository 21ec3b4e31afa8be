# SPDX-License-Identifier: Apache-2.0
"""What a Couchbase client and its server say, as the SDKs do since 2017."""
import struct


def message(magic, op, key=b"", extras=b"", value=b"", status=0, opaque=0, datatype=0, framing=b""):
    body = framing + extras + key + value
    if magic in (0x08, 0x18):
        lengths = bytes([len(framing), len(key)])
    else:
        lengths = struct.pack(">H", len(key))
    head = struct.pack(">BB2sBBHII8x", magic, op, lengths, len(extras), datatype, status,
                       len(body), opaque)
    return head + body


def ask(op, **more):
    return message(0x80, op, **more)


def answer(op, **more):
    return message(0x81, op, **more)


AGENT = b'{"a":"libcouchbase/3.3.1 (Linux-6.1.0; x86_64)","i":"00000000a1b2c3d4/5e6f7a8b9c0d1e2f"}'
FEATURES = struct.pack(">6H", 0x03, 0x06, 0x07, 0x0B, 0x10, 0x12)
CONFIG = b'{"rev":12,"name":"travel","nodeLocator":"vbucket","nodes":[{"hostname":"10.20.0.1:8091"}]}'

SESSION = [
    ("client", ask(0x1F, key=AGENT, value=FEATURES, opaque=1) + ask(0xFE, value=b"\0\1", opaque=2)
     + ask(0x20, opaque=3)),
    ("server", answer(0x1F, value=FEATURES, opaque=1)
     + answer(0xFE, value=b'{"version":1,"revision":4,"errors":{}}', opaque=2, datatype=1)
     + answer(0x20, value=b"SCRAM-SHA512 SCRAM-SHA256 SCRAM-SHA1 PLAIN", opaque=3)),
    ("client", ask(0x21, key=b"SCRAM-SHA512", value=b"n,,n=shopper,r=f3a1c9d0e2b4", opaque=4)),
    ("server", answer(0x21, value=b"r=f3a1c9d0e2b4Zx81,s=c2FsdHNhbHQ=,i=4096", status=0x21, opaque=4)),
    ("client", ask(0x22, key=b"SCRAM-SHA512", value=b"c=biws,r=f3a1c9d0e2b4Zx81,p=" + b"QUJD" * 21,
                   opaque=5)),
    ("server", answer(0x22, value=b"v=" + b"REVG" * 21, opaque=5)),
    ("client", ask(0x89, key=b"travel", opaque=6) + ask(0xB5, opaque=7)),
    ("server", answer(0x89, opaque=6) + answer(0xB5, value=CONFIG, opaque=7, datatype=1)),
    ("client", message(0x08, 0x01, framing=b"\x11\x01", key=b"\x00airline_10", extras=bytes(8),
                       value=b'{"name":"40-Mile Air"}', opaque=8, datatype=1, status=0x1A)),
    ("server", message(0x18, 0x01, framing=b"\x02\x00\x21", value=b"", opaque=8)),
    ("client", ask(0x00, key=b"\x00airline_10", opaque=9, status=0x1A)),
    ("server", message(0x18, 0x00, framing=b"\x02\x00\x0e", extras=b"\x02\0\0\0",
                       value=b'{"name":"40-Mile Air"}', opaque=9, datatype=1)),
    ("client", ask(0x00, key=b"\x00nobody", opaque=10, status=0x2B)),
    ("server", answer(0x00, status=0x01, opaque=10)),
]

REFUSED = [
    ("client", ask(0x1F, key=AGENT, value=FEATURES, opaque=1)
     + ask(0x21, key=b"PLAIN", value=b"\0shopper\0wrong", opaque=2)),
    ("server", answer(0x1F, value=FEATURES, opaque=1) + answer(0x21, status=0x20, opaque=2)),
]
