#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""websocket.py: the least that speaks WebSocket (RFC 6455), as a server and as a client."""
import base64
import hashlib
import os
import socket
import struct
import sys

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def read_head(stream):
    lines = []
    while (line := stream.readline().strip()):
        lines.append(line.decode())
    return lines


def read_frame(stream):
    first, second = stream.read(2)
    size = second & 0x7F
    if size == 126:
        size = struct.unpack(">H", stream.read(2))[0]
    mask = stream.read(4) if second & 0x80 else bytes(4)
    return first & 0x0F, bytes(b ^ mask[i % 4] for i, b in enumerate(stream.read(size)))


def write_frame(stream, opcode, payload, masked):
    mask = os.urandom(4) if masked else b""
    head = struct.pack(">BB", 0x80 | opcode, (0x80 if masked else 0) | min(len(payload), 126))
    if len(payload) > 125:
        head += struct.pack(">H", len(payload))
    if masked:
        payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
    stream.write(head + mask + payload)
    stream.flush()


def serve(address, port):
    listener = socket.create_server((address, port))
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            head = read_head(stream)
            key = next(h.split(": ")[1] for h in head if h.startswith("Sec-WebSocket-Key"))
            accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            stream.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())
            stream.flush()
            opcode = TEXT
            while opcode != CLOSE:
                opcode, payload = read_frame(stream)
                write_frame(stream, PONG if opcode == PING else opcode, payload, False)


def talk(address, port):
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection((address, port)) as connection:
        stream = connection.makefile("rwb")
        stream.write((f"GET /chat?room=1 HTTP/1.1\r\nHost: chat.example:{port}\r\nUpgrade: websocket\r\n"
                      f"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                      "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        stream.flush()
        read_head(stream)
        for opcode, payload in ((TEXT, b"hello"), (PING, b"1"), (TEXT, b"long " * 40),
                                (CLOSE, struct.pack(">H", 1000))):
            write_frame(stream, opcode, payload, True)
            read_frame(stream)


if __name__ == "__main__":
    {"serve": serve, "talk": talk}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
