# SPDX-License-Identifier: Apache-2.0
"""Line 11: HTTP/2 and WebSocket, whose framing and compression hide the token."""
import struct
import zlib

from cases import *
from cases_coding import ZSTD, gzip, made

group = Group()

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, CONTINUATION = 0, 1, 4, 9
END_STREAM, END_HEADERS, PADDED, PRIORITY = 1, 4, 8, 32
# RFC 7541 appendix B, of the letters of our texts.
HUFFMAN = {
    "E": "1100000", "v": "1110111", "i": "00110", "l": "101000", "T": "1101111", "o": "00111",
    "k": "1110101", "e": "00101", "n": "101010", "7": "011101", "s": "01000", "m": "101001",
    ".": "010111", "t": "01001", "h": "100111", "r": "101100", "G": "1100010", "d": "100100",
    "a": "00011", "8": "011110", "/": "011000",
}


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(
        ">I", stream) + payload


def plain(text):
    assert len(text) < 127
    return bytes((len(text),)) + text


def huffman(text):
    bits = "".join(HUFFMAN[c] for c in text.decode())
    bits += "1" * (-len(bits) % 8)
    coded_text = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return bytes((0x80 | len(coded_text),)) + coded_text


def literal(name, value, kind=0x00, string=plain):
    return bytes((kind,)) + plain(name) + string(value)


# Of the static table: GET, POST, http, /; 200.
GET_HEAD, POST_HEAD = b"\x82\x86", b"\x83\x86"
ROOT, STATUS_OK = b"\x84", b"\x88"
AUTHORITY = b"\x01" + plain(b"shop.example")


def path(text, kind=0x00, string=plain):
    """Literal, with the name of the table."""
    return bytes((kind | 4,)) + string(text)


def request(stream, block, body=None):
    flags = END_HEADERS | (END_STREAM if body is None else 0)
    made = frame(HEADERS, flags, stream, block)
    return made if body is None else made + frame(DATA, END_STREAM, stream, body)


START = PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, 1, 0)
ANSWER_START = frame(SETTINGS, 0, 0) + frame(SETTINGS, 1, 0)


def h2(name, where, requests, answers=None, side=CLIENT):
    """Behind them comes a later pair, in HTTP/2 too."""
    def build(text):
        later = request(101, GET_HEAD + path(b"/later-on") + AUTHORITY)
        answer = request(1, STATUS_OK, b"ok") if answers is None else answers(text)
        return [(CLIENT, START + requests(text)), (SERVER, ANSWER_START + answer),
                (CLIENT, later), (SERVER, request(101, STATUS_OK, b"later-ok"))]
    group.case("h2 " + name, where, side=side, append=False)(build)


POST_BLOCK = POST_HEAD + ROOT + AUTHORITY
GET_BLOCK = GET_HEAD + ROOT + AUTHORITY
for name, kind in (("without index", 0x00), ("never indexed", 0x10), ("indexed", 0x40)):
    for form, string in (("plain", plain), ("Huffman", huffman)):
        h2(f"path {name}, {form}", "url", lambda t, k=kind, s=string: request(
            1, GET_HEAD + path(b"/" + t, k, s) + AUTHORITY))
        h2(f"header {name}, {form}", "header", lambda t, k=kind, s=string: request(
            1, GET_BLOCK + literal(b"x-text", t, k, s)))
        h2(f"answer's header {name}, {form}", "header", lambda t: request(1, GET_BLOCK),
           lambda t, k=kind, s=string: request(1, STATUS_OK + literal(b"x-text", t, k, s), b"ok"),
           SERVER)

h2("of the dynamic table", "header", lambda t: request(
    1, GET_BLOCK + literal(b"x-text", t, 0x40, huffman)) + request(3, GET_BLOCK + b"\xbe"))
h2("table size change", "header", lambda t: request(1, b"\x20\x3f\xe1\x1f" + GET_BLOCK + literal(
    b"x-text", t, 0x40)))
h2("CONTINUATION", "header", lambda t: frame(HEADERS, END_STREAM, 1, GET_BLOCK) + b"".join(
    frame(CONTINUATION, 0, 1, bytes((c,))) for c in literal(b"x-text", t, 0, huffman)[:20]) +
    frame(CONTINUATION, END_HEADERS, 1, literal(b"x-text", t, 0, huffman)[20:]))
