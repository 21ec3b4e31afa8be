# SPDX-License-Identifier: Apache-2.0
"""Line 13: what mail hides, in SMTP, POP3 and IMAP."""
import base64
import binascii

from cases import CUTS_FEW, Group, coded
from wire import CLIENT, SERVER

group = Group()

EMPTY = b"\r\n"
TOP = b"From: a@a.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
BASE64 = b"Content-Transfer-Encoding: base64\r\n"
QUOTED = b"Content-Transfer-Encoding: quoted-printable\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=xYz\r\n"
TEXT = b"Content-Type: text/plain\r\n"
ATTACHED = b"Content-Disposition: attachment"


def lines64(text, size=19):
    """base64 in lines."""
    code = base64.b64encode(text)
    return b"".join(code[i:i + size] + EMPTY for i in range(0, len(code), size))


def lines_quoted(text):
    return b"=\r\n".join(text[i:i + 3] for i in range(0, len(text), 3)) + EMPTY


def hidden(text):
    return coded(text, b"=%02X")


def parts(part, head=MIXED, boundary=b"--xYz", end=b"--xYz--\r\nepilogue\r\n", before=b""):
    return (TOP + head + EMPTY + b"preamble\r\n" + before + boundary + EMPTY + TEXT + EMPTY +
            b"first\r\n" + boundary + EMPTY + part + end)


def part64(text, head=b""):
    return head + BASE64 + EMPTY + lines64(text)


def nested(text, depth):
    message = part64(text)
    for i in range(depth):
        name = b"l%d." % i
        message = (b"Content-Type: multipart/mixed; boundary=" + name + EMPTY * 2 + b"--" + name +
                   EMPTY + message + b"--" + name + b"--\r\n")
    return TOP + message


def inside(message, head=b"Content-Type: message/rfc822\r\n"):
    return head + EMPTY + message


def uuencoded(text):
    pieces = [text[i:i + 45] for i in range(0, len(text), 45)]
    return (b"begin 644 a.txt\r\n" + b"".join(binascii.b2a_uu(p)[:-1] + EMPTY for p in pieces) +
            b"`\r\nend\r\n")


def utf7(text):
    return b"+" + base64.b64encode(text.decode().encode("utf-16-be")).rstrip(b"=") + b"-"


def of_charset(name, code):
    return lambda t: (TOP + b"Content-Type: text/plain; charset=" + name + EMPTY + BASE64 + EMPTY +
                      lines64(code(t)))


def encoded_words(text, size=6):
    return b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(text[i:i + size]) + b"?="
                         for i in range(0, len(text), size))


