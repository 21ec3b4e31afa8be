# SPDX-License-Identifier: Apache-2.0
"""The port of Consul's servers, both sides, as far as the captures need: calls in streams of yamux,
calls alone, Raft. Consul is in no Debian; its messages are those of Go's net/rpc in MessagePack.

    consul.py serve ADDRESS PORT
    consul.py calls|streams|raft ADDRESS PORT
"""
import socket
import socketserver
import struct
import sys

import msgpack

STORE = {"shop/price": b"20"}
DATA, WINDOW, PING, LEAVE = range(4)
SYN, ACK, FIN = 1, 2, 4


def pack(value):
    return msgpack.packb(value, use_bin_type=False)


def frame(kind, flags, stream, body=b"", n=None):
    return struct.pack(">BBHII", 0, kind, flags, stream, len(body) if n is None else n) + body


def answer_of(method, args):
    if args.get("Token") == "wrong":
        return "rpc error making call: Permission denied", {}
    if method == "KVS.Get":
        found = [{"Key": args["Key"], "Value": STORE[args["Key"]]}] if args["Key"] in STORE else []
        return "", {"Entries": found, "Index": 7, "KnownLeader": True}
    if method == "KVS.Apply":
        STORE[args["DirEnt"]["Key"]] = args["DirEnt"]["Value"]
        return "", True
    return "", {"Index": 8, "KnownLeader": True}


def answer(unpacker):
    """Answers to the calls that are complete."""
    out = []
    values = list(unpacker)
    for call, args in zip(values[::2], values[1::2]):
        error, result = answer_of(call["ServiceMethod"], args)
        head = {"Error": error, "Seq": call["Seq"], "ServiceMethod": call["ServiceMethod"]}
        out.append(pack(head) + pack(result))
    return b"".join(out)


class Server(socketserver.BaseRequestHandler):
    def exactly(self, n):
        return self.request.recv(n, socket.MSG_WAITALL) if n else b""

    def calls(self):
        unpacker = msgpack.Unpacker(raw=False)
        while got := self.request.recv(65536):
            unpacker.feed(got)
            self.request.sendall(answer(unpacker))

    def streams(self):
        while head := self.exactly(12):
            _, kind, flags, stream, n = struct.unpack(">BBHII", head)
            body = self.exactly(n if kind == DATA else 0)
            if kind == WINDOW and flags & SYN:
                self.request.sendall(frame(WINDOW, ACK, stream, n=0))
            elif kind == PING and flags & SYN:
                self.request.sendall(frame(PING, ACK, 0, n=n))
            elif kind == DATA and body:
                unpacker = msgpack.Unpacker(raw=False)
                unpacker.feed(body)
                self.request.sendall(frame(DATA, 0, stream, answer(unpacker)))

    def raft(self):
        while self.exactly(1):
            self.request.recv(65536)
            self.request.sendall(pack("") + pack({"LastLog": 3, "Success": True, "Term": 4}))

    def handle(self):
        kind = self.exactly(1)[0]
        {0: self.calls, 1: self.raft, 4: self.streams}[kind]()


CALLS = [
    ("Catalog.Register", {"Address": "10.20.0.9", "Datacenter": "paris", "Node": "web-1",
                          "Service": {"ID": "shop-1", "Port": 8080, "Service": "shop"}}),
    ("Health.ServiceNodes", {"AllowStale": False, "Datacenter": "paris", "ServiceName": "shop"}),
    ("KVS.Apply", {"Datacenter": "paris", "DirEnt": {"Flags": 0, "Key": "shop/price", "Value": b"21"},
                   "Op": "set"}),
    ("KVS.Get", {"AllowStale": False, "Datacenter": "paris", "Key": "shop/price"}),
    ("ACL.TokenList", {"Datacenter": "paris", "Token": "wrong"}),
]


def ask(number):
    method, args = CALLS[number]
    return pack({"Seq": number, "ServiceMethod": method}) + pack(args)


def calls(s):
    s.sendall(b"\0")
    for i in range(len(CALLS)):
        s.sendall(ask(i))
        s.recv(65536)


def streams(s):
    s.sendall(b"\4" + frame(WINDOW, SYN, 1, n=0))
    s.recv(12, socket.MSG_WAITALL)
    for i in range(len(CALLS)):
        s.sendall(frame(DATA, 0, 1, ask(i)))
        s.recv(65536)
    s.sendall(frame(PING, SYN, 0, n=1))
    s.recv(65536)
    s.sendall(frame(WINDOW, FIN, 1, n=0) + frame(LEAVE, 0, 0, n=0))


def raft(s):
    entry = {"Data": b"\0set", "Extensions": None, "Index": 2, "Term": 4, "Type": 0}
    for entries in ([], [entry]):
        body = {"Addr": b"10.20.0.2:8300", "Entries": entries, "ID": b"alpha",
                "Leader": b"10.20.0.2:8300", "LeaderCommitIndex": 1, "PrevLogEntry": 1,
                "PrevLogTerm": 4, "ProtocolVersion": 3, "Term": 4}
        s.sendall((b"\1" if not entries else b"") + b"\0" + pack(body))
        s.recv(65536)


def main():
    what, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if what == "serve":
        socketserver.ThreadingTCPServer((address, port), Server).serve_forever()
    with socket.create_connection((address, port)) as s:
        {"calls": calls, "streams": streams, "raft": raft}[what](s)


if __name__ == "__main__":
    main()
