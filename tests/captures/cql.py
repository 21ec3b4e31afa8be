#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cql.py: as much of Cassandra as its drivers need to ask their questions, and Python's driver that
asks them. Packages: python3-cassandra

    cql.py serve ADDRESS PORT VERSION [login]   the highest version of the protocol
    cql.py talk ADDRESS PORT USER"""
import socketserver
import struct
import sys
import uuid
import zlib

ERROR, STARTUP, READY, AUTHENTICATE, OPTIONS, SUPPORTED, QUERY, RESULT = 0, 1, 2, 3, 5, 6, 7, 8
PREPARE, EXECUTE, REGISTER, BATCH, RESPONSE, SUCCESS = 9, 10, 11, 13, 15, 16
INT, TEXT, UUID, INET, SET = 9, 13, 12, 16, 0x22
HOST = uuid.UUID(int=1)


def string(text):
    return struct.pack(">H", len(text)) + text.encode()


def value(kind, what):
    if what is None:
        return struct.pack(">i", -1)
    if kind == INT:
        out = struct.pack(">i", what)
    elif kind == UUID:
        out = what.bytes
    elif kind == INET:
        out = bytes(int(part) for part in what.split("."))
    elif kind == SET:
        items = [value(TEXT, item) for item in what]
        out = struct.pack(">i", len(items)) + b"".join(items)
    else:
        out = what.encode()
    return struct.pack(">i", len(out)) + out


def rows(keyspace, table, columns, lines):
    out = struct.pack(">iii", 2, 1, len(columns)) + string(keyspace) + string(table)
    for name, kind in columns:
        out += string(name) + struct.pack(">H", kind)
        if kind == SET:
            out += struct.pack(">H", TEXT)
    out += struct.pack(">i", len(lines))
    for line in lines:
        out += b"".join(value(kind, what) for (_, kind), what in zip(columns, line))
    return out


def local(address):
    columns = [("key", TEXT), ("cluster_name", TEXT), ("data_center", TEXT), ("rack", TEXT),
               ("release_version", TEXT), ("partitioner", TEXT), ("tokens", SET),
               ("schema_version", UUID), ("host_id", UUID), ("rpc_address", INET),
               ("broadcast_address", INET), ("listen_address", INET)]
    line = ["local", "test", "dc1", "rack1", "4.0.11",
            "org.apache.cassandra.dht.Murmur3Partitioner", ["0"], HOST, HOST, address, address,
            address]
    return rows("system", "local", columns, [line])


def crc24(text):
    crc = 0x875060
    for byte in text:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1974F0B
    return struct.pack("<I", crc)[:3]


def crc32(text):
    return struct.pack("<I", zlib.crc32(text, zlib.crc32(b"\xfa\x2d\x55\xca")))


class Session(socketserver.StreamRequestHandler):
    """One client."""

    segments = False
    held = b""

    def read(self, n):
        out = self.rfile.read(n)
        if len(out) < n:
            raise EOFError
        return out

    def frame(self):
        if not self.segments:
            head = self.read(9)
            return head, self.read(struct.unpack(">I", head[5:])[0])
        while len(self.held) < 9 or len(self.held) < 9 + struct.unpack_from(">I", self.held, 5)[0]:
            size = struct.unpack("<I", self.read(3) + b"\0")[0] & 0x1FFFF
            self.read(3)
            self.held += self.read(size)
            self.read(4)
        size = 9 + struct.unpack_from(">I", self.held, 5)[0]
        whole, self.held = self.held[:size], self.held[size:]
        return whole[:9], whole[9:]

    def send(self, stream, opcode, body):
        frame = struct.pack(">BBHBI", 0x80 | self.version, 0, stream, opcode, len(body)) + body
        if self.segments:
            head = struct.pack("<I", len(frame) | 1 << 17)[:3]
            frame = head + crc24(head) + frame + crc32(frame)
        self.wfile.write(frame)

    def result(self, text):
        word = text.lower()
        if "system.local" in word:
            return RESULT, local(self.server.server_address[0])
        if "salaries" in word:
            return ERROR, struct.pack(">i", 0x2100) + string("User has no SELECT permission")
        if word.startswith("use "):
            return RESULT, struct.pack(">i", 3) + string(text[4:].strip('"'))
        if word.startswith("select") and "items" in word:
            lines = [(1, "shoe"), (2, "sock")]
            return RESULT, rows("shop", "items", [("id", INT), ("name", TEXT)], lines)
        if word.startswith("select"):
            return RESULT, rows("system", "peers", [("peer", INET)], [])
        return RESULT, struct.pack(">i", 1)

    def prepared(self):
        identity = string("prepared-statement")
        if self.version >= 5:
            identity += string("its-result")
        column = string("shop") + string("items")
        values = struct.pack(">iii", 1, 2, 0) + column
        values += string("id") + struct.pack(">H", INT) + string("name") + struct.pack(">H", TEXT)
        return struct.pack(">i", 4) + identity + values + struct.pack(">ii", 4, 0)

    def one(self):
        head, body = self.frame()
        stream, opcode = struct.unpack(">HB", head[2:5])
        most = self.server.version
        if head[0] > most:
            self.version = most
            text = "Invalid or unsupported protocol version (%d); supported versions are (3/v3, " \
                   "4/v4, 5/v5)" % head[0]
            self.send(stream, ERROR, struct.pack(">i", 10) + string(text))
            raise EOFError
        self.version = head[0]
        if opcode == OPTIONS:
            self.send(stream, SUPPORTED, b"\0\2" + string("CQL_VERSION") + b"\0\1" +
                      string("3.4.5") + string("COMPRESSION") + b"\0\0")
        elif opcode == STARTUP and self.server.login:
            self.send(stream, AUTHENTICATE,
                      string("org.apache.cassandra.auth.PasswordAuthenticator"))
            self.segments = self.version >= 5
        elif opcode in (STARTUP, REGISTER):
            self.send(stream, READY, b"")
            self.segments = self.segments or self.version >= 5
        elif opcode == RESPONSE and b"\0shop\0" in body:
            self.send(stream, SUCCESS, struct.pack(">i", -1))
        elif opcode == RESPONSE:
            self.send(stream, ERROR, struct.pack(">i", 0x100) +
                      string("Provided username and/or password are incorrect"))
        elif opcode == QUERY:
            size = struct.unpack_from(">i", body)[0]
            self.send(stream, *self.result(body[4 : 4 + size].decode()))
        elif opcode == PREPARE:
            self.send(stream, RESULT, self.prepared())
        else:
            self.send(stream, RESULT, struct.pack(">i", 1))

    def handle(self):
        try:
            while True:
                self.one()
        except (EOFError, ConnectionError):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def talk(address, port, user):
    from cassandra import cluster, query
    from cassandra.auth import PlainTextAuthProvider

    options = {"port": int(port), "schema_metadata_enabled": False,
               "token_metadata_enabled": False, "compression": False,
               "idle_heartbeat_interval": 0}
    if user:
        options["auth_provider"] = PlainTextAuthProvider(user, "hunter2")
    try:
        with cluster.Cluster([address], **options) as shop:
            session = shop.connect("shop")
            print(list(session.execute("SELECT id, name FROM items WHERE id < 5")))
            insert = session.prepare("INSERT INTO items (id, name) VALUES (?, ?)")
            session.execute(insert, (3, "hat"))
            batch = query.BatchStatement()
            batch.add("UPDATE items SET name = 'tie' WHERE id = 3")
            batch.add(insert, (4, "scarf"))
            session.execute(batch)
            session.execute("INSERT INTO notes (id, text) VALUES (1, '%s')" % ("long " * 9000))
            session.execute("SELECT * FROM salaries")
    except Exception as refused:  # what the server refuses is what the capture is about
        print(refused)


if __name__ == "__main__":
    if sys.argv[1] == "talk":
        talk(*sys.argv[2:5])
    else:
        server = Server((sys.argv[2], int(sys.argv[3])), Session)
        server.version = int(sys.argv[4])
        server.login = "login" in sys.argv[5:]
        server.serve_forever()
