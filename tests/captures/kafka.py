# SPDX-License-Identifier: Apache-2.0
"""A broker of Kafka with one topic in memory, for no package brings one.

    kafka.py ADDRESS PORT [sasl]

Speaks ApiVersions 0-3, Metadata 1, Produce 3, Fetch 4, ListOffsets 1, CreateTopics 2, SaslHandshake
0-1 and SaslAuthenticate 0-1. With `sasl` nothing is answered before a login; amy's password is
"secret". The topic "locked" may not be read or written, and nobody may create topics.
"""
import socketserver
import struct
import sys
import time

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
SASL = "sasl" in sys.argv[3:]
KEYS = {0: (3, 3), 1: (4, 4), 2: (1, 1), 3: (1, 1), 17: (0, 1), 18: (0, 3), 19: (2, 2), 36: (0, 1)}
TOPICS = {"orders": []}  # batches as they came
DENIED, UNKNOWN, NOT_CREATED, LOGIN_FAILED = 29, 3, 31, 58


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, n):
        self.at += max(n, 0)
        return self.data[self.at - n:self.at] if n > 0 else b""

    def string(self):
        return self.bytes(self.take("h")).decode()


def api_versions(version):
    if version < 3:
        keys = b"".join(struct.pack(">hhh", k, *v) for k, v in KEYS.items())
        return struct.pack(">hi", 0, len(KEYS)) + keys + (struct.pack(">i", 0) if version else b"")
    keys = b"".join(struct.pack(">hhhB", k, *v, 0) for k, v in KEYS.items())
    return struct.pack(">hB", 0, len(KEYS) + 1) + keys + struct.pack(">iB", 0, 0)


def error_of(topic):
    return DENIED if topic == "locked" else 0 if topic in TOPICS else UNKNOWN


def metadata(r):
    n = r.take("i")
    names = [r.string() for _ in range(n)] if n >= 0 else list(TOPICS)
    out = struct.pack(">ii", 1, 1) + string(ADDRESS) + struct.pack(">ih", PORT, -1)
    out += struct.pack(">ii", 1, len(names))
    for name in names:
        error = error_of(name)
        out += struct.pack(">h", error) + string(name) + struct.pack(">bi", 0, 0 if error else 1)
        if not error:
            out += struct.pack(">hiiiiii", 0, 0, 1, 1, 1, 1, 1)
    return out


def produce(r):
    r.string()
    acks, _, n = r.take("hii")
    out = struct.pack(">i", n)
    for _ in range(n):
        name = r.string()
        parts = r.take("i")
        out += string(name) + struct.pack(">i", parts)
        for _ in range(parts):
            part, size = r.take("ii")
            batch, error = r.bytes(size), error_of(name)
            base = -1
            if not error:
                base = sum(struct.unpack_from(">i", b, 57)[0] for b in TOPICS[name])
                TOPICS[name].append(struct.pack(">q", base) + batch[8:])
            out += struct.pack(">ihqq", part, error, base, -1)
    return out + struct.pack(">i", 0) if acks else None


def fetch(r):
    _, wait, _, _, _ = r.take("iiiib")
    n = r.take("i")
    waits = True
    out = struct.pack(">ii", 0, n)
    for _ in range(n):
        name = r.string()
        parts = r.take("i")
        out += string(name) + struct.pack(">i", parts)
        for _ in range(parts):
            part, offset, _ = r.take("iqi")
            batches = TOPICS.get(name, [])
            end = sum(struct.unpack_from(">i", b, 57)[0] for b in batches)
            data = b"".join(b for b in batches if struct.unpack_from(">q", b)[0] >= offset)
            out += struct.pack(">ihqqii", part, error_of(name), end, end, -1, len(data)) + data
            waits = waits and not data
    if waits:
        time.sleep(wait / 1000)
    return out


def list_offsets(r):
    _, n = r.take("ii")
    out = struct.pack(">i", n)
    for _ in range(n):
        name = r.string()
        parts = r.take("i")
        out += string(name) + struct.pack(">i", parts)
        for _ in range(parts):
            part, when = r.take("iq")
            end = sum(struct.unpack_from(">i", b, 57)[0] for b in TOPICS.get(name, []))
            out += struct.pack(">ihqq", part, error_of(name), -1, 0 if when == -2 else end)
    return out


def create_topics(r):
    n = r.take("i")
    out = struct.pack(">ii", 0, n)
    for _ in range(n):
        out += string(r.string()) + struct.pack(">h", NOT_CREATED) + string("not by you")
        r.take("ih")
        for _ in range(r.take("i")):
            r.take("i")
            r.bytes(4 * r.take("i"))
        for _ in range(r.take("i")):
            r.string(), r.string()
    return out


class Broker(socketserver.BaseRequestHandler):
    def message(self):
        head = self.request.recv(4, 0x100)
        return self.request.recv(struct.unpack(">i", head)[0], 0x100) if len(head) == 4 else None

    def send(self, data):
        self.request.sendall(struct.pack(">i", len(data)) + data)

    def login(self, token):
        return token.split(b"\0")[-2:] == [b"amy", b"secret"]

    def answer(self, key, version, r):
        if key == 18:
            return api_versions(version)
        if key == 17:
            known = r.string() == "PLAIN"
            self.raw = version == 0 and known
            return struct.pack(">hi", 0 if known else 33, 1) + string("PLAIN")
        if key == 36:
            self.known = self.login(r.bytes(r.take("i")))
            text = struct.pack(">h", -1) if self.known else string("wrong user or password")
            return struct.pack(">h", 0 if self.known else LOGIN_FAILED) + text + \
                struct.pack(">i", 0) + (struct.pack(">q", 0) if version else b"")
        if not self.known:
            raise ConnectionError
        return {0: produce, 1: fetch, 2: list_offsets, 3: metadata, 19: create_topics}[key](r)

    def handle(self):
        self.known, self.raw = not SASL, False
        while (data := self.message()) is not None:
            if self.raw:
                self.raw, self.known = False, self.login(data)
                self.send(b"")
                continue
            r = Reader(data)
            key, version, correlation = r.take("hhi")
            r.string()
            if version >= 3 and key == 18:
                r.bytes(1)
            reply = self.answer(key, version, r)
            if reply is not None:
                self.send(struct.pack(">i", correlation) + reply)


socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer((ADDRESS, PORT), Broker).serve_forever()
