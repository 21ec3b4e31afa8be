# SPDX-License-Identifier: Apache-2.0
"""Line 9: what the structure of a body hides."""
import base64

from cases import *
from cases_head import FORMS as ESCAPES

group = Group()

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
JSON = b"Content-Type: application/json\r\n"
XML = b"Content-Type: application/xml\r\n"


for name, form in ESCAPES.items():
    group.case(f"form {name}", "body")(
        lambda text, form=form: message(CLIENT, b"a=b&c=" + form(text) + b"&d", FORM))
group.case("form name", "body")(
    lambda text: message(CLIENT, b"a=b&" + coded(text, b"%%%02x") + b"=c", FORM))
group.case("form, charset announced and not there", "body")(
    lambda text: message(CLIENT, b"a=b&c=" + coded(text, b"%%%02x"),
                         FORM.replace(b"\r\n", b"; charset=utf-16\r\n")))
for sent, read in ((b"+", b" "), (b"%2b", b"+"), (b"%26", b"&")):
    group.case(f"form {sent.decode()} inside", "body", needle=parted_by(read))(
        lambda text, sent=sent: message(CLIENT, b"a=b&c=" + parted(text, sent), FORM))


def parts(text, kind=b"multipart/form-data; boundary=xYz", boundary=b"xYz",
          headers=b'Content-Disposition: form-data; name="f"\r\n', end=b"\r\n--xYz--\r\n"):
    body = (b"preamble\r\n--" + boundary + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'
            b"\r\n--" + boundary + b"\r\n" + headers + b"\r\n" + text + end)
    return message(CLIENT, body, b"Content-Type: " + kind + b"\r\n")


BASE64 = b'Content-Disposition: form-data; name="f"\r\nContent-Transfer-Encoding: base64\r\n'
QUOTED = (b'Content-Disposition: form-data; name="f"\r\n'
          b"Content-Transfer-Encoding: quoted-printable\r\n")
MULTIPART = {
    "plain": parts,
    "no end": lambda t: parts(t, end=b""),
    "quoted boundary": lambda t: parts(t, b'multipart/form-data; boundary="xYz"'),
    "two boundaries": lambda t: parts(t, b"multipart/form-data; boundary=other; boundary=xYz"),
    "two boundaries, the first": lambda t: parts(
        t, b"multipart/form-data; boundary=xYz; boundary=other"),
    "base64 part": lambda t: parts(base64.b64encode(t), headers=BASE64),
    "base64 in lines": lambda t: parts(base64.encodebytes(t * 3), headers=BASE64),
    "base64 part, two boundaries": lambda t: parts(
        base64.b64encode(t), b"multipart/form-data; boundary=other; boundary=xYz", headers=BASE64),
    "base64 part, quoted boundary": lambda t: parts(
        base64.b64encode(t), b'multipart/form-data; boundary="xYz"', headers=BASE64),
    "base64 part without end": lambda t: parts(base64.b64encode(t), headers=BASE64, end=b""),
    "quoted-printable part": lambda t: parts(coded(t, b"=%02X"), headers=QUOTED),
    "quoted-printable, soft line ends": lambda t: parts(
        b"=\r\n".join(t[i:i + 1] for i in range(len(t))), headers=QUOTED),
    "base64 part, false charset": lambda t: parts(
        base64.b64encode(t), headers=BASE64 + b"Content-Type: text/plain; charset=utf-16\r\n"),
    "base64 part, boundary far behind": lambda t: parts(
        base64.b64encode(t), b"multipart/form-data; a=" + b"x" * 300 + b"; boundary=xYz",
        headers=BASE64),
    "base64 part, nobody names the boundary": lambda t: parts(
        base64.b64encode(t), b"multipart/form-data", headers=BASE64),
    "file name": lambda t: parts(
        b"x", headers=b'Content-Disposition: form-data; name="f"; filename="' + t + b'"\r\n'),
    "filename*": lambda t: parts(
        b"x", headers=b"Content-Disposition: form-data; filename*=utf-8''" +
        coded(t, b"%%%02x") + b"\r\n"),
}
for name, build in MULTIPART.items():
    group.case(f"multipart {name}", "body")(build)

