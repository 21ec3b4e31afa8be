# SPDX-License-Identifier: Apache-2.0
"""Line 6: content codings, true, false and broken."""
import gzip as gzip_module
import lzma
import struct
import zlib

from cases import *

group = Group()

# Made once with the real programs, of texts with the token early, in the middle and late.
BROTLI = {
    (TOKEN, 0): "e20500bf919275675814e9e6625b3515431d28aa83ffbc96a9a84430e57eb6abb87635845ef06002",
    (TOKEN, 1): "e20500bf33c1c609f5ee8697734576e9c2d656696fe9725396ab34324db3a007290de133416b5013"
                "00",
    (TOKEN, 2): "e20500bf33c1c609f5ee8697734576e9c2d656696fe97253061339706f4b28bce15b043d4841c87c"
                "2a0ed47a1401",
    (TWIN, 0): "e20500bf2375ea73872edf8ee6d285ac2d5d70caba91516659468b4088290c313a50da137500",
    (TWIN, 1): "e20500bf2375ea73172edf8ee6d285ac2d5d70ca729546a66916f420e521f64c103d681a",
    (TWIN, 2): "e20500bf2375ea73172edf8ee6d285ac2d5d70ca602207ee6d0985377c8ba007290ad99e8a638a36"
               "44",
}
ZSTD = {
    (TOKEN, 0): "28b52ffd0068b5020072c91211c06739902e11d2495664ae1baa3ffd7f0605e2f0358ac3c12b340c"
                "01385898c0202402d172aba8a7b659cdb9a29d9291dba3e7325b8d76cbc8b568d5ecbd288fd21cc5"
                "6ccb7fd448520c0200169b29176003",
    (TOKEN, 1): "28b52ffd0068b5020072c91211c06739902e11d2495664ae1baa3ffd7f06808385090c422250200e"
                "5fa3381cbc42c310d172aba8a7b659cdb9a29d9291dba3e7325b8d76cbc8b568d5ecbd288fd21cc5"
                "6ccb7fd448520c020016a0522ec006",
    (TOKEN, 2): "28b52ffd0068b5020072c91211c06739902e11d2495664ae1baa3ffd7f06808385090c422250200e"
                "5fa3381cbc42c310d172aba8a7b659cdb9a29d9291dba3e7325b8d76cbc8b568d5ecbd288fd21cc5"
                "6ccb7fd448520c02000c9b29176003",
    (TWIN, 0): "28b52ffd0068a502007249120fb0193a8c6b242213602d20a94b0654c0a2f81e8062f10022b30489"
               "c6066246d09eb3937bdcac76e3f8b41d373567d71e9f9a556de7a9f9465b55f33c722ea75a939a19"
               "fd4bd5b6c90200169b29176003",
    (TWIN, 1): "28b52ffd0068a502007249120fb0193a8c6b242213602d20a94b065441a2b18198118045f13d00c5"
               "e2014466d19eb3937bdcac76e3f8b41d373567d71e9f9a556de7a9f9465b55f33c722ea75a939a19"
               "fd4bd5b6c9020016a0522ec006",
    (TWIN, 2): "28b52ffd0068a502007249120fb0193a8c6b242213602d20a94b065441a2b18198118045f13d00c5"
               "e2014466d19eb3937bdcac76e3f8b41d373567d71e9f9a556de7a9f9465b55f33c722ea75a939a19"
               "fd4bd5b6c902000c9b29176003",
}


