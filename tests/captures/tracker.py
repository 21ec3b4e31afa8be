#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tracker.py ADDRESS PORT: a BitTorrent tracker over UDP (BEP 15) that remembers who announces."""
import os
import socket
import struct
import sys

MAGIC = 0x41727101980


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((sys.argv[1], int(sys.argv[2])))
    peers = {}
    connection = os.urandom(8)
    while True:
        data, who = sock.recvfrom(2048)
        if len(data) < 16:
            continue
        first, action, transaction = data[:8], *struct.unpack("!II", data[8:16])
        if action == 0 and struct.unpack("!Q", first)[0] == MAGIC:
            sock.sendto(struct.pack("!II", 0, transaction) + connection, who)
        elif first != connection:
            sock.sendto(struct.pack("!II", 3, transaction) + b"unknown connection", who)
        elif action == 1 and len(data) >= 98:
            swarm = peers.setdefault(data[16:36], {})
            left = struct.unpack("!Q", data[64:72])[0]
            port = struct.unpack("!H", data[96:98])[0]
            swarm[who[0], port] = left
            seeders = sum(1 for n in swarm.values() if n == 0)
            answer = struct.pack("!IIIII", 1, transaction, 1800, len(swarm) - seeders, seeders)
            for address, peer_port in swarm:
                answer += socket.inet_aton(address) + struct.pack("!H", peer_port)
            sock.sendto(answer, who)


main()