h2("padded HEADERS", "header", lambda t: frame(
    HEADERS, END_HEADERS | END_STREAM | PADDED | PRIORITY, 1,
    b"\x09" + struct.pack(">IB", 0, 16) + GET_BLOCK + literal(b"x-text", t, 0, huffman) + bytes(9)))
h2("padded DATA", "body", lambda t: request(1, POST_BLOCK, b"")[:-9] + b"".join(
    frame(DATA, PADDED, 1, b"\x05" + t[i:i + 3] + bytes(5)) for i in range(0, len(t), 3)) +
    frame(DATA, END_STREAM, 1))
h2("interleaved", "body", lambda t: frame(HEADERS, END_HEADERS, 1, POST_BLOCK) + frame(
    HEADERS, END_HEADERS, 3, POST_BLOCK) + b"".join(
        frame(DATA, 0, 1, t[i:i + 2]) + frame(DATA, 0, 3, b"zz") for i in range(0, len(t), 2)) +
   frame(DATA, END_STREAM, 1) + frame(DATA, END_STREAM, 3))
h2("trailers", "header", lambda t: frame(HEADERS, END_HEADERS, 1, POST_BLOCK) + frame(
    DATA, 0, 1, b"abc") + frame(HEADERS, END_HEADERS | END_STREAM, 1, literal(
        b"x-text", t, 0, huffman)))
h2("body", "body", lambda t: request(1, POST_BLOCK, t))
h2("gzip", "body", lambda t: request(1, POST_BLOCK + literal(b"content-encoding", b"gzip"),
                                     gzip(t)))
h2("answer's body", "body", lambda t: request(1, GET_BLOCK),
   lambda t: request(1, STATUS_OK, t), SERVER)
h2("H2.CL", "body", lambda t: request(1, POST_BLOCK + literal(b"content-length", b"0"),
                                     get(b"/" + t)))
h2("H2.TE", "body", lambda t: request(1, POST_BLOCK + literal(b"transfer-encoding", b"chunked"),
                                     b"0\r\n\r\n" + get(b"/" + t)))
h2("value with a line end", "header", lambda t: request(1, GET_BLOCK + literal(
    b"x-text", b"a\r\nHost: b\r\n\r\nGET /" + t)))
h2("answer's header before the real one", "header", lambda t: request(1, GET_BLOCK),
   lambda t: frame(HEADERS, END_HEADERS, 1, b"\x08\x03103" + literal(b"x-text", t)) +
   request(1, STATUS_OK, b"ok"), SERVER)


def blocks(pieces):
    """A header block in many frames."""
    return frame(HEADERS, END_STREAM, 1, GET_BLOCK) + b"".join(
        frame(CONTINUATION, 0, 1, piece) for piece in pieces[:-1]) + frame(
            CONTINUATION, END_HEADERS, 1, pieces[-1])


FILLER = literal(b"x-filler", b"f" * 100)
h2("header behind 70 frames", "header", lambda t: blocks(
    [FILLER] * 70 + [literal(b"x-text", t)]))
h2("header behind 90 KB", "header", lambda t: blocks([FILLER * 140] * 6 + [literal(b"x-text", t)]))
h2("header behind 1100 fields", "header", lambda t: request(
    1, GET_BLOCK + literal(b"a", b"b") * 1100 + literal(b"x-text", t)))
h2("body of a stream that gave way", "body", lambda t: b"".join(
    frame(HEADERS, END_HEADERS, s, POST_BLOCK) for s in [1, *range(201, 1301, 2)]) +
   frame(DATA, END_STREAM, 1, t))
GRPC = POST_HEAD + path(b"/shop.Cart/Add") + AUTHORITY + literal(
    b"content-type", b"application/grpc") + literal(b"te", b"trailers")


def grpc_message(text, flag=0):
    return struct.pack(">BI", flag, len(text)) + text


h2("gRPC, a text in it", "url", lambda t: request(1, GRPC, grpc_message(b"\x0a" + plain(t))))
h2("gRPC", "body", lambda t: request(1, GRPC, grpc_message(b"\x0a" + plain(t))))
h2("gRPC compressed", "body", lambda t: request(
    1, GRPC + literal(b"grpc-encoding", b"gzip"), grpc_message(gzip(b"\x0a" + plain(t)), 1)))



h2("no gRPC", "body", lambda t: request(1, GRPC, t))
h2("no gRPC, a head of it", "body", lambda t: request(1, GRPC, grpc_message(b"ab") + t))
h2("gRPC compressed by nothing we were told", "body", lambda t: request(
    1, GRPC, grpc_message(gzip(b"\x0a" + plain(t)), 1)))
