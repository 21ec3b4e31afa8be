# SPDX-License-Identifier: Apache-2.0
"""Is a token found, however a message hides it?

    evasions.py --inspect PROGRAM [--sluiced PROGRAM] LINE...

Each case is tried with the token at several places and with the stream cut in many ways, next to a
benign twin that differs in the token alone and must not be reported. Behind it goes on what was
hidden, or not: another request and its answer have to be read.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import cases_body
import cases_coding
import cases_flow
import cases_h2
import cases_head
import cases_mail
import cases_odd
import cases_smuggled
from cases import (CUTS_ALL, CUTS_FEW, CUTS_NONE, LATER, LATER_OK, POSITIONS, TOKEN, TWIN)
from not_yet import NOT_YET
from wire import CLIENT, SERVER, port_of, write_capture

GROUPS = {
    1: cases_flow.keep_alive,
    2: cases_flow.pipelines,
    3: cases_flow.segments,
    4: cases_flow.chunking,
    5: cases_smuggled.group,
    6: cases_coding.group,
    7: cases_head.targets,
    8: cases_head.headers,
    9: cases_body.group,
    10: cases_odd.starts,
    11: cases_h2.group,
    12: cases_odd.answers,
    13: cases_mail.group,
}

CONTEXTS = {
    "url": {"request_line", "url_raw", "url", "url_view", "args"},
    "header": {"header", "header_view", "cookie", "status_line"},
    "body": {"body", "body_view", "filename"},
}
CONTEXTS["any"] = set().union(*CONTEXTS.values())
SIDES = {"request": CLIENT, "response": SERVER}
CAPTURE_SIZE = 1500  # connections
LONG = 3000  # bytes: no single ones
MANY_CUTS = 24



def pieces(stream, size):
    return [stream[at:at + size] for at in range(0, len(stream), size)]


def cuts_of(stream, token):
    """Where a cut may matter: in line ends, escapes and the token."""
    at = stream.find(token)
    found = [at, at + len(token) // 2, at + len(token)] if at >= 0 else []
    found += [i + 1 for i, c in enumerate(stream[:-1]) if c in b"\r\n%;"]
    found += [i + 2 for i, c in enumerate(stream[:-2]) if c in b"%"]
    found = sorted({i for i in found if 0 < i < len(stream)})
    step = max(1, len(found) // MANY_CUTS)
    return found[::step]


def segmentations(case, stream, token):
    yield "whole", [stream]
    if case.cuts == CUTS_NONE:
        return
    if case.cuts == CUTS_FEW or len(stream) > LONG:
        if len(stream) < 40_000:
            yield "34 a segment", pieces(stream, 34)
        else:
            yield "1460 a segment", pieces(stream, 1460)
        return
    for size in (1, 5, 34):
        yield f"{size} a segment", pieces(stream, size)
    cuts = range(1, len(stream)) if case.cuts == "every" else cuts_of(stream, token)
    for at in cuts:
        yield f"cut at {at}", [stream[:at], stream[at:]]


def conversations(case, text, token, whole_only=False):
    """The turns, once for each segmentation of the last thing its side says."""
    turns = case.turns(text)
    mine = [i for i, (side, _) in enumerate(turns) if side == case.side]
    last = [i for i in mine if token in turns[i][1]][-1:] or mine[-1:]
    if case.later and not case.append:  # its later pair is there already
        last = [i for i in mine if i < len(turns) - 2][-1:]
    tail = [(CLIENT, [LATER]), (SERVER, [LATER_OK])] if case.append else []
    for name, segments in segmentations(case, turns[last[0]][1], token):
        whole = [(side, [data]) for side, data in turns]
        whole[last[0]] = (case.side, segments)
        yield name, whole + tail
        if whole_only:
            return


class Try:
    """One connection."""

    def __init__(self, case, label, turns, token):
        self.case, self.label, self.turns, self.token = case, label, turns, token
        self.found = 0
        self.asked = self.answered = False
        self.notes = []

    def buffer(self, side, name, data):
        count = data.count(self.case.needle(TOKEN))
        if self.token is TWIN:
            self.found += count
        elif side == self.case.side and name in CONTEXTS[self.case.where]:
            self.found = max(self.found, count)
        if name == "url_raw" and data == b"/later-on":
            self.asked = True
        if name == "body" and data == b"later-ok":
            self.answered = True

    def fault(self):
        if self.token is TWIN:
            return "the twin is found" if self.found else None
        if self.found < self.case.count:
            return "token not found"
        if self.case.later and not self.asked:
            return "a later request is not read"
        if self.case.later and not self.answered:
            return "a later answer is not read"
        if self.case.note and not any(self.case.note in note for note in self.notes):
            return f"note not raised: {self.case.note}"
        return None


def tries_of(case):
    for position in case.positions:
        text = POSITIONS[position](TOKEN)
        for name, turns in conversations(case, text, TOKEN):
            yield Try(case, f"{position}, {name}", turns, TOKEN)
        text = POSITIONS[position](TWIN)
        for name, turns in conversations(case, text, TWIN, whole_only=True):
            yield Try(case, f"{position}, twin", turns, TWIN)


def inspect(program, directory, tries):
    paths = []
    for at in range(0, len(tries), CAPTURE_SIZE):
        paths.append(os.path.join(directory, f"{at}.pcap"))
        write_capture(paths[-1], [t.turns for t in tries[at:at + CAPTURE_SIZE]])
    with subprocess.Popen([program, *paths], stdout=subprocess.PIPE) as run:
        for line in run.stdout:
            record = json.loads(line)
            base = int(os.path.basename(record["capture"]).split(".")[0])
            one = tries[base + record["session"] - 1]
            if "note" in record:
                one.notes.append(record["note"])
            else:
                one.buffer(SIDES[record["side"]], record["buffer"],
                           record["bytes"].encode("latin-1"))
    if run.returncode:
        sys.exit(f"{program}: exit {run.returncode}")
    for path in paths:
        os.unlink(path)


def notes_of(program, path):
    """What the daemon says of each connection, by the client's port."""
    run = subprocess.run([program, "-p", path, "--json", "-"], stdout=subprocess.PIPE, check=True)
    said = {}
    for line in run.stdout.splitlines():
        record = json.loads(line)
        for port in (record.get("src_port"), record.get("dest_port")):
            said.setdefault(port, []).append(line.decode())
    return said


