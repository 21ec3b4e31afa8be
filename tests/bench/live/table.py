# SPDX-License-Identifier: Apache-2.0
"""What was measured, as tables: medians of all rounds, and how sluiced stands to its bars."""
import collections
import statistics

# A figure: its key, its title, how it is written.
Column = collections.namedtuple("Column", "key title form")
# What is judged: the figure of `own`, alone ("most"), or its ratio to `other`'s ("ratio"), or what
# it has more ("more"). Without a limit it is only told.
Bar = collections.namedtuple("Bar", "title own other key how limit form")
WAITED = 0.15  # share of a round that an inspector may have waited for its CPU


def print_table(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        cells = [line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def spread(values, form):
    """Median, and the least and the most when there are several."""
    values = [value for value in values if value is not None]
    if not values:
        return "-"
    text = form.format(statistics.median(values))
    if len(values) == 1 or min(values) == max(values):
        return text
    return f"{text} ({form.format(min(values))}..{form.format(max(values))})"


def is_calm(figures):
    """Nothing else had the inspector's CPU for long."""
    return figures.get("waited", 0) <= WAITED


def outcomes(bar, found):
    """Of the rounds that were calm, or of all when none was; and whether they were."""
    own = found[bar.own]
    rounds = list(zip(own, found[bar.other] if bar.other else own))
    calm = [both for both in rounds if all(map(is_calm, both))]
    values = [(a[bar.key], b[bar.key]) for a, b in calm or rounds]
    if bar.how == "most":
        return [a for a, _ in values], bool(calm)
    if bar.how == "more":
        return [a - b for a, b in values], bool(calm)
    return [a / b for a, b in values], bool(calm)


def judgement(bar, median):
    if bar.limit is None:
        return "-", ""
    is_least = bar.how == "ratio"
    text = f"{'>=' if is_least else '<='} {bar.form.format(bar.limit)}"
    return text, "pass" if (median >= bar.limit if is_least else median <= bar.limit) else "MISS"


def print_mode(mode, found):
    rounds = max(len(each) for each in found.values())
    print(f"\n{mode.name}: {mode.__doc__}")
    print(f"  median of {rounds} rounds (least..most)\n")
    lines = [("", *(column.title for column in mode.columns))]
    for name, each in found.items():
        lines.append((name, *(spread([figures.get(column.key) for figures in each], column.form)
                              for column in mode.columns)))
    print_table(lines)
    print()
    return print_bars(mode, found)


def print_bars(mode, found):
    """How sluiced stands, also as a list for the results."""
    lines, judged = [("", "sluiced", "bar", "rounds", "")], []
    for bar in mode.bars:
        values, calm = outcomes(bar, found)
        median = statistics.median(values)
        limit, verdict = judgement(bar, median)
        if verdict and not calm:
            verdict += ", disturbed"
        lines.append((bar.title, spread(values, bar.form), limit, str(len(values)), verdict))
        judged.append({"title": bar.title, "median": median, "limit": bar.limit,
                       "verdict": verdict})
    print_table(lines)
    return judged
