# SPDX-License-Identifier: Apache-2.0
"""Does four times the bytes cost four times the work, whatever the bytes are?

    linear.py --cost PROGRAM [NAME...]

Every input is tried in two sizes, some also one byte a segment; the least of some tries counts.
What costs more than STEEP times the work for four times the bytes is worse than linear: with the
square it would be sixteen.
"""
import argparse
import base64
import gzip
import os
import struct
import subprocess
import sys
import tempfile
import zlib

from cases_h2 import (ANSWER_START, AUTHORITY, DATA, END_HEADERS, GET_BLOCK, HEADERS, POST_BLOCK,
                      SETTINGS, START, CONTINUATION, frame, literal, request)
from cases_mail import by_chunks, by_fetch, by_pop3, by_smtp, in_pieces_fetched
from wire import CLIENT, SERVER, write_capture

SMALL, LARGE = 128 << 10, 512 << 10
SMALL_SINGLE, LARGE_SINGLE = 4 << 10, 16 << 10
TRIES = 5
STEEP = 8
WORTH_NS = 1_000_000  # less is noise, whatever it grows by
PRIORITY, RST_STREAM, PING, WINDOW_UPDATE = 2, 3, 6, 8

INPUTS = {}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def sized(name):
    def add(build):
        INPUTS[name] = build
    return add


