# SPDX-License-Identifier: Apache-2.0
"""What was measured, as tables: medians of all rounds, and how sluiced stands to its bars."""
import statistics

# Of each mode: figure, what is done with sluiced's and the reference's, the bar.
BARS = {
    "nfqueue": (("small", "ratio", 0.90), ("page", "ratio", 0.90), ("gbits", "ratio", 0.95)),
    "inline": (("small", "ratio", 0.90), ("page", "ratio", 0.90), ("gbits", "ratio", None),
               ("p50", "more", 20)),
}
COLUMNS = (("small", "612 B/s", "{:.0f}"), ("page", "16 KB/s", "{:.0f}"),
           ("p50", "p50 us", "{:.0f}"), ("p99", "p99 us", "{:.0f}"), ("gbits", "Gbit/s", "{:.2f}"),
           ("small ns", "ns/pkt", "{:.0f}"), ("page ns", "16 KB", "{:.0f}"),
           ("bulk ns", "bulk", "{:.0f}"))


def print_table(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def spread(values, form):
    text = form.format(statistics.median(values))
    return f"{text} ({form.format(min(values))}..{form.format(max(values))})"


def compare(own, reference, how):
    pairs = list(zip(own, reference))
    if how == "more":
        return [a - b for a, b in pairs]
    return [a / b for a, b in pairs]


def passed(how, value, bar):
    if bar is None:
        return ""
    return "pass" if (value <= bar if how == "more" else value >= bar) else "MISS"


def bar_text(how, bar):
    if bar is None:
        return "-"
    return f"<= +{bar} us" if how == "more" else f">= {bar:.2f}"


def print_mode(mode, found):
    print(f"\n{mode.name}: median of the rounds (least..most)")
    lines = [("", *(title for _, title, _ in COLUMNS))]
    for name, rounds in found.items():
        lines.append((name, *(spread([r[key] for r in rounds], form) for key, _, form in COLUMNS)))
    print_table(lines)
    lines = [(f"sluiced to {mode.reference}", "median", "least..most", "bar", "")]
    for key, how, bar in BARS[mode.name]:
        values = compare([r[key] for r in found["sluiced"]],
                         [r[key] for r in found[mode.reference]], how)
        form = "{:+.0f}" if how == "more" else "{:.2f}"
        median = statistics.median(values)
        title = next(title for column, title, _ in COLUMNS if column == key)
        lines.append((title, form.format(median),
                      f"{form.format(min(values))}..{form.format(max(values))}",
                      bar_text(how, bar), passed(how, median, bar)))
    print()
    print_table(lines)
