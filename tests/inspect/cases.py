# SPDX-License-Identifier: Apache-2.0
"""What a case is: a token in a message that somebody wants to be overlooked.

    @case("gzip", "body", both=True)
    def _(text):
        return message(text) ...

A builder gets the text with the token in it and gives what its side sends, as bytes; or a whole
list of turns, (side, bytes). With both=True it is called once for each side.
"""
from wire import CLIENT, SERVER

TOKEN = b"EvilToken7"
TWIN = b"GoodTaken8"  # as long as the token, in the benign twin
FILL = b"some.other.letters."
HOST = b"Host: shop.example\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LATER = b"GET /later-on HTTP/1.1\r\n" + HOST + b"\r\n"
LATER_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nlater-ok"

# Where in its surroundings the token stands.
POSITIONS = {
    "early": lambda token: token + FILL * 2,
    "middle": lambda token: FILL + token + FILL,
    "late": lambda token: FILL * 2 + token,
}

CUTS_ALL = "all"  # every segmentation
CUTS_FEW = "few"  # whole and in pieces of 34 bytes, for long streams
CUTS_NONE = "none"  # as it stands


class Case:
    def __init__(self, name, where, build, side, options):
        self.name = name
        self.where = where
        self.build = build
        self.side = side
        self.later = options.get("later", True)
        self.append = options.get("append", self.later)  # what is later is not there yet
        self.note = options.get("note")
        # Its note comes only where somebody reads the buffers.
        self.reader = options.get("reader", False)
        self.cuts = options.get("cuts", CUTS_ALL)
        self.positions = options.get("positions", tuple(POSITIONS))
        self.count = options.get("count", 1)
        self.answers = options.get("answers", OK)
        self.asked = options.get("asked", GET)
        # What is looked for instead of the token, made of it.
        self.needle = options.get("needle", lambda token: token)

    def turns(self, text):
        made = self.build(text)
        if isinstance(made, bytes):
            if self.side == CLIENT:
                made = [(CLIENT, made), (SERVER, self.answers)]
            else:
                made = [(CLIENT, self.asked), (SERVER, made)]
        return made


class Group:
    """The cases of one line of the list."""

    def __init__(self):
        self.cases = []

    def case(self, name, where, both=False, **options):
        def add(build):
            if both:
                self.cases.append(Case(name + " request", where, lambda t: build(t, CLIENT),
                                       CLIENT, options))
                self.cases.append(Case(name + " answer", where, lambda t: build(t, SERVER),
                                       SERVER, options))
            else:
                side = options.get("side", CLIENT)
                self.cases.append(Case(name, where, build, side, options))
            return build
        return add


def first_line(side):
    return b"POST /form HTTP/1.1\r\n" + HOST if side == CLIENT else b"HTTP/1.1 200 OK\r\n"


def length(n):
    return b"Content-Length: %d\r\n" % n


def message(side, body, headers=b""):
    """One with a counted body."""
    return first_line(side) + headers + length(len(body)) + b"\r\n" + body


def chunked(side, body, headers=b""):
    """One whose body is framed already."""
    return first_line(side) + headers + b"Transfer-Encoding: chunked\r\n\r\n" + body


def chunks(text, size, form=b"%x\r\n%s\r\n", end=b"0\r\n\r\n"):
    pieces = [text[at:at + size] for at in range(0, len(text), size)]
    return b"".join(form % (len(piece), piece) for piece in pieces) + end


def parted(text, middle):
    """The same with something inside of the token."""
    for token in (TOKEN, TWIN):
        text = text.replace(token, token[:4] + middle + token[4:])
    return text


def parted_by(middle):
    return lambda token: token[:4] + middle + token[4:]


def coded(text, form, which=lambda i: True):
    """Bytes as numbers."""
    return b"".join(form % c if which(i) else bytes((c,)) for i, c in enumerate(text))


def get(target, headers=b""):
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + headers + b"\r\n"
