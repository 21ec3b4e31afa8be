# SPDX-License-Identifier: Apache-2.0
"""Lines 10 and 12: messages that begin oddly, tunnels, and answers that only clients understand."""
from cases import *
from cases_coding import gzip, zlib_coded

starts, answers = Group(), Group()

# ---- 10 ----

BEFORE = {
    "leading CR LF": b"\r\n", "leading LF": b"\n", "three empty lines": b"\r\n\r\n\r\n",
}
for name, before in BEFORE.items():
    starts.case(f"{name} before the first", "url")(
        lambda text, before=before: before + get(b"/" + text))
for name, before in {**BEFORE, "leading space": b" ", "leading tab": b"\t",
                     "space and empty line": b" \r\n"}.items():
    starts.case(f"{name} before the second", "url")(
        lambda text, before=before: GET + before + get(b"/" + text))
starts.case("ten empty lines", "url", note="too many empty lines before HTTP message")(
    lambda text: GET + b"\r\n" * 10 + get(b"/" + text))

NEITHER = "HTTP version is neither 1.0 nor 1.1"
for version in (b"HTTP/1.2", b"HTTP/01.1", b"http/1.1", b"HTTP1.1", b"HTTP/1.10", b"HTTP/2.0",
                b"HTTP/9.9", b"HTTP/1."):
    starts.case(f"version {version.decode()}", "url", note=NEITHER)(
        lambda text, version=version: GET + b"GET /" + text + b" " + version + b"\r\n" + HOST +
        b"\r\n")

starts.case("0.9", "url", later=False, note="HTTP request without version",
            answers=b"<html>plain</html>")(lambda text: b"GET /" + text + b"\r\n")
starts.case("0.9 answer", "body", side=SERVER, later=False, asked=b"GET /\r\n")(
    lambda text: b"<html>" + text)


@starts.case("1.0 keep-alive", "body", both=True)
def _(text, side):
    first = b"POST / HTTP/1.0\r\n" if side == CLIENT else b"HTTP/1.0 200 OK\r\n"
    return first + b"Connection: keep-alive\r\n" + length(len(text)) + b"\r\n" + text


@starts.case("1.0 with chunks", "body", both=True, note="HTTP/1.0 message with transfer coding")
def _(text, side):
    first = b"POST / HTTP/1.0\r\n" if side == CLIENT else b"HTTP/1.0 200 OK\r\n"
    return first + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(text, 4)


# What begins inside of a segment with stray bytes is read as a body.
starts.case("PRI inside of HTTP/1", "any")(
    lambda text: GET + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + get(b"/" + text))


def tunnel(text):
    return [(CLIENT, b"CONNECT inner.example:80 HTTP/1.1\r\nHost: inner.example\r\n\r\n"),
            (SERVER, b"HTTP/1.1 200 Connection established\r\n\r\n"),
            (CLIENT, get(b"/" + text)), (SERVER, OK)]


