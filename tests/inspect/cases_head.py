# SPDX-License-Identifier: Apache-2.0
"""Lines 7 and 8: targets and header lines."""
import base64

from cases import *

targets, headers = Group(), Group()

# ---- 7: the target ----


def fullwidth(text):
    return b"".join(b"%%u%04x" % (c + 0xFEE0) for c in text)


def overlong(text, form):
    return b"".join(form % (0xC0 | c >> 6, 0x80 | c & 0x3F) for c in text)


ODD = "space or control byte in HTTP request target"
NEITHER = "HTTP version is neither 1.0 nor 1.1"

# What the target does to the text; the same is done in the path and in the query.
FORMS = {
    "as it is": lambda t: t,
    "%XX": lambda t: coded(t, b"%%%02X"),
    "%xx": lambda t: coded(t, b"%%%02x"),
    "%XX here and there": lambda t: coded(t, b"%%%02X", lambda i: i % 3 == 1),
    "%uXXXX": lambda t: coded(t, b"%%u%04X"),
    "%UXXXX": lambda t: coded(t, b"%%U%04x"),
    "fullwidth %u": fullwidth,
    "double %25XX": lambda t: coded(t, b"%%25%02X"),
    "double %%XX%XX": lambda t: b"".join(b"%%%02x%%%02x%%%02x" % (
        0x25, ord("%x" % (c >> 4)), ord("%x" % (c & 15))) for c in t),
    "overlong UTF-8": lambda t: overlong(t, b"%%%02x%%%02x"),
    "overlong UTF-8 of three": lambda t: b"".join(
        b"%%e0%%%02x%%%02x" % (0x80 | c >> 6, 0x80 | c & 0x3F) for c in t),
    "escape that is none before": lambda t: b"%zz" + coded(t, b"%%%02x"),
    "percent sign before": lambda t: b"%" + coded(t, b"%%%02x"),
}
for name, form in FORMS.items():
    targets.case(f"{name} in path", "url")(
        lambda text, form=form: get(b"/a/" + form(text) + b"/b"))
    targets.case(f"{name} in query", "url")(
        lambda text, form=form: get(b"/a?x=y&name=" + form(text) + b"&z"))
    targets.case(f"{name} in name of argument", "url")(
        lambda text, form=form: get(b"/a?" + form(text) + b"=y&z"))

# What stands inside of the token, and what is made of it.
PARTS = {
    "/./": (b"/./", b"/"), "//": (b"//", b"/"), "/x/../": (b"/x/../", b"/"),
    "backslash": (b"\\", b"/"), "%2f": (b"%2f", b"/"), "%5c": (b"%5c", b"/"),
    "/%2e/": (b"/%2e/", b"/"), "/x/%2e%2e/": (b"/x/%2e%2e/", b"/"),
    "/x/..%2f": (b"/x/..%2f", b"/"), "%252f": (b"%252f", b"/"), "%c0%af": (b"%c0%af", b"/"),
    "/x/%c0%ae%c0%ae/": (b"/x/%c0%ae%c0%ae/", b"/"),
    "/././/././": (b"/././/././", b"/"), "/x/y/../../": (b"/x/y/../../", b"/"),
    "backslashes and dots": (b"\\.\\x\\..\\", b"/"),
    "%20": (b"%20", b" "),
}
for name, (sent, read) in PARTS.items():
    targets.case(f"{name} in path", "url", needle=parted_by(read))(
        lambda text, sent=sent: get(b"/a/" + parted(text, sent)))
for name, (sent, read) in {"+": (b"+", b" "), "%2b": (b"%2b", b"+"), "%20": (b"%20", b" "),
                           "%26": (b"%26", b"&"), "%3d": (b"%3d", b"="),
                           "%2520": (b"%2520", b" "), "%c0%ae": (b"%c0%ae", b".")}.items():
    targets.case(f"{name} in query", "url", needle=parted_by(read))(
        lambda text, sent=sent: get(b"/a?x=y&z=" + parted(text, sent) + b"&b=c"))

