#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pulsar_broker.py: as much of a Pulsar broker as clients need: pulsar_broker.py HOST PORT

Logs in whoever does not say `wrong`, keeps the messages of a topic, and hands them to subscribers.
Topics with `private` in their name are refused.
"""
import socketserver
import sys
import threading

CONNECT, CONNECTED, SUBSCRIBE, PRODUCER, SEND, SEND_RECEIPT, MESSAGE = 2, 3, 4, 5, 6, 7, 9
FLOW, UNSUBSCRIBE, SUCCESS, ERROR, CLOSE_PRODUCER, CLOSE_CONSUMER = 11, 12, 13, 14, 15, 16
PRODUCER_SUCCESS, PING, PONG, METADATA, METADATA_ANSWER, LOOKUP, LOOKUP_ANSWER = 17, 18, 19, 21, 22, 23, 24
AUTHENTICATION_ERROR, AUTHORIZATION_ERROR = 3, 4
KEPT = {}
LOCK = threading.Lock()


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def message(*fields):
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    out, at = {}, 0
    while at < len(data):
        tag, at = read_varint(data, at)
        if tag & 7 == 0:
            out[tag >> 3], at = read_varint(data, at)
        elif tag & 7 == 2:
            n, at = read_varint(data, at)
            out[tag >> 3] = data[at : at + n]
            at += n
        else:
            at += 8 if tag & 7 == 1 else 4
    return out


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def say(self, kind, *body, behind=b""):
        command = message((1, kind), (kind, message(*body)))
        frame = len(command).to_bytes(4, "big") + command + behind
        self.request.sendall(len(frame).to_bytes(4, "big") + frame)

    def fail(self, request, error, text):
        self.say(ERROR, (1, request), (2, error), (3, text))

    def handle(self):
        self.producers, self.consumers = {}, {}
        while True:
            head = self.rfile.read(4)
            if len(head) < 4:
                return
            frame = self.rfile.read(int.from_bytes(head, "big"))
            size = int.from_bytes(frame[:4], "big")
            command = fields(frame[4 : 4 + size])
            if not self.answer(command[1], fields(command[command[1]]), frame[4 + size :]):
                return

    def answer(self, kind, c, behind):
        if kind == CONNECT:
            if b"wrong" in c.get(3, b""):
                self.fail(-1, AUTHENTICATION_ERROR, "Failed to authenticate token")
                return False
            self.say(CONNECTED, (1, "Pulsar Server"), (2, c.get(4, 0)), (3, 5 << 20))
        elif kind == METADATA:
            self.say(METADATA_ANSWER, (1, 0), (2, c[2]), (3, 0))
        elif kind == LOOKUP:
            self.say(LOOKUP_ANSWER, (1, "pulsar://%s:%s" % tuple(sys.argv[1:3])), (3, 1), (4, c[2]), (5, 1))
        elif kind in (PRODUCER, SUBSCRIBE) and b"private" in c[1]:
            self.fail(c[3 if kind == PRODUCER else 5], AUTHORIZATION_ERROR, "Client is not authorized")
        elif kind == PRODUCER:
            self.producers[c[2]] = c[1]
            self.say(PRODUCER_SUCCESS, (1, c[3]), (2, "standalone-0-1"), (3, -1))
        elif kind == SUBSCRIBE:
            self.consumers[c[4]] = [c[1], 0]
            self.say(SUCCESS, (1, c[5]))
        elif kind == SEND:
            with LOCK:
                kept = KEPT.setdefault(self.producers[c[1]], [])
                kept.append(behind)
            self.say(SEND_RECEIPT, (1, c[1]), (2, c[2]), (3, message((1, 7), (2, len(kept) - 1))))
        elif kind == FLOW:
            consumer = self.consumers[c[1]]
            for behind in KEPT.get(consumer[0], [])[consumer[1] :]:
                self.say(MESSAGE, (1, c[1]), (2, message((1, 7), (2, consumer[1]))), behind=behind)
                consumer[1] += 1
        elif kind in (UNSUBSCRIBE, CLOSE_PRODUCER, CLOSE_CONSUMER):
            self.say(SUCCESS, (1, c[2]))
        elif kind == PING:
            self.say(PONG)
        return True


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("", int(sys.argv[2])), Connection).serve_forever()
