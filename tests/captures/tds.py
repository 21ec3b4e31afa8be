#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tds.py: as much of SQL Server (TDS 7.4, 5.0) as clients need to ask their questions.

    tds.py serve ADDRESS PORT [CERT KEY]       with a certificate logins are encrypted
    tds.py browse ADDRESS PORT                 the browser, over UDP
    tds.py ask ADDRESS PORT                    asks the browser"""
import socket
import socketserver
import ssl
import struct
import sys

BATCH, OLD_LOGIN, CALL, ANSWER, ATTENTION, BULK = 1, 2, 3, 4, 6, 7
TRANSACTION, NORMAL, LOGIN7, PRELOGIN = 14, 15, 16, 18
ENCRYPT_OFF, ENCRYPT_NOT = 0, 2
PACKET = 4088
COLLATION = b"\x09\x04\xd0\x00\x34"


def text8(text):
    return bytes([len(text)]) + text.encode("utf-16le")


def text16(text):
    return struct.pack("<H", len(text)) + text.encode("utf-16le")


def sized(token, body):
    return bytes([token]) + struct.pack("<H", len(body)) + body


def done(rows=0, status=0):
    return struct.pack("<BHHQ", 0xFD, status | (0x10 if rows else 0), 0xC1, rows)


def error(number, level, text):
    body = struct.pack("<iBB", number, 1, level) + text16(text) + text8("DB1") + text8("")
    return sized(0xAA if level > 10 else 0xAB, body + struct.pack("<i", 1))


def table(rows):
    """Two columns: id int, name nvarchar(50)."""
    out = b"\x81" + struct.pack("<H", 2)
    out += struct.pack("<IHB", 0, 8, 0x38) + text8("id")
    out += struct.pack("<IHBH", 0, 9, 0xE7, 100) + COLLATION + text8("name")
    for number, name in rows:
        name = name.encode("utf-16le")
        out += b"\xd1" + struct.pack("<IH", number, len(name)) + name
    return out + done(len(rows))


def options(version, encryption):
    values = [(0, version), (1, bytes([encryption])), (2, b"\0"), (3, b""), (4, b"\0")]
    at, head, data = 5 * len(values) + 1, b"", b""
    for kind, value in values:
        head += struct.pack(">BHH", kind, at + len(data), len(value))
        data += value
    return head + b"\xff" + data


class Session(socketserver.BaseRequestHandler):
    """One client."""

    tls = None

    def bytes(self, n):
        out = b""
        while len(out) < n:
            more = self.request.recv(n - len(out))
            if not more:
                raise EOFError
            out += more
        return out

    def message(self):
        out = b""
        while True:
            kind, status, size = struct.unpack(">BBH4x", self.bytes(8))
            out += self.bytes(size - 8)
            if status & 1:
                return kind, out

    def packets(self, kind, body):
        number, out = 1, b""
        while True:
            part, body = body[:PACKET], body[PACKET:]
            out += struct.pack(">BBHHBB", kind, not body, len(part) + 8, 51, number & 255, 0) + part
            number += 1
            if not body:
                return out

    def send(self, body, kind=ANSWER):
        self.request.sendall(self.packets(kind, body))

    # ---- encryption of the login: a handshake inside of packets, then records between them ----

    def encrypt(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self.server.certificate)
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.into, self.out, server_side=True)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                if self.out.pending:
                    self.send(self.out.read(), PRELOGIN)
                self.into.write(self.message()[1])
        self.send(self.out.read(), PRELOGIN)

    def secret_message(self):
        """The login: packets inside of records."""
        plain = b""
        while len(plain) < 8 or len(plain) < struct.unpack_from(">H", plain, 2)[0]:
            head = self.bytes(5)
            self.into.write(head + self.bytes(struct.unpack(">H", head[3:])[0]))
            plain += self.tls.read(1 << 16)
        return plain[0], plain[8:]

    # ---- what is asked ----

    def login(self, body):
        at, size = struct.unpack_from("<HH", body, 40)
        user = body[at : at + 2 * size].decode("utf-16le")
        if user != "shop":
            self.send(error(18456, 14, "Login failed for user '%s'." % user) + done(0, 2))
            raise EOFError
        answer = sized(0xE3, b"\1" + text8("orders") + text8("master"))
        answer += error(5701, 10, "Changed database context to 'orders'.")
        answer += sized(0xE3, b"\x07\x05" + COLLATION + b"\0")
        name = text8("Microsoft SQL Server\0\0")
        answer += sized(0xAD, b"\x01\x74\0\0\x04" + name + b"\x10\0\x03\xe8")
        answer += sized(0xE3, b"\4" + text8("4096") + text8("4096"))
        self.send(answer + done())

    def old_login(self):
        self.tds5 = True
        body = b"\5\5\0\0\0" + b"\x0asql server\x0f\0\0\0"
        self.send(sized(0xAD, body) + struct.pack("<BHHI", 0xFD, 0, 0, 0))

    def statement(self, text):
        word = text.strip().lower()
        if "salaries" in word:
            self.send(error(229, 14, "The SELECT permission was denied.") + done(0, 2))
        elif word.startswith("select"):
            self.send(table([(1, "sho\u00e9"), (2, "sock \u20ac"), (3, "hat \U0001f3a9")]))
        else:
            self.send(done())

    def call(self):
        self.send(table([(7, "answer")])[: -len(done())] + struct.pack("<BI", 0x79, 0) +
                  struct.pack("<BHHQ", 0xFE, 0, 0xE0, 0))

    def message5(self, body):
        text = body[6:].decode("latin-1")
        answer = b""
        if "nowhere" in text:
            words = b"nowhere not found. Specify owner.objectname."
            answer = struct.pack("<IBB", 208, 1, 16) + b"\5ZZZZZ\0\0\0"
            answer = sized(0xE5, answer + struct.pack("<H", len(words)) + words + b"\3DB5\0\1\0")
        self.send(answer + struct.pack("<BHHI", 0xFD, 2 if answer else 0, 0, 0))

    def one(self):
        if self.tls and not self.logged_in:
            kind, body = self.secret_message()
        else:
            kind, body = self.message()
        if kind == PRELOGIN:
            secret = self.server.certificate is not None
            self.send(options(b"\x10\0\x03\xe8\0\0", ENCRYPT_OFF if secret else ENCRYPT_NOT))
            if secret:
                self.encrypt()
        elif kind == LOGIN7:
            self.login(body)
            self.logged_in = True
        elif kind == OLD_LOGIN:
            self.old_login()
        elif kind == BATCH:
            self.statement(body[struct.unpack_from("<I", body)[0] :].decode("utf-16le"))
        elif kind == NORMAL:
            self.message5(body)
        elif kind == CALL:
            self.call()
        elif kind == TRANSACTION:
            self.send(sized(0xE3, b"\x08\x08\1\0\0\0\0\0\0\0\0") + done())
        else:
            self.send(done(0, 0x20))

    def handle(self):
        self.logged_in = False
        try:
            while True:
                self.one()
        except (EOFError, ConnectionError):
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    certificate = None


def browse(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    text = "ServerName;DB1;InstanceName;SHOP;IsClustered;No;Version;16.0.1000.6;tcp;1433;;"
    while True:
        asked, who = sock.recvfrom(1024)
        if asked[0] in (2, 3, 4):
            sock.sendto(b"\5" + struct.pack("<H", len(text)) + text.encode(), who)


def ask(address, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(3)
    for question in (b"\3", b"\4SHOP\0"):
        sock.sendto(question, (address, port))
        print(sock.recv(1024))


if __name__ == "__main__":
    where = (sys.argv[2], int(sys.argv[3]))
    if sys.argv[1] == "browse":
        browse(*where)
    elif sys.argv[1] == "ask":
        ask(*where)
    else:
        server = Server(where, Session)
        if len(sys.argv) > 5:
            server.certificate = sys.argv[4:6]
        server.serve_forever()