HEX = FORMS["%xx"]
LINES = {
    "%00 behind": (lambda t: get(b"/" + t + b"%00.png"), None),
    "%00 before": (lambda t: get(b"/a%00" + t), None),
    "%00 inside of query": (lambda t: get(b"/?a=%00" + t + b"%00"), None),
    "above the root": (lambda t: get(b"/../../" + t), None),
    "fragment": (lambda t: get(b"/a?b#" + t), None),
    "several question marks": (lambda t: get(b"/a??b=?" + t), None),
    "semicolons in query": (lambda t: get(b"/a?b=c;d=" + t + b";e"), None),
    "path parameter": (lambda t: get(b"/a;b=" + t + b"/c"), None),
    "absolute form": (lambda t: get(b"http://shop.example/" + t), None),
    "absolute form of another host": (lambda t: get(b"http://other.example/" + t),
                                      "ambiguous HTTP host"),
    "absolute form with user": (lambda t: get(b"http://user@shop.example/" + t),
                                "user information in HTTP request target"),
    "absolute form in upper case": (lambda t: get(b"HTTP://SHOP.EXAMPLE/" + t), None),
    "authority form": (lambda t: b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n" +
                       get(b"/" + t), None),
    "lower-case method": (lambda t: b"get /" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n", None),
    "mixed-case method": (lambda t: b"GeT /" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n", None),
    "unknown method": (lambda t: b"FROBNICATE /" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n",
                       None),
    "method of odd letters": (lambda t: b"M-SEARCH2 /" + t + b" HTTP/1.1\r\n" + HOST +
                              b"\r\n", None),
    "tabs": (lambda t: b"GET\t/" + t + b"\tHTTP/1.1\r\n" + HOST + b"\r\n", None),
    "many spaces": (lambda t: b"GET   /" + t + b" \t HTTP/1.1\r\n" + HOST + b"\r\n", None),
    "trailing spaces": (lambda t: b"GET /" + t + b" HTTP/1.1  \r\n" + HOST + b"\r\n", None),
    "space in target": (lambda t: b"GET /a b" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n", ODD),
    "VT in target": (lambda t: b"GET /a\x0b" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n", ODD),
    "FF behind target": (lambda t: b"GET /" + t + b"\x0c HTTP/1.1\r\n" + HOST + b"\r\n", ODD),
    "NUL in target": (lambda t: b"GET /a\0" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n", ODD),
    "bytes over 0x7f": (lambda t: b"GET /\x85\xa0\xff" + t + b" HTTP/1.1\r\n" + HOST +
                        b"\r\n", None),
    "LF only": (lambda t: b"GET /" + t + b" HTTP/1.1\nHost: shop.example\n\n", None),
    "relative target": (lambda t: b"GET a/" + t + b" HTTP/1.1\r\n" + HOST + b"\r\n", None),
    "1,000 arguments before": (lambda t: get(b"/?" + b"a=b&" * 1000 + b"x=" + t), None),
    "15 KB before": (lambda t: get(b"/?" + b"a" * 15_000 + b"&x=" + t), None),
    "17 KB behind": (lambda t: get(b"/?x=" + t + b"&" + b"a" * 17_000), "HTTP line over 16 KiB"),
}
for name, (build, note) in LINES.items():
    targets.case(name, "url", note=note)(build)
    targets.case(f"{name}, escaped", "url")(lambda text, build=build: build(HEX(text)))

# ---- 8: header lines ----


def line(side, lines, end=b"\r\n"):
    return message(side, b"ok", lines + end)


PLACES = {
    "first": lambda side, text: line(side, b"X-Text: " + text),
    "behind others": lambda side, text: line(side, b"A: b\r\nC: d\r\nX-Text: " + text),
    "no space": lambda side, text: line(side, b"X-Text:" + text),
    "many blanks": lambda side, text: line(side, b"X-Text: \t \t  " + text + b" \t "),
    "lower case": lambda side, text: line(side, b"x-text: " + text),
    "upper case": lambda side, text: line(side, b"X-TEXT: " + text),
    "as name": lambda side, text: line(side, b"X-" + text + b": a"),
    "LF": lambda side, text: line(side, b"X-Text: " + text, b"\n"),
    "LF before": lambda side, text: line(side, b"A: b\nX-Text: " + text),
    "duplicated": lambda side, text: line(side, b"X-Text: a\r\nX-Text: " + text + b"\r\nX-Text: b"),
    "duplicated 100 times": lambda side, text: line(side, b"X-Text: a\r\n" * 100 + b"X-Text: " +
                                                    text),
    "NUL before": lambda side, text: line(side, b"X-Text: a\0" + text),
    "NUL in name": lambda side, text: line(side, b"X\0-Text: " + text),
    "bytes over 0x7f": lambda side, text: line(side, b"X-Text: \xff\x80\xa0" + text),
    "empty name": lambda side, text: line(side, b": " + text),
    "1,000 before": lambda side, text: line(side, b"X-A: b\r\n" * 1000 + b"X-Text: " + text),
    "60 KB before": lambda side, text: line(
        side, (b"X-A: " + b"z" * 2_000 + b"\r\n") * 30 + b"X-Text: " + text),
    "value of percent signs": lambda side, text: line(
        side, b"X-Text: " + coded(text, b"%%%02x")),
    "value of some percent signs": lambda side, text: line(
        side, b"Referer: http://a/?" + coded(text, b"%%%02x", lambda i: i % 4 == 2)),
    "RFC 2047 base64": lambda side, text: line(
        side, b"X-Text: =?utf-8?B?" + base64.b64encode(text) + b"?="),
    "RFC 2047 quoted": lambda side, text: line(
        side, b"X-Text: a =?utf-8?q?" + coded(text, b"=%02X") + b"?= b"),
    "RFC 2047 in two words": lambda side, text: line(
        side, b"X-Text: =?utf-8?q?" + text[:24] + b"?= =?utf-8?b?" + base64.b64encode(text[24:]) +
        b"?="),
    "RFC 8187": lambda side, text: line(
        side, b"Content-Disposition: attachment; filename*=UTF-8''" + coded(text, b"%%%02x")),
    "cookie": lambda side, text: line(
        side, (b"Cookie: a=b; c=" if side == CLIENT else b"Set-Cookie: c=") +
        coded(text, b"%%%02x") + b"; d=e"),
    "Authorization": lambda side, text: line(
        side, b"Authorization: Bearer " + text),
}
for name, build in PLACES.items():
    headers.case(name, "header", both=True, cuts=CUTS_FEW if "before" in name and
                 name[0].isdigit() else CUTS_ALL)(
        lambda text, side, build=build: build(side, text))

NOTED = {
    "folded": (lambda side, text: line(side, b"X-Text: a\r\n " + text), "folded HTTP header"),
    "folded with tab": (lambda side, text: line(side, b"X-Text:\r\n\t" + text + b"\r\n\tb"),
                        "folded HTTP header"),
    "first line folded": (lambda side, text: line(side, b" X-Text: " + text),
                          "folded HTTP header"),
    "space before colon": (lambda side, text: line(side, b"X-Text : " + text),
                           "space before colon of HTTP header"),
    "control byte before name": (lambda side, text: line(side, b"\x0bX-Text: " + text),
                                 "invalid HTTP header name"),
    "no colon": (lambda side, text: line(side, text), "HTTP header without colon"),
    "CR before": (lambda side, text: line(side, b"A: b\rX-Text: " + text),
                  "CR inside HTTP header line"),
    "more than 1,024 before": (lambda side, text: line(
        side, b"X-A: b\r\n" * 1100 + b"X-Text: " + text), "more than 1024 HTTP headers"),
    "64 KiB before": (lambda side, text: line(
        side, (b"X-A: " + b"z" * 2_000 + b"\r\n") * 40 + b"X-Text: " + text),
        "HTTP header block over 64 KiB"),
    "line over 16 KiB": (lambda side, text: line(side, b"X-Text: " + b"z" * 17_000 + text),
                         "HTTP line over 16 KiB"),
    "line over 100 KiB": (lambda side, text: line(side, b"X-Text: " + b"z" * 100_000 + text),
                          "HTTP line over 16 KiB"),
}
for name, (build, note) in NOTED.items():
    headers.case(name, "header", both=True, note=note,
                 cuts=CUTS_FEW if name[0].isdigit() or "over" in name or "more" in name else
                 CUTS_ALL)(lambda text, side, build=build: build(side, text))


@headers.case("fold inside", "header", both=True, needle=parted_by(b" "))
def _(text, side):
    return line(side, b"X-Text: " + parted(text, b"\r\n \t "))


@headers.case("status line", "header", side=SERVER)
def _(text):
    return b"HTTP/1.1 200 " + text + b"\r\nContent-Length: 0\r\n\r\n"


@headers.case("of 1xx", "header", side=SERVER)
def _(text):
    return b"HTTP/1.1 103 Early\r\nX-Text: " + text + b"\r\n\r\n" + OK


@headers.case("of an answer without body", "header", side=SERVER)
def _(text):
    return b"HTTP/1.1 304 Same\r\nContent-Length: 10\r\nX-Text: " + text + b"\r\n\r\n"
