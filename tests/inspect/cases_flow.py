# SPDX-License-Identifier: Apache-2.0
"""Lines 1 to 4: many messages on a connection, segments, chunks."""
from cases import *

keep_alive, pipelines, segments, chunking = Group(), Group(), Group(), Group()


def carrier(where, text, side=CLIENT):
    """A plain message with the text in one of its parts."""
    if where == "url":
        return get(b"/a/" + text + b"?b=c")
    if where == "header":
        return message(side, b"ok", b"X-A: b\r\nX-Text: " + text + b"\r\nX-Z: y\r\n")
    return message(side, text)


# ---- 1: the n-th message, and what went before ----

BEFORE = {
    "GET": (GET, OK),
    "HEAD": (b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n",
             b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
    "204": (GET, b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304": (GET, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n"),
    "100": (message(CLIENT, b"abc", b"Expect: 100-continue\r\n"),
            b"HTTP/1.1 100 Continue\r\n\r\n" + OK),
    "103": (GET, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK),
    "empty POST": (message(CLIENT, b""), message(SERVER, b"")),
    "chunked POST": (chunked(CLIENT, chunks(b"abcdef", 4)), chunked(SERVER, chunks(b"abcdef", 4))),
}


def nth(before, n, where, side):
    asked, answered = BEFORE[before]

    def build(text):
        turns = [(CLIENT, asked), (SERVER, answered)] * (n - 1)
        one = carrier(where, text, side)
        return turns + ([(CLIENT, one), (SERVER, OK)] if side == CLIENT else
                        [(CLIENT, GET), (SERVER, one)])
    return build


for before in BEFORE:
    for n in (1, 2, 10, 200):
        for where in ("url", "header", "body"):
            for side, word in ((CLIENT, "request"), (SERVER, "answer")):
                if (side == SERVER and where == "url") or (n in (1, 200) and before != "GET"):
                    continue
                keep_alive.case(f"{word} {n} after {before} in {where}", where, side=side,
                                cuts=CUTS_FEW if n > 2 else CUTS_ALL)(nth(before, n, where, side))

# ---- 2: many in one segment ----


def pipeline(n, k, where, side):
    def build(text):
        plain = (GET, message(CLIENT, b"abc"), chunked(CLIENT, chunks(b"abcd", 3)))
        answers = (OK, b"HTTP/1.1 204 No\r\n\r\n", chunked(SERVER, chunks(b"abcd", 3)))
        one = carrier(where, text, side)
        asked = b"".join(one if i == k and side == CLIENT else plain[i % 3] for i in range(n))
        said = b"".join(one if i == k and side == SERVER else answers[i % 3] for i in range(n))
        return [(CLIENT, asked), (SERVER, said)]
    return build


for n in (1, 2, 3, 5, 10, 20):
    for k in range(n):
        for where in ("url", "header", "body"):
            for side, word in ((CLIENT, "request"), (SERVER, "answer")):
                if side == CLIENT or where != "url":
                    pipelines.case(f"{word} {k + 1} of {n} in {where}", where, side=side,
                                   cuts=CUTS_ALL if n == 3 else CUTS_FEW,
                                   positions=("middle",))(pipeline(n, k, where, side))

# ---- 3: segments ----

for where in ("url", "header", "body"):
    for side, word in ((CLIENT, "request"), (SERVER, "answer")):
        if side == CLIENT or where != "url":
            segments.case(f"{word} in {where}", where, side=side, cuts="every")(
                lambda text, where=where, side=side: carrier(where, text, side))


@segments.case("escapes in url", "url", cuts="every")
def _(text):
    return get(b"/a/" + b"".join(b"%%%02x" % c for c in text))


@segments.case("chunks", "body", both=True, cuts="every")
def _(text, side):
    return chunked(side, chunks(text, 7, b"%03X;a=b\r\n%s\r\n"))


@segments.case("1 MB with a token at every 100 KB", "body", both=True, cuts=CUTS_FEW,
               positions=("middle",), count=10)
def _(text, side):
    return message(side, (text + b"x" * (100_000 - len(text))) * 10)


@segments.case("1 MB of chunks with a token at every 100 KB", "body", both=True, cuts=CUTS_FEW,
               positions=("middle",), count=10)
def _(text, side):
    return chunked(side, chunks((text + b"x" * (100_000 - len(text))) * 10, 4093))


@segments.case("1 MB before the late header", "header", positions=("middle",), cuts=CUTS_NONE)
def _(text):
    return message(CLIENT, b"x" * 1_000_000) + get(b"/", b"X-Text: " + text + b"\r\n")


# ---- 4: chunks ----

FORMS = {
    "1-byte chunks": (1, b"%x\r\n%s\r\n", b"0\r\n\r\n", None),
    "4-byte chunks": (4, b"%x\r\n%s\r\n", b"0\r\n\r\n", None),
    "extensions": (5, b"%x;name=value;other\r\n%s\r\n", b"0;last\r\n\r\n", None),
    "quoted extension": (5, b'%x;name="va;l\\"ue"\r\n%s\r\n', b"0\r\n\r\n", None),
    "blanks before extension": (5, b"%x  ; a=b\r\n%s\r\n", b"0\r\n\r\n", None),
    "leading zeros": (5, b"0000000%x\r\n%s\r\n", b"00000\r\n\r\n", None),
    "LF only": (5, b"%x\n%s\n", b"0\n\n", None),
    "LF behind sizes": (5, b"%x\n%s\r\n", b"0\r\n\r\n", None),
    "upper-case hex": (13, b"%X\r\n%s\r\n", b"0\r\n\r\n", None),
    "lower-case hex": (13, b"%x\r\n%s\r\n", b"0\r\n\r\n", None),
    "trailing space": (5, b"%x \r\n%s\r\n", b"0 \r\n\r\n", None),
    "trailing tab": (5, b"%x\t\r\n%s\r\n", b"0\t\r\n\r\n", None),
    "leading space": (5, b" %x\r\n%s\r\n", b"0\r\n\r\n", "blanks before HTTP chunk size"),
    "0x": (5, b"0x%x\r\n%s\r\n", b"0\r\n\r\n", "HTTP chunk size with 0x"),
    "long extension": (40, b"%x;" + b"e" * 300 + b"\r\n%s\r\n", b"0\r\n\r\n",
                       "HTTP chunk size line over 256 bytes"),
    "no CRLF behind data": (5, b"%x\r\n%s", b"0\r\n\r\n", "no line end behind HTTP chunk"),
    "garbage behind size": (5, b"%x,\r\n%s\r\n", b"0\r\n\r\n", "garbage behind HTTP chunk size"),
}

for name, (size, form, end, note) in FORMS.items():
    chunking.case(name, "body", both=True, note=note)(
        lambda text, side, size=size, form=form, end=end: chunked(
            side, chunks(text, size, form, end)))


@chunking.case("no last chunk", "body", both=True, later=False)
def _(text, side):
    return chunked(side, chunks(text, 9, end=b""))


@chunking.case("a second message behind", "body", both=True)
def _(text, side):
    return chunked(side, chunks(b"abc", 2)) + chunked(side, chunks(text, 2))


@chunking.case("trailers", "header", both=True)
def _(text, side):
    return chunked(side, chunks(b"abcdef", 4, end=b"0\r\nX-A: b\r\nX-Text: " + text +
                                b"\r\nX-Z: y\r\n\r\n"))


@chunking.case("trailers over 8 KiB", "header", both=True, cuts=CUTS_FEW,
               note="HTTP trailers over 8 KiB")
def _(text, side):
    fill = b"X-Filler: " + b"z" * 500 + b"\r\n"
    return chunked(side, chunks(b"abcdef", 4, end=b"0\r\n" + fill * 20 + b"X-Text: " + text +
                                b"\r\n\r\n"))


@chunking.case("size over 2^31", "body", both=True, later=False, note="HTTP chunk size over 2^31")
def _(text, side):
    return chunked(side, chunks(text, 9, end=b"ffffffff\r\nabc"))


@chunking.case("LF in trailers", "header", both=True)
def _(text, side):
    return chunked(side, chunks(b"abcdef", 4, b"%x\n%s\n", b"0\nX-Text: " + text + b"\n\n"))


@chunking.case("announced in another case", "body", both=True)
def _(text, side):
    return first_line(side) + b"tRANSFER-eNCODING:\tCHUNKED\r\n\r\n" + chunks(text, 3)
