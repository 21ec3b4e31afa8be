#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py: the rows of bench.sh as a table, beside those of another run when one is given."""
import sys

COLUMNS = ("case", "sessions", "packets", "bytes", "ns", "open", "data", "cycles", "end", "counted",
           "resident", "instructions", "engine")
LEGEND = """
B/pkt     bytes of a packet                ns/pkt   CPU time of a packet in the engine
open      of the handshake's packets       data     of those after it
cyc/pkt   cycles of a packet               ins/pkt  instructions of a packet (callgrind, few sessions)
app       share of these that go with the parsers
end       ns to end a session              B/sess   bytes of a session: as the engine counts them,
                                           and as the process grows by it
"""
GROWTH_BAR = 1.5  # a packet at a million sessions, in units of one at a thousand


def read(path):
    rows = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = dict(zip(COLUMNS, line.split()))
            rows[row["case"], int(row["sessions"])] = row
    return rows


def number(row, column):
    try:
        return float(row[column])
    except (KeyError, ValueError):
        return None


def count(n):
    for size, unit in ((1000000, "M"), (1000, "k")):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return str(n)


def whole(value):
    return "-" if value is None else f"{value:.0f}"


def share(row):
    everything, engine = number(row, "instructions"), number(row, "engine")
    if not everything or engine is None:
        return "-"
    return f"{max(0.0, 1 - engine / everything):.0%}"


def print_table(head, lines):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in [head, *lines]:
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def print_figures(rows):
    head = ("case", "sessions", "packets", "B/pkt", "ns/pkt", "open", "data", "cyc/pkt", "ins/pkt",
            "app", "end", "B/sess", "RSS/sess")
    print_table(head, [(name, count(sessions), count(int(row["packets"])), whole(number(row, "bytes")),
                        whole(number(row, "ns")), whole(number(row, "open")),
                        whole(number(row, "data")), whole(number(row, "cycles")),
                        whole(number(row, "instructions")), share(row), whole(number(row, "end")),
                        whole(number(row, "counted")), whole(number(row, "resident")))
                       for (name, sessions), row in rows.items()])
    print(LEGEND)


def print_growth(rows):
    """A packet among many sessions, in units of one among a thousand."""
    lines = []
    for name in dict.fromkeys(name for name, _ in rows):
        few = rows.get((name, 1000))
        for many in (100000, 1000000):
            row = rows.get((name, many))
            if few is None or row is None:
                continue
            ratios = [number(row, c) / number(few, c) if number(few, c) and number(row, c) else None
                      for c in ("ns", "open", "data")]
            over = many == 1000000 and (ratios[0] or 0) > GROWTH_BAR
            lines.append((name, f"{count(many)} : 1 k",
                          *("-" if r is None else f"{r:.2f}" for r in ratios),
                          f"more than {GROWTH_BAR}" if over else ""))
    if lines:
        print_table(("growth", "sessions", "ns/pkt", "open", "data", ""), lines)
        print()


def print_comparison(rows, before):
    lines = []
    for key, row in rows.items():
        old = before.get(key)
        if old is None:
            continue
        cells = [key[0], count(key[1])]
        for column in ("ns", "instructions", "resident"):
            a, b = number(old, column), number(row, column)
            cells += [whole(a), whole(b), f"{b / a - 1:+.1%}" if a and b else "-"]
        lines.append(tuple(cells))
    print_table(("compared", "sessions", "ns before", "now", "", "ins before", "now", "",
                 "RSS before", "now", ""), lines)


def main():
    if len(sys.argv) not in (2, 3):
        print("usage: table.py ROWS [ROWS-BEFORE]", file=sys.stderr)
        return 2
    rows = read(sys.argv[1])
    print_figures(rows)
    print_growth(rows)
    if len(sys.argv) == 3:
        print_comparison(rows, read(sys.argv[2]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