starts.case("HTTP behind CONNECT", "url")(tunnel)
starts.case("HTTP behind a refused CONNECT", "url")(lambda text: [
    (CLIENT, b"CONNECT inner.example:80 HTTP/1.1\r\nHost: inner.example\r\n\r\n"),
    (SERVER, b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"),
    (CLIENT, get(b"/" + text)), (SERVER, OK)])

# ---- 12 ----

H = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
TO_END = {
    "no length": lambda t: H + b"\r\n" + t,
    "HTTP/1.1 200 alone": lambda t: b"HTTP/1.1 200\r\n\r\n" + t,
    "chunks not announced": lambda t: H + b"\r\n" + chunks(t, 9),
    "chunks announced and not there": lambda t: H + CHUNKED + b"\r\n" + b"(" + t,
    "no empty line, no colon": lambda t: H + b"Content-Type: text/plain\n\n" + t,
    "gzip to the end": lambda t: H + b"Content-Encoding: gzip\r\n\r\n" + gzip(t),
    "gzip cut off": lambda t: H + b"Content-Encoding: gzip\r\n\r\n" + gzip(t)[:-9],
    "invalid length": lambda t: H + b"Content-Length: abc\r\n\r\n" + t,
    "chunked with an odd name": lambda t: H + b"Transfer-Encoding: foo\r\n\r\n" + t,
    "no status line": lambda t: b"<html>" + t,
    "ICY": lambda t: b"ICY 200 OK\r\n\r\n" + t,
}
for name, build in TO_END.items():
    answers.case(name, "body", side=SERVER, later=False)(build)

WITH_LENGTH = {
    "space before status line": b" HTTP/1.1 200 OK\r\n",
    "empty lines before": b"\r\n\r\nHTTP/1.1 200 OK\r\n",
    "garbage line before": b"foo\r\nHTTP/1.1 200 OK\r\n",
    "lower case": b"http/1.1 200 ok\r\n",
    "version 1.2": b"HTTP/1.2 200 OK\r\n",
    "version 2.0": b"HTTP/2.0 200 OK\r\n",
    "version 0.9": b"HTTP/0.9 200 OK\r\n",
    "status 206": b"HTTP/1.1 206 Part\r\n",
    "status 302": b"HTTP/1.1 302 Found\r\nLocation: /\r\n",
    "status 404": b"HTTP/1.1 404 Not Found\r\n",
    "status 500": b"HTTP/1.1 500 Error\r\n",
    "status 600": b"HTTP/1.1 600 Odd\r\n",
    "status 999": b"HTTP/1.1 999 Odd\r\n",
    "tabs": b"HTTP/1.1\t200\tOK\r\n",
    "many spaces": b"HTTP/1.1   200   OK\r\n",
    "no reason": b"HTTP/1.1 200\r\n",
    "several 100s before": b"HTTP/1.1 100 Go\r\n\r\n" * 3 + H,
    "100 with headers before": b"HTTP/1.1 100 Go\r\nX-A: b\r\n\r\n" + H,
}
for name, first in WITH_LENGTH.items():
    answers.case(f"{name}, counted", "body", side=SERVER)(
        lambda text, first=first: first + length(len(text)) + b"\r\n" + text)
    answers.case(f"{name}, chunked", "body", side=SERVER)(
        lambda text, first=first: first + CHUNKED + b"\r\n" + chunks(text, 7))
    answers.case(f"{name}, gzip in chunks", "body", side=SERVER)(
        lambda text, first=first: first + b"Content-Encoding: gzip\r\n" + CHUNKED + b"\r\n" +
        chunks(gzip(text), 7))
for status in (b"204", b"304"):
    answers.case(f"{status.decode()} with body", "body", side=SERVER, later=False)(
        lambda text, status=status: b"HTTP/1.1 " + status + b" No\r\n" + length(len(text)) +
        b"\r\n" + text)
answers.case("answer to HEAD with body", "body", side=SERVER, later=False,
             asked=b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n")(lambda text: message(SERVER, text))

# The mirror: what they do to answers, done to requests and answers.
LINES = {
    "folded coding": b"Transfer-Encoding:\r\n chunked\r\n",
    "coding name on a line of its own": b"Transfer-Encoding\r\n : chunked\r\n",
    "control byte behind the name": b"Transfer-Encoding\x0b: chunked\r\n",
    "control byte before the name": b"\x00Transfer-Encoding: chunked\r\n",
    "NUL inside of the name": b"Transfer\0-Encoding: chunked\r\n",
    "behind CR": b"X-A: b\rTransfer-Encoding: chunked\r\n",
    "comma before": b"Transfer-Encoding: ,chunked\r\n",
    "semicolon behind": b"Transfer-Encoding: chunked;\r\n",
    "other letters behind": b"Transfer-Encoding: chunkedx\r\n",
    "twice": b"Transfer-Encoding: chunked, chunked\r\n",
    "identity": b"Transfer-Encoding: identity, chunked\r\n",
    "in two lines": b"Transfer-Encoding: gzip;\r\nTransfer-Encoding: chunked\r\n",
}
for name, lines in LINES.items():
    answers.case(f"mirror {name}", "body", both=True)(
        lambda text, side, lines=lines: first_line(side) + lines + b"\r\n" + chunks(text, 5))
    answers.case(f"mirror {name}, deflate", "body", both=True)(
        lambda text, side, lines=lines: first_line(side) + b"Content-Encoding: deflate\r\n" + lines
        + b"\r\n" + chunks(zlib_coded(text), 5))