def fill(unit, n):
    return (unit * (n // len(unit) + 1))[:n]


def whole(unit, n):
    return unit * (n // len(unit) + 1)


def head(*lines):
    return b"\r\n".join((b"POST / HTTP/1.1", b"Host: a.example") + lines) + b"\r\n\r\n"


def posted(kind, body):
    return head(b"Content-Type: " + kind, b"Content-Length: %d" % len(body)) + body


def repeated(name, unit):
    """The unit over and over, behind nothing."""
    INPUTS[name] = lambda n: fill(unit, n)


def in_head(name, unit, end=b"\r\n\r\n"):
    INPUTS[name] = lambda n: b"GET / HTTP/1.1\r\nHost: a.example\r\n" + fill(unit, n) + end


def in_target(name, unit):
    """Targets of 15 KB, request behind request."""
    INPUTS[name] = lambda n: whole(
        b"GET /" + fill(unit, 15_000) + b" HTTP/1.1\r\nHost: a.example\r\n\r\n", n)


def in_value(name, header, unit):
    """Values of 15 KB."""
    INPUTS[name] = lambda n: whole(
        head(header + b": " + fill(unit, 15_000), b"Content-Length: 0"), n)


def in_body(name, kind, unit, before=b""):
    """One body; what is kept of it to be taken apart ends at 128 KiB, so many of them as well."""
    INPUTS[name] = lambda n: posted(kind, before + fill(unit, n))
    INPUTS[name + ", bodies of 30 KB"] = lambda n: whole(
        posted(kind, before + fill(unit, 30_000)), n)


repeated("small requests", b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
repeated("requests of version 0.9", b"GET /\r\n")
repeated("empty lines", b"\r\n")
repeated("letters", b"A")
repeated("interim answers asked for", b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
in_head("short headers", b"a:b\r\n")
in_head("headers of interest", b"Host: a\r\n")
in_head("lengths", b"Content-Length: 5\r\n")
in_head("codings", b"Transfer-Encoding: chunked\r\n")
in_head("content codings", b"Content-Encoding: gzip\r\n")
in_head("folded lines", b" x\r\n")
in_head("lines of CRs", b"\r")
in_head("CR behind CR LF", b"\r\r\n")
in_head("lines without colon", b"abcdef\r\n")
in_head("control bytes in names", b"con\x01tent-length: 1\r\n")
in_head("one long header", b"x")
INPUTS["one long target"] = lambda n: b"GET /" + fill(b"x", n)
INPUTS["one long trailer"] = lambda n: head(b"Transfer-Encoding: chunked") + b"0\r\n" + fill(b"x", n)
INPUTS["one long version"] = lambda n: b"GET / HTTP/1.1" + fill(b" ", n)
in_head("CRs inside of lines", b"a\rb:c\r\n")
in_target("escapes", b"%41")
in_target("escapes that make escapes", b"%25")
in_target("percent signs", b"%")
in_target("steps up", b"../")
in_target("steps up and down", b"a/../")
in_target("slashes", b"/")
in_target("dots", b"./")
in_target("backslashes", b"\\")
in_target("overlong UTF-8", b"%c0%ae")
in_target("escapes of Microsoft", b"%u0041")
in_target("NULs", b"%00")
in_target("arguments", b"?a=b&")
in_target("empty arguments", b"?&&&&")
in_value("cookies", b"Cookie", b"a=%41; ")
in_value("quoted cookies", b"Cookie", b'a="')
in_value("encoded words", b"Subject", b"=?utf-8?q?a?= ")
in_value("encoded words without end", b"Subject", b"=?utf-8?q?")
in_value("extended parameters", b"X", b"a*=utf-8''%41; ")
in_value("forwarded for many", b"X-Forwarded-For", b"10.0.0.1, ")
in_value("forwarded, quotes", b"Forwarded", b'for="')
in_value("hosts", b"Host", b"a@")
in_value("ranges", b"Range", b"bytes=0-,")
in_value("lists of codings", b"Transfer-Encoding", b"chunked,")
in_value("lists of content codings", b"Content-Encoding", b"gzip,")
in_value("parameters", b"Content-Type", b"multipart/form-data; boundary=a;")
in_body("form", b"application/x-www-form-urlencoded", b"a=%41&")
in_body("form of percent signs", b"application/x-www-form-urlencoded", b"%25")
in_body("parts", b"multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n')
in_body("boundaries that are none", b"multipart/form-data; boundary=" + b"-" * 60, b"\r\n" + b"-" * 61)
in_body("parts in parts", b"multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")
in_body("headers of a part", b"multipart/form-data; boundary=b", b"a: b\r\n", b"--b\r\n")
in_body("base64", b"multipart/form-data; boundary=b", b"QUFB",
        b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n")
in_body("quoted-printable", b"multipart/form-data; boundary=b", b"=41=\r\n",
        b"--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
in_body("JSON, open brackets", b"application/json", b"[")
in_body("JSON, names", b"application/json", b'{"a":')
in_body("JSON, escapes", b"application/json", b"\\u0041", b'["')
in_body("JSON, surrogates", b"application/json", b"\\ud83d", b'["')
in_body("JSON, documents", b"application/json", b'{"a":"b"}\n')
in_body("XML, elements", b"text/xml", b"<a>")
in_body("XML, references", b"text/xml", b"&#65;", b"<a>")
in_body("XML, ampersands", b"text/xml", b"&", b"<a>")
in_body("XML, attributes", b"text/xml", b' a="&lt;"', b"<a")
in_body("XML, comments", b"text/xml", b"<!--", b"<a>")
in_body("XML, CDATA", b"text/xml", b"<![CDATA[a]]>", b"<a>")
in_body("XML, entities", b"text/xml", b'<!ENTITY a "aaaaaaaa">', b"<!DOCTYPE a [")
in_body("XML, uses of an entity", b"text/xml", b"&a;",
        b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 1000 + b'">]><a>')
in_body("UTF-16", b"text/plain; charset=utf-16", b"a\0")
in_body("a command for Struts, nearly", b"application/xml", b"<string>", b"<map>")


@sized("chunks of one byte")
def _(n):
    return head(b"Transfer-Encoding: chunked") + whole(b"1\r\na\r\n", n) + b"0\r\n\r\n"


@sized("extensions of chunks")
def _(n):
    return head(b"Transfer-Encoding: chunked") + whole(b"1;" + b"e" * 200 + b"\r\na\r\n", n)


@sized("trailers")
def _(n):
    return head(b"Transfer-Encoding: chunked") + b"0\r\n" + fill(b"a: b\r\n", n)


@sized("requests in an ambiguous body")
def _(n):
    body = fill(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", n)
    return head(b"Content-Length: 3", b"Content-Length: %d" % len(body)) + body


@sized("ambiguous requests")
def _(n):
    return whole(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", n)


@sized("answers")
def _(n):
    return [(CLIENT, whole(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", n)), (SERVER, whole(OK, n))]


@sized("interim answers")
def _(n):
    return [(CLIENT, head()), (SERVER, whole(b"HTTP/1.1 100 Continue\r\n\r\n", n) + OK)]


def answered(coding, body):
    lines = b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    return [(CLIENT, head()), (SERVER, lines % (coding, len(body)) + body)]


@sized("gzip, members")
def _(n):
    return answered(b"gzip", whole(gzip.compress(b"a", mtime=0), n))


@sized("gzip, zeros")
def _(n):
    return answered(b"gzip", gzip.compress(bytes(n), mtime=0))


@sized("gzip, stored")
def _(n):
    return answered(b"gzip", gzip.compress(fill(b"0123456789", n), 0, mtime=0))


@sized("base64 that is long")
def _(n):
    return posted(b"text/plain", base64.b64encode(bytes(n)))


def h2(name, unit):
    """Behind the start of a connection; the unit is one, or is made for each odd stream."""
    def build(n):
        made, stream, size = [], 1, 0
        while size < n:
            made.append(unit(stream))
            size += len(made[-1])
            stream += 2
        return [(CLIENT, START + b"".join(made)), (SERVER, ANSWER_START)]
    INPUTS["HTTP/2: " + name] = build


FIELD = literal(b"x", b"y")
h2("requests", lambda s: request(s, GET_BLOCK))
h2("requests with bodies", lambda s: request(s, POST_BLOCK, b"a"))
h2("requests that are taken back", lambda s: request(s, GET_BLOCK) + frame(
    RST_STREAM, 0, s, b"\0\0\0\x08"))
h2("settings", lambda s: frame(SETTINGS, 0, 0))
h2("changed settings", lambda s: frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)))
h2("pings", lambda s: frame(PING, 0, 0, bytes(8)))
h2("priorities", lambda s: frame(PRIORITY, 0, s, b"\0\0\0\0\x10"))
h2("windows", lambda s: frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1"))
h2("empty data", lambda s: (request(1, POST_BLOCK)[:9 + len(POST_BLOCK)].replace(
    b"\x05\0\0\0\1", b"\x04\0\0\0\1", 1) if s == 1 else b"") + frame(DATA, 0, 1))
h2("many fields", lambda s: request(s, GET_BLOCK + FIELD * 500))
h2("fields of the table", lambda s: request(s, GET_BLOCK + b"\x90" * 500))
h2("entries of the table", lambda s: request(s, GET_BLOCK + literal(b"n", b"v" * 100, 0x40) * 20))
h2("bombs", lambda s: request(s, GET_BLOCK + literal(b"n", b"v" * 120, 0x40) + b"\xbe" * 4000))
h2("table sizes", lambda s: request(s, b"\x3f\xe1\x1f\x20" * 50 + GET_BLOCK))
h2("one header block without end", lambda s: frame(
    HEADERS if s == 1 else CONTINUATION, 0, 1, GET_BLOCK if s == 1 else FIELD))
h2("windows of streams", lambda s: request(s, GET_BLOCK) + frame(
    WINDOW_UPDATE, 0, 1, b"\0\0\0\1") * 20)
h2("bodies that are requests", lambda s: request(
    s, POST_BLOCK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
h2("bodies that go on", lambda s: request(
    s, POST_BLOCK + literal(b"content-length", b"1"), b"aGET / HTTP/1.1\r\nHost: a\r\n\r\n"))
h2("data of streams that gave way", lambda s: frame(
    HEADERS, END_HEADERS, s, POST_BLOCK) + frame(DATA, 0, s - 1026 if s > 1026 else s, b"a"))
h2("WebSockets", lambda s: frame(HEADERS, END_HEADERS, s, literal(b":protocol", b"websocket") +
                                 POST_BLOCK) + frame(DATA, 1, s, b"\x81\x81abcdZ"))
h2("one WebSocket", lambda s: (frame(HEADERS, END_HEADERS, 1, literal(
    b":protocol", b"websocket") + POST_BLOCK) if s == 1 else b"") + frame(
        DATA, 0, 1, b"\x81\x81abcdZ" * 20))
h2("bodies that are not gRPC", lambda s: request(s, POST_BLOCK + literal(
    b"content-type", b"application/grpc"), b"abc"))
h2("other frames", lambda s: frame(0x77, 0, 0, b"x"))

HANDSHAKE = [
    (CLIENT, b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
    (SERVER, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
             b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
]


def socket(name, build):
    INPUTS["WebSocket: " + name] = lambda n: HANDSHAKE + [(CLIENT, build(n))]


def deflated(data):
    coder = zlib.compressobj(wbits=-15)
    return (coder.compress(data) + coder.flush(zlib.Z_SYNC_FLUSH))[:-4]


SMALLEST = deflated(b"a")
socket("empty messages", lambda n: whole(b"\x81\x80abcd", n))
socket("pings", lambda n: whole(b"\x89\x80abcd", n))
socket("one message of empty pieces", lambda n: b"\x01\x80abcd" + whole(b"\x00\x80abcd", n))
socket("one message of bytes", lambda n: b"\x01\x80abcd" + whole(b"\x00\x81abcdx", n))
socket("compressed messages", lambda n: whole(
    bytes((0xC1, 0x80 | len(SMALLEST))) + bytes(4) + SMALLEST, n))
socket("compressed zeros", lambda n: whole(
    (lambda z: bytes((0xC2, 0x80 | 126)) + struct.pack(">H", len(z)) + bytes(4) + z)(
        deflated(bytes(200_000))), n // 8))


def mailed(name, unit, before=b"", by=by_smtp):
    INPUTS["mail: " + name] = lambda n: by(before + fill(unit, n))


def of_type(kind):
    return b"Content-Type: " + kind + b"\r\n\r\n"


def encoded_as(encoding):
    return b"Content-Transfer-Encoding: " + encoding + b"\r\n"


PARTS = of_type(b"multipart/mixed; boundary=b")
mailed("text", b"some text\r\n", b"\r\n")
mailed("text, from a mailbox", b"some text\r\n", b"\r\n", by_pop3)
mailed("text, fetched", b"some text\r\n", b"\r\n", by_fetch)
mailed("text in chunks", b"some text\r\n", b"\r\n", by_chunks)
mailed("text in chunks of a byte", b"text\r\n", b"\r\n", lambda mail: by_chunks(mail, 1))
mailed("text in pieces", b"some text\r\n", b"\r\n", lambda mail: in_pieces_fetched(mail, 100))
mailed("one long line", b"x", b"\r\n")
mailed("one long line, fetched", b"x", b"\r\n", by_fetch)
mailed("one long line in chunks", b"x", b"\r\n", by_chunks)
mailed("empty lines", b"\r\n", b"\r\n")
mailed("lines of CR", b"\r", b"\r\n")
mailed("lines with CR", b"a\r", b"\r\n")
mailed("CR LF behind CRs", b"\r\r\r\n", b"\r\n")
mailed("dots", b".", b"\r\n")
mailed("lines of dots", b".x\r\n", b"\r\n")
mailed("fields", b"a:b\r\n")
mailed("fields of parts", b"a:b\r\n", PARTS + b"--b\r\n")
mailed("folded lines", b" x\r\n", b"a: b\r\n")
mailed("folded lines of CR", b" x\r", b"a: b\r\n")
mailed("folded lines in chunks", b" x\r\n", b"a: b\r\n", by_chunks)
mailed("one long field", b"x", b"Content-Type: multipart/mixed; boundary=")
mailed("comments", b"(", b"Content-Type: ")
mailed("types", b"Content-Type: multipart/mixed; boundary=b\r\n")
mailed("types with many boundaries", whole(b"Content-Type: multipart/mixed" + b"; boundary=b" * 300
                                           + b"\r\n", 4000))
mailed("encodings", encoded_as(b"base64") + encoded_as(b"7bit"))
mailed("boundaries", b"--b\r\n", PARTS)
mailed("last boundaries", b"--b--\r\n", PARTS)
mailed("boundaries that are none", b"--" + b"a" * 60 + b"\r\n",
       of_type(b"multipart/mixed; boundary=" + b"a" * 61))
mailed("hyphens", b"-", PARTS)
mailed("lines of hyphens", b"--\r\n", of_type(b"multipart/mixed"))
mailed("parts", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", PARTS)
mailed("parts in parts", b"--b\r\n" + PARTS, PARTS)
mailed("messages in messages", of_type(b"message/rfc822"))
mailed("a digest", b"--b\r\n\r\na: b\r\n\r\n", of_type(b"multipart/digest; boundary=b"))
mailed("base64", b"QUJDREVGR0g=\r\n", encoded_as(b"base64") + b"\r\n")
mailed("base64 of blanks", b" ", encoded_as(b"base64") + b"\r\n")
mailed("quoted-printable", b"=41=\r\n", encoded_as(b"quoted-printable") + b"\r\n")
mailed("quoted-printable, blanks", b"= ", encoded_as(b"quoted-printable") + b"\r\n")
mailed("quoted-printable, one blank", b" ", encoded_as(b"quoted-printable") + b"\r\n=")
mailed("two encodings", b"QUJD=41\r\n",
       encoded_as(b"base64") + encoded_as(b"quoted-printable") + b"\r\n")
mailed("uuencode", b"M" + b"!" * 60 + b"\r\n", b"\r\nbegin 644 a\r\n")
mailed("uuencode that begins and ends", b"begin 644 a\r\nend\r\n", b"\r\n")
mailed("UTF-16", b"a\0", of_type(b"text/plain; charset=utf-16le"))
mailed("UTF-7", b"+AEE-", of_type(b"text/plain; charset=utf-7"))
mailed("names", whole(b"Content-Disposition: x" + b"; filename=a" * 300 + b"\r\n", 4000))
mailed("names in pieces", whole(
    b"Content-Disposition: x" + b"; filename*0=a; filename*1=b" * 140 + b"\r\n", 4000))
mailed("names of encoded words", whole(
    b"Content-Disposition: x; filename=" + b"=?utf-8?q?a?= " * 280 + b"\r\n", 4000))


def turns(made):
    return [(CLIENT, made)] if isinstance(made, bytes) else made


def conversation(name, n, single):
    made = turns(INPUTS[name](n))
    if not single:
        return [(side, [data]) for side, data in made]
    return [(side, [data[i:i + 1] for i in range(len(data))]) for side, data in made]


def is_steep(small, large):
    return large > STEEP * small and large > WORTH_NS


def costs(program, paths):
    """The least of some tries, which are over when they look linear."""
    least = [1 << 62] * len(paths)
    for _ in range(TRIES):
        run = subprocess.run([program, *paths], stdout=subprocess.PIPE, check=True)
        least = [min(a, int(b)) for a, b in zip(least, run.stdout.split())]
        if not is_steep(*least):
            break
    return least


def check(program, directory, name, single):
    sizes = (SMALL_SINGLE, LARGE_SINGLE) if single else (SMALL, LARGE)
    paths = []
    for n in sizes:
        paths.append(os.path.join(directory, f"{n}.pcap"))
        write_capture(paths[-1], [conversation(name, n, single)])
    small, large = costs(program, paths)
    return is_steep(small, large), f"{name}{', byte by byte' if single else ''}: " \
        f"{small / 1e6:.2f} ms, {large / 1e6:.2f} ms for four times the bytes"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cost", required=True)
    parser.add_argument("--all", action="store_true", help="tell of all")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    for name in options.names:
        if name not in INPUTS:
            parser.error(f"no such input: {name}")
    steep = 0
    with tempfile.TemporaryDirectory() as directory:
        for name in options.names or INPUTS:
            for single in (False, True):
                bad, text = check(options.cost, directory, name, single)
                steep += bad
                if bad or options.all:
                    print(("STEEP: " if bad else "") + text)
    print(f"{len(options.names or INPUTS)} inputs, {steep} cost more than their bytes")
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
