#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon on real interfaces, beside programs that only accept, forward and count.

    live.py --build build/release [--quick] [--rounds N] [--only MODE] [--json FILE]

Runs as root. Loads are on CPU 0, whoever inspects is on CPU 1. Everything that is compared is
measured in turn, in the same run: ratios can be trusted, figures are this machine's.
"""
import argparse
import json
import os
import signal
import sys

from ground import Failed, Ground, say
from idle import Idle
from rows import Inline, Queue
from table import print_mode
from tap import Tap

MODES = {mode.name: mode for mode in (Queue, Inline, Tap, Idle)}


class Programs:
    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.own = [os.path.join(self.build, "src", name) for name in ("sluiced", "sluicectl")]

    def peer(self, name):
        return os.path.join(self.build, "tests", "bench", "live", f"bench_{name}")


def arguments():
    parser = argparse.ArgumentParser(prog="live.py", description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/release", help="where the programs are")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 2 s")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each load")
    parser.add_argument("--only", choices=MODES, action="append", help="may be repeated")
    parser.add_argument("--json", metavar="FILE", help="all figures, of every round")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.seconds = 2, 2
    return given


def play(mode_class, given, programs):
    """{inspector: [figures of a round]}."""
    found = {}
    with Ground() as ground:
        mode = mode_class(ground, programs, given.seconds)
        for number in range(given.rounds):
            say(f"{mode_class.name}: round {number + 1} of {given.rounds}")
            for name, figures in mode.measure(number):
                found.setdefault(name, []).append(figures)
    return found


def print_summary(results):
    judged = [(name, bar) for name, result in results.items() for bar in result["bars"]
              if bar["verdict"]]
    missed = [f"{name}: {bar['title']}, {bar['verdict']}" for name, bar in judged
              if not bar["verdict"].startswith("pass")]
    print(f"\n{len(judged) - len(missed)} of {len(judged)} bars reached")
    for line in missed:
        print(f"  {line}")


def main():
    given = arguments()
    if os.geteuid() != 0:
        say("live.py: network namespaces need root")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    programs, results = Programs(given.build), {}
    try:
        for name in given.only or MODES:
            found = play(MODES[name], given, programs)
            results[name] = {"rounds": found, "bars": print_mode(MODES[name], found)}
        print_summary(results)
    except Failed as failure:
        say(f"live.py: {failure}")
        return 1
    finally:
        if given.json:
            with open(given.json, "w", encoding="utf-8") as file:
                json.dump(results, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