def in_pieces(text, form=b"%s"):
    return b"".join(b";\r\n filename*%d=" % i + form % text[i * 7:i * 7 + 7]
                    for i in range((len(text) + 6) // 7))


def percents(text):
    return coded(text, b"%%%02x")


def attached(rest):
    return parts(TEXT + ATTACHED + rest + EMPTY + EMPTY + b"x\r\n")


MAILS = {
    "plain": lambda t: TOP + EMPTY + t + EMPTY,
    "no header": lambda t: EMPTY + t + EMPTY,
    "a dot in front": lambda t: TOP + EMPTY + b"a\r\n." + t + EMPTY,
    "base64": lambda t: TOP + part64(t),
    "base64 in one line": lambda t: TOP + BASE64 + EMPTY + base64.b64encode(t * 60) + EMPTY,
    "base64 without padding": lambda t: TOP + BASE64 + EMPTY +
                                        base64.b64encode(t + b"+").rstrip(b"=") + EMPTY,
    "base64 with padding inside": lambda t: TOP + BASE64 + EMPTY + b"YQ==\r\nYmI=" +
                                            lines64(t),
    "base64 with odd characters": lambda t: TOP + BASE64 + EMPTY +
                                            b"!*\x80 ".join(lines64(t, 3).split(EMPTY)) + EMPTY,
    "base64, a letter a line": lambda t: TOP + BASE64 + EMPTY + lines64(t, 1),
    "base64 in upper case": lambda t: TOP + BASE64.upper() + EMPTY + lines64(t),
    "base64 with a comment": lambda t: TOP + b"Content-Transfer-Encoding: (a (b)) base64 (c)\r\n" +
                                       EMPTY + lines64(t),
    "base64 in quotes": lambda t: TOP + b'Content-Transfer-Encoding: "base64"\r\n' + EMPTY +
                                  lines64(t),
    "base64, a semicolon behind": lambda t: TOP + b"Content-Transfer-Encoding: base64;\r\n" +
                                            EMPTY + lines64(t),
    "base64, a blank before the colon": lambda t: TOP + BASE64.replace(b":", b" :") + EMPTY +
                                                  lines64(t),
    "base64, folded field": lambda t: TOP + b"Content-Transfer-Encoding:\r\n\t \r\n base64\r\n" +
                                      EMPTY + lines64(t),
    "base64 of a message, and it is not": lambda t: TOP + inside(
        TOP + b"Content-Type: application/octet-stream\r\n" + EMPTY + t + EMPTY,
        b"Content-Type: message/rfc822\r\n" + BASE64),
    "base64, then 7bit": lambda t: TOP + BASE64 + b"Content-Transfer-Encoding: 7bit\r\n" + EMPTY +
                                   lines64(t),
    "7bit, then base64": lambda t: TOP + b"Content-Transfer-Encoding: 7bit\r\n" + BASE64 + EMPTY +
                                   lines64(t),
    "base64, then quoted-printable": lambda t: TOP + BASE64 + QUOTED + EMPTY + hidden(t) + EMPTY,
    "7bit, then base64 of UTF-16": lambda t: TOP +
        b"Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: 7bit\r\n" +
        BASE64 + EMPTY + lines64(t.decode().encode("utf-16-le")),
    "7bit, then base64, false charset": lambda t: TOP +
        b"Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: 7bit\r\n" +
        BASE64 + EMPTY + lines64(b"abcd, efgh, ijkl, " + t),
    "base64 named and not there, then 7bit": lambda t: TOP + BASE64 +
        b"Content-Transfer-Encoding: 7bit\r\n" + EMPTY + t + EMPTY,
    "quoted-printable": lambda t: TOP + QUOTED + EMPTY + hidden(t) + EMPTY,
    "quoted-printable, small letters": lambda t: TOP + QUOTED + EMPTY + coded(t, b"=%02x") + EMPTY,
    "quoted-printable, soft line ends": lambda t: TOP + QUOTED + EMPTY + lines_quoted(t),
    "quoted-printable, blanks at line ends": lambda t: TOP + QUOTED + EMPTY +
        lines_quoted(t).replace(b"=\r\n", b"= \t \r\n"),
    "quoted-printable, LF": lambda t: TOP + QUOTED + EMPTY +
                                      lines_quoted(t).replace(b"\r\n", b"\n"),
    "quoted-printable, CR": lambda t: TOP + QUOTED + EMPTY +
                                      lines_quoted(t).replace(b"\r\n", b"\r") + EMPTY,
    "uuencode": lambda t: TOP + b"Content-Transfer-Encoding: x-uuencode\r\n" + EMPTY + uuencoded(t),
    "uuencode in text": lambda t: TOP + EMPTY + b"see below\r\n" + uuencoded(t),
    "uuencode, a name": lambda t: TOP + EMPTY + b"begin 0644 " + t + b"\r\n`\r\nend\r\n",
    "UTF-16": of_charset(b"utf-16", lambda t: t.decode().encode("utf-16")),
    "UTF-16 BE": of_charset(b"UTF-16BE", lambda t: t.decode().encode("utf-16-be")),
    "UTF-16 with a comment": of_charset(b"utf-16le (x)", lambda t: t.decode().encode("utf-16-le")),
    "UTF-16 by RFC 2231": lambda t: TOP + b"Content-Type: text/plain; charset*=''utf-16le\r\n" +
                                    BASE64 + EMPTY + lines64(t.decode().encode("utf-16-le")),
    "UTF-16 by its mark": of_charset(b"us-ascii", lambda t: t.decode().encode("utf-16")),
    "UTF-16 named second": lambda t: TOP + TEXT +
        b"Content-Type: text/plain; charset=utf-16le\r\n" + BASE64 + EMPTY +
        lines64(t.decode().encode("utf-16-le")),
    "UTF-16 named and not there": of_charset(b"utf-16", lambda t: b"a=" + t),
    "UTF-32": of_charset(b'"utf-32"', lambda t: t.decode().encode("utf-32")),
    "UTF-7": lambda t: TOP + b"Content-Type: text/plain; charset=utf-7\r\n" + EMPTY + utf7(t) +
                       EMPTY,
    "EBCDIC": of_charset(b"ibm037", lambda t: t.decode().encode("cp037")),
    "parts": lambda t: parts(part64(t)),
    "parts, first of them": lambda t: TOP + MIXED + EMPTY + b"--xYz\r\n" + part64(t) + b"--xYz--",
    "parts, quoted-printable": lambda t: parts(QUOTED + EMPTY + hidden(t) + EMPTY),
    "parts, no last boundary": lambda t: parts(part64(t), end=b""),
    "parts, padding and last boundary missing": lambda t: parts(
        BASE64 + EMPTY + base64.b64encode(t + b"+").rstrip(b"="), end=b""),
    "parts, quoted boundary": lambda t: parts(part64(t), MIXED.replace(b"xYz", b'"xYz"')),
    "parts, boundary with escapes": lambda t: parts(part64(t), MIXED.replace(b"xYz", b'"x\\"z"'),
                                                    b'--x"z'),
    "parts, boundary with a blank at its end": lambda t: parts(
        part64(t), MIXED.replace(b"xYz", b'"xYz "')),
    "parts, blanks behind the boundary": lambda t: parts(part64(t), boundary=b"--xYz \t "),
    "parts, more behind the boundary": lambda t: parts(part64(t), boundary=b"--xYzAndMore"),
    "parts, a comment behind the boundary": lambda t: parts(
        part64(t), MIXED.replace(b"xYz", b"xYz (that is it)")),
    "parts, a comment before the type": lambda t: parts(
        part64(t), MIXED.replace(b": ", b": (of (many))")),
    "parts, a quote that does not end": lambda t: parts(part64(t), MIXED.replace(b"=", b'="')),
    "parts, boundary in pieces": lambda t: parts(
        part64(t), MIXED.replace(b"boundary=xYz", b"boundary*0=x; boundary*1*=%59z")),
    "parts, two boundaries, first": lambda t: parts(
        part64(t), MIXED.replace(b"=xYz", b"=xYz; boundary=other")),
    "parts, two boundaries, second": lambda t: parts(
        part64(t), MIXED.replace(b"=xYz", b"=other; boundary=xYz"), before=b"--other\r\n\r\n"),
    "parts, two types, first": lambda t: parts(part64(t), MIXED + TEXT),
    "parts, two types, second": lambda t: parts(part64(t), TEXT + MIXED),
    "parts, two types with boundaries": lambda t: parts(
        part64(t), MIXED.replace(b"xYz", b"other") + MIXED, before=b"--other\r\n\r\n"),
    "parts, nobody names the boundary": lambda t: parts(
        part64(t), b"Content-Type: multipart/mixed\r\n"),
    "parts, boundary far behind": lambda t: parts(
        part64(t), MIXED.replace(b"boundary", b"a=" + b"x" * 900 + b";\r\n boundary")),
    "parts, boundary too far behind": lambda t: parts(
        part64(t), MIXED.replace(b"boundary", (b"a=" + b"x" * 900 + b";\r\n ") * 9 + b"boundary")),
    "parts, long boundary": lambda t: parts(part64(t), MIXED.replace(b"xYz", b"x" * 300),
                                            b"--" + b"x" * 300, end=b"--" + b"x" * 300 + b"--\r\n"),
    "parts, folded type": lambda t: parts(
        part64(t), b"Content-Type:\r\n\tmultipart/mixed;\r\n\r\n"[:-2] + b" boundary=\r\n xYz\r\n"),
    "parts, encoding of the whole": lambda t: parts(part64(t), MIXED + BASE64),
    "parts, preamble": lambda t: parts(part64(b"x"), before=t + EMPTY),
    "parts, preamble of an encoded whole": lambda t: parts(part64(b"x"), MIXED + BASE64,
                                                           before=t + EMPTY),
    "parts, epilogue": lambda t: parts(part64(b"x"), end=b"--xYz--\r\n" + t + EMPTY),
    "parts, a part behind the last boundary": lambda t: parts(
        part64(b"x"), end=b"--xYz--\r\nepilogue\r\n--xYz\r\n" + part64(t)),
    "parts, no empty line": lambda t: parts(t + b"\r\n"),
    "parts, LF": lambda t: parts(part64(t)).replace(b"\r\n", b"\n") + EMPTY,
    "parts, CR": lambda t: parts(part64(t)).replace(b"\r\n", b"\r") + EMPTY,
    "parts, CR CR LF": lambda t: parts(part64(t)).replace(b"\r\n", b"\r\r\n") + EMPTY,
    "parts in parts": lambda t: nested(t, 2),
    "parts, 16 deep": lambda t: nested(t, 16),
    "parts behind parts": lambda t: parts(part64(t), before=b"--xYz\r\n" + MIXED.replace(
        b"xYz", b"i1") + EMPTY + b"--i1\r\n\r\nx\r\n--i1--\r\n"),
    "parts in parts, boundaries alike": lambda t: parts(
        MIXED.replace(b"xYz", b"xYzz") + EMPTY + b"--xYzz\r\n" + part64(t) + b"--xYzz--\r\n"),
    "a message": lambda t: parts(inside(TOP + part64(t))),
    "a message, global": lambda t: parts(inside(TOP + part64(t), b"Content-Type: message/global\r\n"
                                                )),
    "a message in base64": lambda t: parts(part64(TOP + EMPTY + t, b"Content-Type: "
                                                  b"message/rfc822\r\n")),
    "a message with parts": lambda t: parts(inside(nested(t, 2))),
    "a message in a message": lambda t: TOP + inside(inside(inside(TOP + part64(t)))),
    "a message of a digest": lambda t: parts(
        EMPTY + TOP + part64(t), MIXED.replace(b"mixed", b"digest")),
    "name": lambda t: attached(b'; filename="' + t + b'"'),
    "name without quotes": lambda t: attached(b"; filename=" + t),
    "name, escapes": lambda t: attached(b'; filename="\\"' + t + b'"'),
    "name of the type": lambda t: parts(b"Content-Type: a/b; name=" + t + EMPTY * 2 + b"x\r\n"),
    "name of the whole": lambda t: TOP + ATTACHED + b"; filename=" + t + EMPTY * 2 + b"x\r\n",
    "name of a part without content": lambda t: parts(ATTACHED + b"; filename=" + t + EMPTY * 2),
    "name, filename*": lambda t: attached(b"; filename*=utf-8''" + percents(t)),
    "name, filename* beside filename": lambda t: attached(
        b"; filename=a.txt; filename*=utf-8'en'" + percents(t)),
    "name, two of them": lambda t: attached(b"; filename=a.txt; filename=" + t),
    "name, in pieces": lambda t: attached(in_pieces(t)),
    "name, in pieces with quotes": lambda t: attached(in_pieces(t, b'"%s"')),
    "name, encoded pieces": lambda t: attached(
        b"; filename*0*=utf-8''" + percents(t[:9]) + b"; filename*1*=" + percents(t[9:])),
    "name, encoded words": lambda t: attached(b'; filename="' + encoded_words(t) + b'"'),
    "name, encoded words without quotes": lambda t: attached(b"; filename=" + encoded_words(t)),
    "name, encoded word of Q": lambda t: attached(b'; filename="=?utf-8?q?' + hidden(t) + b'?="'),
}


def turns_of_smtp(*message):
    return [(SERVER, b"220 mx.example ESMTP\r\n"), (CLIENT, b"EHLO a.example\r\n"),
            (SERVER, b"250-mx.example\r\n250 CHUNKING\r\n"),
            (CLIENT, b"MAIL FROM:<a@a.example>\r\n"), (SERVER, b"250 Ok\r\n"),
            (CLIENT, b"RCPT TO:<b@b.example>\r\n"), (SERVER, b"250 Ok\r\n"), *message,
            (SERVER, b"250 Ok\r\n")]


def stuffed(mail):
    """With its end, and dots in front of dots."""
    if not mail.endswith(EMPTY):
        mail += EMPTY
    return mail.replace(b"\n.", b"\n..") + b".\r\n"


def by_smtp(mail):
    return turns_of_smtp((CLIENT, b"DATA\r\n"), (SERVER, b"354 go\r\n"), (CLIENT, stuffed(mail)))


def by_chunks(mail, size=11):
    chunks = [mail[i:i + size] for i in range(0, len(mail), size)]
    said = b"".join(b"BDAT %d\r\n" % len(c) + c for c in chunks) + b"BDAT 0 LAST\r\n"
    return turns_of_smtp((CLIENT, said), (SERVER, b"250 Ok\r\n" * len(chunks)))


def by_pop3(mail):
    return [(SERVER, b"+OK ready\r\n"), (CLIENT, b"USER a\r\n"), (SERVER, b"+OK\r\n"),
            (CLIENT, b"PASS b\r\n"), (SERVER, b"+OK\r\n"), (CLIENT, b"RETR 1\r\n"),
            (SERVER, b"+OK\r\n" + stuffed(mail))]


def turns_of_imap(*turns):
    return [(SERVER, b"* OK IMAP4rev1 ready\r\n"), (CLIENT, b"a1 LOGIN a b\r\n"),
            (SERVER, b"a1 OK done\r\n"), *turns]


def by_fetch(mail):
    return turns_of_imap(
        (CLIENT, b"a2 FETCH 1 BODY[]\r\n"),
        (SERVER, b"* 1 FETCH (BODY[] {%d}\r\n" % len(mail) + mail + b")\r\na2 OK done\r\n"))


def by_append(mail):
    return turns_of_imap(
        (CLIENT, b"a2 APPEND INBOX {%d}\r\n" % len(mail)), (SERVER, b"+ go\r\n"),
        (CLIENT, mail + EMPTY), (SERVER, b"a2 OK done\r\n"))


WAYS = {
    "SMTP": (by_smtp, CLIENT, {}),
    "SMTP in chunks": (by_chunks, CLIENT, {"positions": ("late",), "cuts": CUTS_FEW}),
    "POP3": (by_pop3, SERVER, {"positions": ("early",)}),
    "IMAP FETCH": (by_fetch, SERVER, {"positions": ("middle",)}),
    "IMAP APPEND": (by_append, CLIENT, {"positions": ("late",), "cuts": CUTS_FEW}),
}
for way, (by, sender, how) in WAYS.items():
    for name, build in MAILS.items():
        group.case(f"{way}: {name}", "body", side=sender, later=False, **how)(
            lambda text, by=by, build=build: by(build(text)))


def fetched(item, content, again=b""):
    """One part of a message."""
    return turns_of_imap(
        (CLIENT, b"a2 FETCH 1 " + item + EMPTY),
        (SERVER, b"* 1 FETCH (" + item + b" {%d}\r\n" % len(content) + content + again +
         b")\r\na2 OK done\r\n"))


def in_pieces_fetched(mail, size):
    pieces = [(at, mail[at:at + size]) for at in range(0, len(mail), size)]
    said = b"".join(b"* 1 FETCH (BODY[]<%d> {%d}\r\n" % (at, len(piece)) + piece +
                    b")\r\na2 OK done\r\n" for at, piece in pieces)
    return turns_of_imap((CLIENT, b"a2 FETCH 1 BODY[]<0.%d>\r\n" % size * len(pieces)),
                         (SERVER, said))


def append_more(mail):
    return turns_of_imap(
        (CLIENT, b"a2 APPEND {5+}\r\nINBOX (\\Seen) {3+}\r\nx\r\n {%d+}\r\n" % len(mail) + mail +
         EMPTY), (SERVER, b"a2 OK done\r\n"))


SPECIAL = {
    "IMAP: a part in base64": (lambda t: fetched(b"BODY[1]", lines64(t * 2, 32)), SERVER),
    "IMAP: a part in base64 of UTF-16": (
        lambda t: fetched(b"BODY[1]", lines64((t * 2).decode().encode("utf-16"), 32)), SERVER),
    "IMAP: a part in quoted-printable": (
        lambda t: fetched(b"BODY[1]", b"a line\r\n" + hidden(t) + EMPTY), SERVER),
    "IMAP: parts without header": (
        lambda t: fetched(b"BODY[TEXT]", parts(part64(t)).split(EMPTY * 2, 1)[1]), SERVER),
    "IMAP: text that looks like parts": (
        lambda t: fetched(b"BODY[TEXT]", b"-----Original-----\r\nFrom: " + t + EMPTY * 2), SERVER),
    "IMAP: base64 in pieces": (lambda t: in_pieces_fetched(TOP + part64(t * 9), 150), SERVER),
    "IMAP: several appended": (lambda t: append_more(TOP + part64(t)), CLIENT),
    "IMAP: a part as a string": (
        lambda t: turns_of_imap((CLIENT, b"a2 FETCH 1 (FLAGS BODY[1])\r\n"), (
            SERVER, b'* 1 FETCH (ENVELOPE ("x" NIL) BODY[1] "' + hidden(t) +
            b'")\r\na2 OK done\r\n')), SERVER),
    "IMAP: fetched while one is appended": (
        lambda t: turns_of_imap((CLIENT, b"a2 FETCH 1 BODY[]\r\na3 APPEND INBOX {99+}\r\nx"), (
            SERVER, b"* 1 FETCH (BODY[] {%d}\r\n" % len(TOP + part64(t)) + TOP + part64(t) +
            b")\r\n")), SERVER),
    "IMAP: as the server decodes it": (lambda t: fetched(b"BINARY[1]", t), SERVER),
    "POP3: the beginning only": (
        lambda t: by_pop3(parts(part64(t), end=b""))[:-2] +
        [(CLIENT, b"TOP 1 40\r\n"), by_pop3(parts(part64(t), end=b""))[-1]], SERVER),
}
for name, (build, sender) in SPECIAL.items():
    group.case(name, "body", side=sender, later=False)(build)