def made(table, text):
    token = TOKEN if TOKEN in text else TWIN
    return bytes.fromhex(table[token, text.index(token) // len(FILL)])


def gzip(text):
    return gzip_module.compress(text, mtime=0)


def squeeze(text, bits, strategy=zlib.Z_DEFAULT_STRATEGY):
    coder = zlib.compressobj(9, zlib.DEFLATED, bits, 8, strategy)
    return coder.compress(text) + coder.flush()


def zlib_coded(text):
    return squeeze(text, 15)


def raw(text):
    return squeeze(text, -15)


def compress(text):
    """LZW with a code of 9 bits for each byte: short texts need no other."""
    bits = sum(c << 9 * i for i, c in enumerate(text))
    return b"\x1f\x9d\x90" + bits.to_bytes((9 * len(text) + 7) // 8, "little")


def lzma_alone(text):
    return lzma.compress(text, lzma.FORMAT_ALONE)


def gzip_with(flags, extra):
    def build(text):
        plain = gzip(text)
        head = plain[:3] + bytes((flags,)) + plain[4:10] + extra
        if flags & 2:
            head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
        return head + plain[10:]
    return build


def in_members(text):
    return b"".join(gzip(text[at:at + 6]) for at in range(0, len(text), 6))


def flushed(text):
    """A block for each byte."""
    coder = zlib.compressobj(9, zlib.DEFLATED, 31)
    made = b"".join(coder.compress(bytes((c,))) + coder.flush(zlib.Z_FULL_FLUSH) for c in text)
    return made + coder.flush()


def fixed(text):
    return squeeze(text, 31, zlib.Z_FIXED)


def stored(text):
    head = gzip(text)[:10]
    body = b"".join(struct.pack("<BHH", 0, 3, 0xFFFC) + text[at:at + 3].ljust(3)
                    for at in range(0, len(text), 3))
    return head + body + struct.pack("<BHH", 1, 0, 0xFFFF) + bytes(8)


def bomb(text):
    return gzip(gzip(text + bytes(30_000_000)))


OTHER_NAME = "HTTP body has another content coding than announced"
CHECKSUM = "wrong checksum or length in HTTP content coding"
GARBAGE = "bytes behind the end of HTTP content coding"

# name: header lines, coder, note
CODINGS = {
    "gzip": (b"Content-Encoding: gzip\r\n", gzip, None),
    "x-gzip": (b"Content-Encoding: x-gzip\r\n", gzip, None),
    "deflate": (b"Content-Encoding: deflate\r\n", zlib_coded, None),
    "raw deflate": (b"Content-Encoding: deflate\r\n", raw, None),
    "br": (b"Content-Encoding: br\r\n", lambda text: made(BROTLI, text), None),
    "zstd": (b"Content-Encoding: zstd\r\n", lambda text: made(ZSTD, text), None),
    "compress": (b"Content-Encoding: compress\r\n", compress, None),
    "lzma": (b"Content-Encoding: lzma\r\n", lzma_alone, None),
    "identity": (b"Content-Encoding: identity\r\n", lambda text: text, None),
    "fixed codes": (b"Content-Encoding: gzip\r\n", fixed, None),
    "stored blocks": (b"Content-Encoding: gzip\r\n", stored, CHECKSUM),
    "a block a byte": (b"Content-Encoding: gzip\r\n", flushed, None),
    "name in upper case": (b"CONTENT-ENCODING: GZIP\r\n", gzip, None),
    "name in quotes": (b'Content-Encoding: "gzip"\r\n', gzip, None),
    "name with tab": (b"Content-Encoding:\tgzip\t\r\n", gzip, None),
    "name with commas": (b"Content-Encoding: ,gzip,,\r\n", gzip, None),
    "name with parameter": (b"Content-Encoding: gzip;q=1\r\n", gzip, None),
    "folded": (b"Content-Encoding:\r\n gzip\r\n", gzip, "folded HTTP header"),
    "folded behind an empty line": (b"Content-Encoding: \r\n \r\n gzip\r\n", gzip, None),
    "space before colon": (b"Content-Encoding : gzip\r\n", gzip, None),
    "underscore": (b"Content_Encoding: gzip\r\n", gzip, None),
    "gzip with name": (b"Content-Encoding: gzip\r\n", gzip_with(8, b"file.txt\0"), None),
    "gzip with comment": (b"Content-Encoding: gzip\r\n", gzip_with(16, b"comment\0"), None),
    "gzip with extra": (b"Content-Encoding: gzip\r\n", gzip_with(4, b"\x05\0extra"), None),
    "gzip with all": (b"Content-Encoding: gzip\r\n", gzip_with(31, b"\x02\0abname\0comment\0"),
                      None),
    "gzip members": (b"Content-Encoding: gzip\r\n", in_members, None),
    "gzip wrong CRC": (b"Content-Encoding: gzip\r\n",
                       lambda t: gzip(t)[:-8] + b"abcd" + gzip(t)[-4:], CHECKSUM),
    "gzip wrong length": (b"Content-Encoding: gzip\r\n", lambda t: gzip(t)[:-4] + b"abcd",
                          CHECKSUM),
    "gzip without trailer": (b"Content-Encoding: gzip\r\n", lambda t: gzip(t)[:-8], None),
    "gzip with half a trailer": (b"Content-Encoding: gzip\r\n", lambda t: gzip(t)[:-4], None),
    "garbage behind gzip": (b"Content-Encoding: gzip\r\n", lambda t: gzip(t) + b"garbage", GARBAGE),
    "plain text behind gzip": (b"Content-Encoding: gzip\r\n", lambda t: gzip(b"a") + t, GARBAGE),
    "zlib without checksum": (b"Content-Encoding: deflate\r\n", lambda t: zlib_coded(t)[:-4], None),
    "zlib as gzip": (b"Content-Encoding: gzip\r\n", zlib_coded, None),
    "gzip as deflate": (b"Content-Encoding: deflate\r\n", gzip, None),
    "gzip as br": (b"Content-Encoding: br\r\n", gzip, OTHER_NAME),
    "gzip as identity": (b"Content-Encoding: identity\r\n", gzip, None),
    "zstd as gzip": (b"Content-Encoding: gzip\r\n", lambda text: made(ZSTD, text), OTHER_NAME),
    "gzip as unknown": (b"Content-Encoding: foo\r\n", gzip, "unknown HTTP content coding"),
    "plain as unknown": (b"Content-Encoding: foo\r\n", lambda t: t, "unknown HTTP content coding"),
    "gzip not announced": (b"", gzip, "HTTP content coding not announced"),
    "zlib not announced": (b"", zlib_coded, "HTTP content coding not announced"),
    "plain as gzip": (b"Content-Encoding: gzip\r\n", lambda t: t,
                      "HTTP content coding announced and not there"),
    "plain as deflate": (b"Content-Encoding: deflate\r\n", lambda t: t,
                         "HTTP content coding announced and not there"),
    "plain as br": (b"Content-Encoding: br\r\n", lambda t: t, None),
    "double gzip": (b"Content-Encoding: gzip, gzip\r\n", lambda t: gzip(gzip(t)), None),
    "double gzip in two lines": (b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
                                 lambda t: gzip(gzip(t)), None),
    "double gzip announced once": (b"Content-Encoding: gzip\r\n", lambda t: gzip(gzip(t)), None),
    "gzip announced twice": (b"Content-Encoding: gzip, gzip\r\n", gzip, None),
    "deflate in gzip": (b"Content-Encoding: deflate, gzip\r\n", lambda t: gzip(zlib_coded(t)),
                        None),
    "named in the wrong order": (b"Content-Encoding: gzip, deflate\r\n",
                                 lambda t: gzip(zlib_coded(t)), None),
    "three layers": (b"Content-Encoding: deflate, gzip, zstd, identity\r\n",
                     lambda t: gzip(raw(t)), None),
}
for name, (headers, coder, note) in CODINGS.items():
    group.case(name, "body", both=True, note=note, reader=True)(
        lambda text, side, headers=headers, coder=coder: message(side, coder(text), headers))


@group.case("gzip in chunks", "body", both=True)
def _(text, side):
    return chunked(side, chunks(gzip(text), 5), b"Content-Encoding: gzip\r\n")


@group.case("gzip as transfer coding", "body", both=True)
def _(text, side):
    return (first_line(side) + b"Transfer-Encoding: gzip, chunked\r\n\r\n" +
            chunks(gzip(text), 9))


@group.case("gzip as transfer coding and as content coding", "body", both=True)
def _(text, side):
    return (first_line(side) + b"Content-Encoding: gzip\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
            + chunks(gzip(gzip(text)), 9))


@group.case("the second of two coded messages", "body", both=True)
def _(text, side):
    headers = b"Content-Encoding: gzip\r\n"
    return message(side, gzip(b"abc"), headers) + message(side, zlib_coded(text),
                                                         b"Content-Encoding: deflate\r\n")


@group.case("before a bomb", "body", both=True, note="decompression bomb in HTTP body",
            reader=True, cuts=CUTS_FEW, positions=("early",))
def _(text, side):
    return message(side, bomb(text), b"Content-Encoding: gzip, gzip\r\n")


@group.case("behind a bomb in the next message", "body", both=True, cuts=CUTS_FEW,
            positions=("early",))
def _(text, side):
    return message(side, bomb(b""), b"Content-Encoding: gzip, gzip\r\n") + message(side, text)


@group.case("four layers are told", "url", note="more than 3 HTTP content codings",
            reader=True, cuts=CUTS_FEW)
def _(text):
    return message(CLIENT, gzip(gzip(gzip(gzip(b"a")))),
                   b"Content-Encoding: gzip, gzip, gzip, gzip\r\n") + get(b"/" + text)
