#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""socks_udp.py PROXY PORT TARGET NAME: asks the DNS server TARGET for NAME, through a SOCKS 5 proxy.

curl and netcat do not speak UDP to a proxy.
"""
import socket
import struct
import sys


def receive(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise SystemExit("socks_udp.py: the proxy is gone")
        data += piece
    return data


def associate(control):
    control.sendall(b"\5\1\0")
    receive(control, 2)
    control.sendall(b"\5\3\0\1" + bytes(6))
    code, kind = receive(control, 4)[1::2]
    if code or kind != 1:
        raise SystemExit(f"socks_udp.py: the proxy answers {code}")
    address, port = struct.unpack(">4sH", receive(control, 6))
    return socket.inet_ntoa(address), port


def main(proxy, port, target, name):
    control = socket.create_connection((proxy, int(port)))
    relay = associate(control)
    question = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0\0\1\0\1"
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    s.sendto(b"\0\0\0\1" + socket.inet_aton(target) + b"\0\x35"
             + b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + question, relay)
    print(len(s.recv(4096)), "bytes")


main(*sys.argv[1:])