for name, coder in (("deflate", zlib.compress), ("zstd", lambda t: made(ZSTD, t))):
    h2("gRPC compressed by " + name, "body", lambda t, n=name, c=coder: request(
        1, GRPC + literal(b"grpc-encoding", n.encode()), grpc_message(c(b"\x0a" + plain(t)), 1)))


def field(data, number=1):
    return bytes((number << 3 | 2, len(data))) + data


def strings(name, *messages, head=b""):
    """Messages of gRPC; the string is an argument."""
    h2("gRPC " + name, "url", lambda t: request(
        1, GRPC + head, b"".join(grpc_message(*m(t)) for m in messages)))


strings("string", lambda t: (field(t),))
strings("string of an inner message", lambda t: (field(b"\x08\xff\x01" + field(t, 3)),))
strings("string behind a group", lambda t: (b"\x1b\x20\x01\x1c" + field(t),))
strings("string of a second message", lambda t: (field(b"abcd"),), lambda t: (field(t),))
strings("string of a compressed message", lambda t: (gzip(field(t)), 1),
        head=literal(b"grpc-encoding", b"gzip"))
h2("gRPC string of an answer", "url", lambda t: request(1, GRPC, grpc_message(field(b"ab"))),
   lambda t: request(1, STATUS_OK + literal(b"content-type", b"application/grpc"),
                     grpc_message(field(t))), SERVER)
h2("gRPC string in pieces", "url", lambda t: frame(HEADERS, END_HEADERS, 1, GRPC) + b"".join(
    frame(DATA, 0, 1, bytes((c,))) for c in grpc_message(field(t))) + frame(DATA, END_STREAM, 1))

# ---- WebSocket ----

UPGRADE = get(b"/chat", b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s")
ACCEPT = (b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n%s\r\n")
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
KEY = b"\x37\xfa\x21\x3d"


def socket_frame(data, side, opcode=1, flags=0x80):
    head = bytes((flags | opcode, len(data) | (0x80 if side == CLIENT else 0)))
    if side == SERVER:
        return head + data
    return head + KEY + bytes(c ^ KEY[i % 4] for i, c in enumerate(data))


def deflated(text):
    coder = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (coder.compress(text) + coder.flush(zlib.Z_SYNC_FLUSH))[:-4]


def fragmented(text, side, flags=0):
    """One byte a frame, a ping in between."""
    made = socket_frame(text[:1], side, 1, flags)
    for i in range(1, len(text) - 1):
        made += socket_frame(text[i:i + 1], side, 0, 0)
    return (made + socket_frame(b"?", side, 9) + socket_frame(text[-1:], side, 0, 0x80))


def escaped(text):
    """The middle of it, so that it fits into a frame with a short length."""
    return b'{"a":"' + text[:3] + coded(text[3:6], b"\\u%04x") + text[6:] + b'"}'


SOCKETS = {
    "text": (lambda t, side: socket_frame(t, side), b""),
    "binary": (lambda t, side: socket_frame(t, side, 2), b""),
    "fragmented": (fragmented, b""),
    "second message": (lambda t, side: socket_frame(b"abc", side) + socket_frame(t, side), b""),
    "JSON": (lambda t, side: socket_frame(escaped(t), side), b""),
    "JSON in fragments": (lambda t, side: fragmented(escaped(t), side), b""),
    "JSON deflated": (lambda t, side: socket_frame(deflated(escaped(t)), side, 1, 0xC0), DEFLATE),
    "JSON of a second message": (
        lambda t, side: socket_frame(b'{"a":1}', side) + socket_frame(escaped(t), side), b""),
    "deflated": (lambda t, side: socket_frame(deflated(t), side, 1, 0xC0), DEFLATE),
    "deflated in fragments": (lambda t, side: fragmented(deflated(t), side, 0x40), DEFLATE),
}
for name, (build, extension) in SOCKETS.items():
    for side, word in ((CLIENT, "request"), (SERVER, "answer")):
        group.case(f"WebSocket {name} {word}", "body", side=side, later=False)(
            lambda text, side=side, build=build, extension=extension: [
                (CLIENT, UPGRADE.replace(b"%s", extension)),
                (SERVER, ACCEPT.replace(b"%s", extension)), (side, build(text, side))])
