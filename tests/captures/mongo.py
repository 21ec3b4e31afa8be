#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mongo.py: as much of a MongoDB server as drivers need to say what they came for, and the driver
that says it. Packages: python3-pymongo (python3-bson)

    mongo.py serve ADDRESS PORT
    mongo.py talk ADDRESS PORT CASE"""
import datetime
import socketserver
import struct
import sys
import zlib

import bson
from bson.int64 import Int64
from bson.son import SON

REPLY, QUERY, COMPRESSED, MSG = 1, 2004, 2012, 2013
ZLIB = 2
IN_ORDER = bson.CodecOptions(document_class=SON)
STORED = [{"_id": 1, "name": "shoe", "price": 12.5}, {"_id": 2, "name": "sock", "price": 3.0}]


def failure(code, name, text):
    return {"ok": 0.0, "errmsg": text, "code": code, "codeName": name}


def hello(asked):
    answer = {
        "ismaster": True,
        "isWritablePrimary": True,
        "maxBsonObjectSize": 16 << 20,
        "maxMessageSizeBytes": 48000000,
        "maxWriteBatchSize": 100000,
        "localTime": datetime.datetime(2024, 1, 1),
        "minWireVersion": 0,
        "maxWireVersion": 21,
        "readOnly": False,
        "ok": 1.0,
    }
    if "zlib" in asked.get("compression", []):
        answer["compression"] = ["zlib"]
    return answer


def answer_of(command):
    name = next(iter(command))
    if name.lower() in ("ismaster", "hello"):
        return hello(command)
    if name == "find" and command[name] == "salaries":
        return failure(13, "Unauthorized", "not authorized on shop to execute command")
    if name == "find":
        cursor = {"firstBatch": STORED, "id": Int64(0), "ns": "shop." + command[name]}
        return {"cursor": cursor, "ok": 1.0}
    if name == "aggregate":
        return {"cursor": {"firstBatch": [], "id": Int64(0), "ns": "shop.x"}, "ok": 1.0}
    if name in ("saslStart", "authenticate"):
        return failure(18, "AuthenticationFailed", "Authentication failed.")
    if name == "buildInfo":
        return {"version": "6.0.14", "ok": 1.0}
    if name in ("insert", "update", "delete"):
        return {"n": 1, "nModified": 1, "ok": 1.0}
    if name in ("ping", "endSessions", "killCursors"):
        return {"ok": 1.0}
    return failure(59, "CommandNotFound", "no such command: '%s'" % name)


class Session(socketserver.StreamRequestHandler):
    """One client, one message after the other."""

    def message(self):
        head = self.rfile.read(16)
        if len(head) < 16:
            return None
        size, number, _, opcode = struct.unpack("<iiii", head)
        return number, opcode, self.rfile.read(size - 16)

    def send(self, opcode, answers, body):
        self.wfile.write(struct.pack("<iiii", len(body) + 16, answers + 1000, answers, opcode))
        self.wfile.write(body)

    def msg(self, body):
        flags = struct.unpack_from("<i", body)[0]
        size = struct.unpack_from("<i", body, 5)[0]
        command = bson.decode(body[5 : 5 + size], IN_ORDER)
        answer = struct.pack("<ib", 0, 0) + bson.encode(answer_of(command))
        return None if flags & 2 else answer

    def handle(self):
        while (got := self.message()) is not None:
            number, opcode, body = got
            if opcode == QUERY:
                at = body.index(b"\0", 4) + 9
                found = bson.encode(answer_of(bson.decode(body[at:], IN_ORDER)))
                self.send(REPLY, number, struct.pack("<iqii", 8, 0, 0, 1) + found)
            elif opcode == COMPRESSED:
                answer = self.msg(zlib.decompress(body[9:]))
                if answer is not None:
                    head = struct.pack("<iib", MSG, len(answer), ZLIB)
                    self.send(COMPRESSED, number, head + zlib.compress(answer))
            elif opcode == MSG:
                answer = self.msg(body)
                if answer is not None:
                    self.send(MSG, number, answer)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def talk(address, port, case):
    from pymongo import MongoClient, errors

    options = {"appname": "shop", "serverSelectionTimeoutMS": 3000, "retryReads": False,
               "retryWrites": False, "heartbeatFrequencyMS": 60000}
    if case == "compressed":
        options["compressors"] = "zlib"
    if case == "refused":
        options.update(username="alice", password="hunter2", authMechanism="PLAIN")
    shop = MongoClient(address, int(port), **options).shop
    try:
        print(list(shop.items.find({"price": {"$lt": 15}})))
        shop.items.insert_one({"_id": 3, "name": "hat", "note": "h" * 200})
        shop.items.update_one({"name": "hat"}, {"$set": {"price": 20.25}})
        print(list(shop.items.find({"$where": "this.price > 10"})))
        print(list(shop.salaries.find()))
    except errors.PyMongoError as refused:
        print(refused)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        Server((sys.argv[2], int(sys.argv[3])), Session).serve_forever()
    else:
        talk(*sys.argv[2:5])