STRUCTURES = {
    "JSON \\u": lambda t: (b'{"a": ["b", "' + coded(t, b"\\u%04x") + b'"]}', JSON),
    "JSON \\u in upper case": lambda t: (b'{"a": "' + coded(t, b"\\u%04X") + b'"}', JSON),
    "JSON \\u of a name": lambda t: (b'{"' + coded(t, b"\\u%04x") + b'": 1}', JSON),
    "JSON cut off": lambda t: (b'{"a": "' + coded(t, b"\\u%04x"), JSON),
    "JSON of another type": lambda t: (b'{"a": "' + coded(t, b"\\u%04x") + b'"}',
                                       b"Content-Type: application/vnd.api+json\r\n"),
    "JSON as text": lambda t: (b'{"a": "' + coded(t, b"\\u%04x") + b'"}',
                               b"Content-Type: text/plain\r\n"),
    "JSON with two members of a name": lambda t: (
        b'{"a": "' + coded(t, b"\\u%04x") + b'", "a": "b"}', JSON),
    "JSON, deep": lambda t: (b'{"a":[' * 500 + b'"' + coded(t, b"\\u%04x") + b'"', JSON),
    "JSON lines": lambda t: (b'{"a": 1}\n{"b": "' + coded(t, b"\\u%04x") + b'"}\n',
                             b"Content-Type: application/x-ndjson\r\n"),
    "JSON behind a guard": lambda t: (b")]}',\n" + b'{"a": "' + coded(t, b"\\u%04x") + b'"}', JSON),
    "JSON behind a mark and a guard": lambda t: (
        b"\xef\xbb\xbf)]}',\n" + b'{"a": "' + coded(t, b"\\u%04x") + b'"}', b""),
    "JSON, slashes": lambda t: (b'["' + t.replace(b"/", b"\\/") + b'"]', JSON),
    "JSON in single quotes": lambda t: (b"{'a': '" + coded(t, b"\\u%04x") + b"'}", JSON),
    "XML entity": lambda t: (
        b'<!DOCTYPE a [<!ENTITY b "' + t[4:8] + b'">]><a>' + t[:4] + b"&b;" + t[8:] + b"</a>", XML),
    "XML entity behind others": lambda t: (
        b'<!DOCTYPE a [<!ENTITY c "' + b"c" * 999 + b'"><!ENTITY b "' + t[4:8] +
        b'">]><a>&c;&c;&c;' + t[:4] + b"&b;" + t[8:] + b"</a>", XML),
    "XML comment inside": lambda t: (b"<a>" + t[:4] + b"<!-- -->" + t[4:] + b"</a>", XML),
    "XML decimal": lambda t: (b"<a><b>" + coded(t, b"&#%d;") + b"</b></a>", XML),
    "XML hexadecimal": lambda t: (b"<a><b>" + coded(t, b"&#x%X;") + b"</b></a>", XML),
    "XML with zeros": lambda t: (b"<a>" + coded(t, b"&#x000%x;") + b"</a>", XML),
    "XML attribute": lambda t: (b'<a b="c" d="' + coded(t, b"&#%d;") + b'"/>', XML),
    "XML CDATA": lambda t: (b"<a><![CDATA[" + t + b"]]></a>", XML),
    "XML without type": lambda t: (b"<?xml version='1.0'?><a>" + coded(t, b"&#%d;") + b"</a>",
                                   b""),
    "UTF-16 with BOM": lambda t: (b"\xff\xfe" + t.decode().encode("utf-16-le"),
                                  b"Content-Type: text/plain\r\n"),
    "UTF-16 BE with BOM": lambda t: (b"\xfe\xff" + t.decode().encode("utf-16-be"),
                                     b"Content-Type: text/plain\r\n"),
    "UTF-16 by name": lambda t: (t.decode().encode("utf-16-le"),
                                 b"Content-Type: text/plain; charset=utf-16le\r\n"),
    "UTF-16 XML": lambda t: (("<?xml version='1.0'?><a>" + t.decode() + "</a>").encode("utf-16"),
                             XML),
    "UTF-16 without a name": lambda t: (t.decode().encode("utf-16-le"), b""),
    "UTF-7": lambda t: (b"+" + base64.b64encode(t.decode().encode("utf-16-be")).rstrip(b"=") + b"-",
                        b"Content-Type: text/html; charset=UTF-7\r\n"),
    "IBM037": lambda t: (t.decode().encode("cp037"),
                         b"Content-Type: text/plain; charset=ibm037\r\n"),
    "UTF-16 named and not there": lambda t: (b"a=" + t,
                                             b"Content-Type: text/plain; charset=utf-16\r\n"),
    "UTF-16 behind what might be ASCII": lambda t: (
        b"0123456789abcdef" + t.decode().encode("utf-16-le"),
        b"Content-Type: text/plain; charset=utf-16le\r\n"),
    "UTF-32 with BOM": lambda t: (t.decode().encode("utf-32"), b"Content-Type: text/plain\r\n"),
}
for name, build in STRUCTURES.items():
    group.case(name, "body", both=True)(
        lambda text, side, build=build: message(side, *build(text)))
group.case("XML CDATA inside", "body", both=True)(
    lambda text, side: message(side, b"<a>" + parted(text, b"<![CDATA[") .replace(
        b"</a>", b"") + b"]]></a>", XML))
