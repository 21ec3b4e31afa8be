# SPDX-License-Identifier: Apache-2.0
"""Line 5: requests on whose end two servers could disagree, with another one hidden in the gap."""
from cases import *

group = Group()

WHERE = ("url", "header", "body")
POST = b"POST /form HTTP/1.1\r\n" + HOST


def hidden(where, text):
    if where == "url":
        return get(b"/" + text)
    if where == "header":
        return get(b"/admin", b"X-Text: " + text + b"\r\n")
    return (b"POST /admin HTTP/1.1\r\n" + HOST + length(len(text)) + b"\r\n" + text)


def add(name, build, note=None, context=None, **options):
    """`context`: where it is found, if not where the request has it."""
    for part in WHERE:
        group.case(f"{name}, {part}", context or part, note=note, **options)(
            lambda text, part=part: build(hidden(part, text)))


def behind_chunks(coding, separate=b""):
    """Who reads chunks finds a request behind them; who counts bytes has none."""
    def build(request):
        body = b"0\r\n\r\n" + request
        return POST + length(len(body)) + coding + b"\r\n" + body + separate
    return build


def inside_chunk(coding):
    """Who counts bytes finds a request behind them; who reads chunks has one chunk."""
    def build(request):
        size = b"%x\r\n" % len(request)
        return POST + length(len(size)) + coding + b"\r\n" + size + request + b"\r\n0\r\n\r\n"
    return build


BOTH = "HTTP length and chunked"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
add("CL.TE", behind_chunks(CHUNKED), BOTH)
add("TE.CL", inside_chunk(CHUNKED), BOTH)


def te_before_length(request):
    body = b"0\r\n\r\n" + request
    return POST + CHUNKED + length(len(body)) + b"\r\n" + body


add("TE, then CL", te_before_length, BOTH)

# How one server is kept from reading the coding.
DISGUISES = {
    "xchunked": b"Transfer-Encoding: xchunked\r\n",
    "space before colon": b"Transfer-Encoding : chunked\r\n",
    "tab before value": b"Transfer-Encoding:\tchunked\r\n",
    "VT before value": b"Transfer-Encoding:\x0bchunked\r\n",
    "FF before value": b"Transfer-Encoding: \x0cchunked\r\n",
    "quoted": b'Transfer-Encoding: "chunked"\r\n',
    "single quotes": b"Transfer-Encoding: 'chunked'\r\n",
    "parameter": b"Transfer-Encoding: chunked;x=y\r\n",
    "folded": b"Transfer-Encoding:\r\n chunked\r\n",
    "NUL inside": b"Transfer-Encoding: chunk\0ed\r\n",
    "underscore": b"Transfer_Encoding: chunked\r\n",
    "then identity": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "then another": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n",
    "list with another": b"Transfer-Encoding: chunked, cow\r\n",
    "CR before value": b"Transfer-Encoding: \rchunked\r\n",
    "behind a bare CR": b"X-A: b\rTransfer-Encoding: chunked\r\n",
    "behind a bare LF": b"X-A: b\nTransfer-Encoding: chunked\r\n",
    "space before name": b" Transfer-Encoding: chunked\r\n",
    "upper case": b"TRANSFER-ENCODING: CHUNKED\r\n",
    "twice": b"Transfer-Encoding: chunked\r\nTransfer-encoding: chunked\r\n",
}
for name, line in DISGUISES.items():
    add(f"TE.TE {name}, behind chunks", behind_chunks(line))
    add(f"TE.TE {name}, inside of a chunk", inside_chunk(line))


@group.case("disguise is told", "url", note="disguised HTTP transfer coding")
def _(text):
    return behind_chunks(DISGUISES["xchunked"])(hidden("url", text))


def lengths(request, short_first, form=b"Content-Length: %d\r\nContent-Length: %d\r\n"):
    body = b"abc" + request
    pair = (3, len(body)) if short_first else (len(body), 3)
    return POST + form % pair + b"\r\n" + body


DIFFER = "different HTTP content lengths"
LIST = b"Content-Length: %d, %d\r\n"
add("CL.CL short one first", lambda request: lengths(request, True), DIFFER)
add("CL.CL long one first", lambda request: lengths(request, False), DIFFER)
add("CL list, short one first", lambda request: lengths(request, True, LIST), DIFFER)
add("CL list, long one first", lambda request: lengths(request, False, LIST), DIFFER)

# ---- one server counts no bytes at all ----


def whole_body(head):
    def build(request):
        return head + length(len(request)) + b"\r\n" + request
    return build


# Nothing is odd about the first of them, but what is in the body.
add("CL.0", whole_body(POST), "HTTP request body that is a request")
add("CL.0 of GET", whole_body(b"GET / HTTP/1.1\r\n" + HOST),
    "HTTP request body where none is usual")


def one_line_of_body(form):
    """A server that overlooks the length reads the body as the begin of a request."""
    def build(request):
        begin = b"GET /innocent HTTP/1.1\r\nX-Rest: "
        return POST + form % len(begin) + b"\r\n" + begin + request
    return build


# Everybody who reads these as a length reads the same one.
COUNTED = {
    "space before colon": b"Content-Length : %d\r\n",
    "folded": b"Content-Length:\r\n %d\r\n",
}
for name, form in COUNTED.items():
    add(f"0.CL {name}", one_line_of_body(form))
    add(f"0.CL {name}, the body itself", lambda request, form=form:
        POST + form % len(request) + b"\r\n" + request)

add("0.CL leading zeros", one_line_of_body(b"Content-Length: 000%d\r\n"))
add("0.CL underscore", one_line_of_body(b"Content_Length: %d\r\n"), context="any")
add("0.CL underscore, the body itself", lambda request:
    POST + b"Content_Length: %d\r\n\r\n" % len(request) + request)

# These are no length: the body goes on to the end.
UNCOUNTED = {
    "VT before value": b"Content-Length:\x0b%d\r\n",
    "plus": b"Content-Length: +%d\r\n",
    "two values": b"Content-Length: %d 0\r\n",
    "decimals": b"Content-Length: %d.0\r\n",
    "hex": b"Content-Length: 0x%x\r\n",
    "too large": b"Content-Length: 9223372036854775808%d\r\n",
}
INVALID = "invalid HTTP content length"
for name, form in UNCOUNTED.items():
    add(f"0.CL {name}", one_line_of_body(form), INVALID, "any", later=False)
    add(f"0.CL {name}, the body itself", lambda request, form=form:
        POST + form % len(request) + b"\r\n" + request, INVALID, later=False)
add("0.CL minus", lambda request: POST + b"Content-Length: -%d\r\n\r\n" % len(request) + request,
    "negative HTTP content length", later=False)

# ---- chunks that end elsewhere for others ----


def lf_in_extension(request):
    """A line end in an extension: some servers read on behind LF, some behind CR LF."""
    return POST + CHUNKED + b"\r\n2;\nxx\r\n%x\r\n0\r\n\r\n%s%s" % (
        len(request) + 32, request, b"\r\n" * 16)


add("LF in a chunk extension", lf_in_extension, context="any", later=False)


def bare_request(request):
    return POST + b"\r\n" + b"x=y&" + request


add("0.CL bytes that are no request before one", bare_request, context="any")
