# SPDX-License-Identifier: Apache-2.0
"""Captures of TCP connections, written without anybody else's help.

A conversation is a list of turns, (side, [segment, ...]); side is CLIENT or SERVER. Each becomes a
connection with a handshake before and FINs behind it, one after the other, so that the n-th
conversation of a capture is the n-th session.
"""
import struct

CLIENT, SERVER = 0, 1
SERVER_PORT = 8080
CLIENT_PORTS = range(10000, 60000)
FIN, SYN, PSH, ACK = 1, 2, 8, 16
LARGEST = 8900  # bytes of one segment

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
ETHERNET = bytes.fromhex("020000000002020000000001" "0800")
ADDRESSES = (bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)))


def checksum(data):
    """Of the internet: a number in ones' complement is one modulo 2^16 - 1."""
    if len(data) % 2:
        data += b"\0"
    return 0xFFFF - (int.from_bytes(data, "big") % 0xFFFF)


class Connection:
    """One of a capture, by number."""

    def __init__(self, number):
        port = CLIENT_PORTS[number % len(CLIENT_PORTS)]
        self.ports = (port, SERVER_PORT)
        self.next = [1000, 5000]
        self.time = 1_700_000_000_000_000 + number * 20_000
        self.records = []

    def packet(self, side, flags, data=b""):
        other = 1 - side
        acknowledged = self.next[other] if flags & ACK else 0
        head = struct.pack(">HHIIBBHHH", self.ports[side], self.ports[other], self.next[side],
                           acknowledged, 0x50, flags, 65535, 0, 0)
        pseudo = ADDRESSES[side] + ADDRESSES[other] + struct.pack(">HH", 6, len(head) + len(data))
        head = head[:16] + struct.pack(">H", checksum(pseudo + head + data)) + head[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(head) + len(data), 0, 0x4000, 64, 6, 0)
        ip += ADDRESSES[side] + ADDRESSES[other]
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        frame = ETHERNET + ip + head + data
        self.time += 10
        self.records.append(struct.pack("<IIII", self.time // 1_000_000, self.time % 1_000_000,
                                        len(frame), len(frame)) + frame)
        self.next[side] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def play(self, turns):
        self.packet(CLIENT, SYN)
        self.packet(SERVER, SYN | ACK)
        self.packet(CLIENT, ACK)
        for side, segments in turns:
            for segment in segments:
                for at in range(0, len(segment), LARGEST):
                    self.packet(side, PSH | ACK, segment[at:at + LARGEST])
            self.packet(1 - side, ACK)
        self.packet(CLIENT, FIN | ACK)
        self.packet(SERVER, FIN | ACK)
        self.packet(CLIENT, ACK)
        return self.records


def write_capture(path, conversations):
    with open(path, "wb") as file:
        file.write(FILE_HEADER)
        for number, turns in enumerate(conversations):
            file.write(b"".join(Connection(number).play(turns)))


def port_of(number):
    """The client's port of the n-th connection."""
    return CLIENT_PORTS[number % len(CLIENT_PORTS)]
