# SPDX-License-Identifier: Apache-2.0
"""What was measured, as tables: medians of all rounds, and how sluiced stands to its bars."""
import collections
import statistics

# A figure: its key, its title, how it is written.
Column = collections.namedtuple("Column", "key title form")
# What is judged: the figure of `own`, alone ("most"), or its ratio to `other`'s ("ratio"), or what it
# has more ("more"). Without a limit it is only told.
Bar = collections.namedtuple("Bar", "title own other key how limit form")


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


def outcomes(bar, found):
    own = [figures[bar.key] for figures in found[bar.own]]
    if bar.how == "most":
        return own
    other = [figures[bar.key] for figures in found[bar.other]]
    if bar.how == "more":
        return [a - b for a, b in zip(own, other)]
    return [a / b for a, b in zip(own, other)]


def judgement(bar, median):
    if bar.limit is None:
        return "-", ""
    is_least = bar.how == "ratio"
    text = f"{'>=' if is_least else '<='} {bar.form.format(bar.limit)}"
    return text, "pass" if (median >= bar.limit if is_least else median <= bar.limit) else "MISS"


def print_mode(mode, found):
    rounds = max(len(each) for each in found.values())
    print(f"\n{mode.name}: {mode.__doc__.splitlines()[0]}")
    print(f"  median of {rounds} rounds (least..most)\n")
    lines = [("", *(column.title for column in mode.columns))]
    for name, each in found.items():
        lines.append((name, *(spread([figures.get(column.key) for figures in each], column.form)
                              for column in mode.columns)))
    print_table(lines)
    print()
    judge(mode, found)


def judge(mode, found):
    """Prints how sluiced stands; returns [(title, median, limit, verdict)]."""
    lines, judged = [("", "sluiced", "bar", "")], []
    for bar in mode.bars:
        values = outcomes(bar, found)
        median = statistics.median(values)
        limit, verdict = judgement(bar, median)
        lines.append((bar.title, spread(values, bar.form), limit, verdict))
        judged.append((bar.title, median, bar.limit, verdict))
    print_table(lines)
    return judged
