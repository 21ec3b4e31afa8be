#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Content codings against python's own decoders.

Bodies of all kinds are packed, cut short, joined and damaged. What python's decoder yields, fed byte
by byte until it is content or raises, must be what coding_undo begins with; for undamaged ones it
must be all of it.
"""
import lzma
import random
import subprocess
import sys
import zlib

ODD_CHECKSUM, ODD_TRUNCATED, ODD_GIVEN_UP = 1 << 5, 1 << 6, 1 << 16
SURE = 128  # fewer bytes of output prove nothing if the name could not be checked


def body(rng):
    n = rng.choice((0, 1, 50, 700, 5000, 40000))
    kind = rng.randrange(3)
    if kind == 0:
        return rng.randbytes(n)
    if kind == 1:
        words = [rng.randbytes(rng.randrange(1, 9)) for _ in range(12)]
        return b"".join(rng.choice(words) for _ in range(n // 4))[:n]
    return bytes([rng.randrange(256)]) * n


def deflate(data, rng, wbits):
    z = zlib.compressobj(rng.randrange(10), zlib.DEFLATED, wbits, rng.randrange(1, 10),
                         rng.choice((zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY)))
    out = b""
    while data and rng.randrange(3) == 0:
        cut = rng.randrange(len(data))
        out += z.compress(data[:cut]) + z.flush(zlib.Z_FULL_FLUSH)
        data = data[cut:]
    return out + z.compress(data) + z.flush()


def lzma_alone(data, rng):
    return lzma.compress(data, lzma.FORMAT_ALONE, filters=[
        {"id": lzma.FILTER_LZMA1, "preset": rng.randrange(3), "dict_size": 1 << rng.randrange(16, 23)}])


def xz(data, rng):
    return lzma.compress(data, lzma.FORMAT_XZ, preset=rng.randrange(7),
                         check=rng.choice((lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64)))


# name, packer, python's decoder, bytes of the header that must stay as they are
CODINGS = (
    ("gzip", lambda d, r: deflate(d, r, 31), lambda: zlib.decompressobj(31), 10),
    ("deflate", lambda d, r: deflate(d, r, 15), lambda: zlib.decompressobj(15), 2),
    ("lzma", lzma_alone, lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE), 13),
    ("xz", xz, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), 12),
)


def reference(decoder, packed):
    """What comes out, byte by byte; whether it came to its end; whether nothing was wrong."""
    out = b""
    try:
        for i in range(len(packed)):
            out += decoder.decompress(packed[i:i + 1])
            if decoder.eof:
                return out, True, True
    except (zlib.error, lzma.LZMAError):
        return out, False, False
    return out, False, True


class Undo:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def __call__(self, name, packed, step):
        self.process.stdin.write("%s %d .%s\n" % (name, step, packed.hex()))
        self.process.stdin.flush()
        out, odd = self.process.stdout.readline().split(" ")
        return bytes.fromhex(out), int(odd, 16)


def check(undo, rng, coding):
    name, pack, decoder, header = coding
    data = body(rng)
    packed = pack(data, rng)
    step = rng.choice((1, 3, 100, 1460, 1 << 20))
    out, odd = undo(name, packed, step)
    if out != data or odd != 0:
        return "%s whole: %d of %d bytes, %x" % (name, len(out), len(data), odd)

    cut = packed[:rng.randrange(header, len(packed))]
    want, _, _ = reference(decoder(), cut)
    out, odd = undo(name, cut, step)
    if len(want) >= SURE and (out != want or not odd & ODD_TRUNCATED):
        return "%s cut at %d: %d of %d bytes, %x" % (name, len(cut), len(out), len(want), odd)

    damaged = bytearray(packed)
    for _ in range(rng.randrange(1, 4)):
        damaged[rng.randrange(header, len(damaged))] ^= 1 << rng.randrange(8)
    want, ended, right = reference(decoder(), bytes(damaged))
    out, odd = undo(name, bytes(damaged), step)
    if len(want) >= SURE and not out.startswith(want):
        return "%s damaged: not the %d bytes, %x" % (name, len(want), odd)
    if not right and name != "xz" and len(want) >= SURE and not odd & (ODD_CHECKSUM | ODD_GIVEN_UP):
        return "%s damaged: nothing found wrong, %x" % (name, odd)
    if right and ended and len(want) >= SURE and odd & (ODD_CHECKSUM | ODD_GIVEN_UP):
        return "%s damaged: nothing is wrong, %x" % (name, odd)
    return None


def main():
    undo = Undo(sys.argv[1])
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    for i in range(rounds):
        for coding in CODINGS:
            fault = check(undo, rng, coding)
            if fault:
                print("round %d: %s" % (i, fault))
                return 1
    print("%d bodies" % (3 * rounds * len(CODINGS)))
    return 0


sys.exit(main())