def check_notes(program, directory, cases):
    """The faults of those that should be told, by case."""
    noted = [case for case in cases if case.note and not case.reader]
    if not noted:
        return {}
    path = os.path.join(directory, "notes.pcap")
    turns = [next(conversations(c, POSITIONS["middle"](TOKEN), TOKEN, whole_only=True))[1]
             for c in noted]
    write_capture(path, turns)
    said = notes_of(program, path)
    return {case.name: f"the daemon does not tell: {case.note}" for i, case in enumerate(noted)
            if not any(case.note in line for line in said.get(port_of(i), []))}


def run_line(line, options):
    cases = GROUPS[line].cases
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), "two cases of one name"
    faults = {}
    with tempfile.TemporaryDirectory() as directory:
        tries = [t for case in cases for t in tries_of(case)]
        inspect(options.inspect, directory, tries)
        for t in tries:
            if t.fault():
                faults.setdefault(t.case.name, []).append(f"{t.fault()} ({t.label})")
        if options.sluiced:
            for name, fault in check_notes(options.sluiced, directory, cases).items():
                faults.setdefault(name, []).append(fault)
    waiting = {name for name in names if f"{line} {name}" in NOT_YET}
    missed = [name for name in names if name in faults and name not in waiting]
    for name in missed + (sorted(waiting & set(faults)) if options.all else []):
        kinds = {}
        for fault in faults[name]:
            kinds.setdefault(fault.split(" (")[0], []).append(fault)
        for told in kinds.values():
            print(f"missed: {line} {name}: {told[0]}, {len(told)} times")
    print(f"line {line}: {len(cases)} cases, {len(tries)} connections: "
          f"{len(cases) - len(faults)} found, {len(missed)} missed; "
          f"of {len(waiting)} not yet expected {len(waiting - set(faults))} found")
    return not missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inspect", required=True)
    parser.add_argument("--sluiced", help="look for notes too")
    parser.add_argument("--all", action="store_true", help="show what is not yet expected")
    parser.add_argument("line", type=int, nargs="+", choices=sorted(GROUPS))
    options = parser.parse_args()
    good = [run_line(line, options) for line in options.line]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
