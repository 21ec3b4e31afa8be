#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gtp_talk.py: two ends of GTP's version 2 and of its charging part, for which there is no free software.

    gtp_talk.py server PORT sessions|charging
    gtp_talk.py client HOST PORT sessions|charging
"""
import socket
import struct
import sys


def element(kind, value, instance=0):
    return bytes([kind]) + struct.pack(">HB", len(value), instance) + value


def message(kind, teid, seq, *elements):
    head = struct.pack(">I", teid) if teid is not None else b""
    body = head + seq.to_bytes(3, "big") + b"\0" + b"".join(elements)
    return bytes([0x48 if head else 0x40, kind]) + struct.pack(">H", len(body)) + body


def charging(kind, seq, body):
    return bytes([0x2E, kind]) + struct.pack(">HH", len(body), seq) + body


def digits(text):
    text += "f" * (len(text) % 2)
    return bytes(int(text[i + 1] + text[i], 16) for i in range(0, len(text), 2))


def address(text):
    return socket.inet_aton(text)


MME, GATEWAY = b"\x8a\0\0\0\1" + address("10.20.0.2"), b"\x8b\0\0\0\2" + address("10.20.0.1")
BEARER = element(93, element(73, b"\5") + element(80, bytes(22)))
TALKS = {
    "sessions": [
        ("client", message(1, None, 1, element(3, b"\1"))),
        ("server", message(2, None, 1, element(3, b"\2"))),
        (
            "client",
            message(32, 0, 2, element(1, digits("262011234567890")), element(76, digits("491701234567")),
                    element(75, digits("3512345678901234")), element(83, bytes.fromhex("62f210")),
                    element(82, b"\6"), element(87, MME), element(71, b"\x08internet\x07example"),
                    element(99, b"\1"), element(79, b"\1\0\0\0\0"), BEARER),
        ),
        (
            "server",
            message(33, 1, 2, element(2, b"\x10\0"), element(87, GATEWAY),
                    element(79, b"\1" + address("10.45.0.7")), BEARER),
        ),
        ("client", message(34, 2, 3, element(93, element(73, b"\5") + element(87, MME)))),
        ("server", message(35, 1, 3, element(2, b"\x10\0"), element(93, element(73, b"\5")))),
        ("server", message(95, 1, 9, element(73, b"\5"), element(93, element(73, b"\0") + element(84, b"\x21\0")))),
        ("client", message(96, 2, 9, element(2, b"\x10\0"), element(93, element(73, b"\6")))),
        ("client", message(36, 2, 4, element(73, b"\5"))),
        ("server", message(37, 1, 4, element(2, b"\x10\0"))),
        ("client", message(32, 0, 5, element(1, digits("262011234567891")), element(87, MME),
                           element(71, b"\4none\x07example"), element(79, b"\1\0\0\0\0"), BEARER)),
        ("server", message(33, 1, 5, element(2, b"\x4e\0"))),
    ],
    "charging": [
        ("client", charging(4, 1, b"\xfb\0\4" + address("10.20.0.2"))),
        ("server", charging(5, 1, b"")),
        ("client", charging(240, 2, b"\x7e\1\xfc\0\x0c\1\1\1\0" + b"\0\6record")),
        ("server", charging(241, 2, b"\1\x80\xfd\0\2\0\2")),
    ],
}


def main(me, *args):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer = None
    if me == "server":
        s.bind(("", int(args[0])))
    else:
        peer = (args[0], int(args[1]))
        s.bind(("", peer[1]))
    s.settimeout(10)
    for who, data in TALKS[args[-1]]:
        if who == me:
            s.sendto(data, peer)
        else:
            _, peer = s.recvfrom(65535)


main(*sys.argv[1:])
