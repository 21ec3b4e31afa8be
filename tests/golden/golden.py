#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""golden.py: replays a capture through the real daemon and compares what it tells with expect.json.

    golden.py --sluiced BUILD/src/sluiced CASE...            a case is a folder with input.pcap
    golden.py --sluiced BUILD/src/sluiced --bless CASE...    writes expect.json anew

expect.json is {"expect": [...], "status": 0}, perhaps with "needs_port" and "also" (see variants.py);
an entry is one of

    {"flow": {"proto": "TCP", "app_proto": "redis"}, "count": 2, "has": [...]}
    {"redis": {"command": "SET", "key": "a"}}
    {"tx": {"app_proto": "http"}}
    {"absent": {"alert": {}}}
    {"inline": {"dropped": [5], "injected": 0}}

The key names the event type, or "tx" for any transaction; the object names fields and values.
A field is a path ("tcp.state", "answers.0.rdata") from the event, or else from the object that
bears the event's type. A value is itself, "*" for any, null for "not there"; an object or a list
of objects needs only what is named, a list that ends in "..." may go on. Without "count" one such
event is enough, with it exactly so many. "has" lists entries about the events of that session.
"inline" replays once more with --inline and names the frames (1 = the first) that do not arrive,
and how many the daemon adds.
"""
import argparse
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

TIMEOUT = 60
NEAREST = 3


class Broken(Exception):
    """The test itself cannot be done."""


# ---- what an event must look like ----

def lookup(event, path):
    """The value at a path, or None."""
    for root in (event, event.get(event["event_type"])):
        value = root
        for step in path.split("."):
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                value = None
        if value is not None:
            return value
    return None


def matches(wanted, value):
    if wanted is None:
        return value is None
    if wanted == "*":
        return value is not None
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(matches(w, value.get(k)) for k, w in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return False
        if wanted and wanted[-1] == "...":
            wanted = wanted[:-1]
            value = value[:len(wanted)]
        return len(wanted) == len(value) and all(map(matches, wanted, value))
    return type(wanted) is type(value) and wanted == value


def differences(fields, event):
    """What keeps an event from being the wanted one: (path, wanted, value)."""
    found = ((path, wanted, lookup(event, path)) for path, wanted in fields.items())
    return [(path, wanted, value) for path, wanted, value in found if not matches(wanted, value)]


def is_kind(kind, event):
    return "tx_id" in event if kind == "tx" else event["event_type"] == kind


# ---- one entry of expect.json ----

def split(entry):
    """The event type of an entry and its fields."""
    kinds = [k for k in entry if k not in ("count", "has")]
    if len(kinds) != 1 or not isinstance(entry[kinds[0]], dict):
        raise Broken(f"an entry names one event type and its fields: {show(entry)}")
    return kinds[0], entry[kinds[0]]


def show(value):
    return json.dumps(value, ensure_ascii=False)


def brief(event):
    """An event as one line: what is its own, without what the capture gives it."""
    own = {k: v for k, v in event.items() if k not in ("timestamp", "pcap_filename", "community_id")}
    text = show(own)
    return text if len(text) < 500 else text[:500] + " ..."


def nearest(kind, fields, events):
    """Lines about the events that come closest."""
    ranked = sorted(((differences(fields, e), e) for e in events if is_kind(kind, e)),
                    key=lambda pair: len(pair[0]))
    if not ranked:
        return [f"    there is no {kind} event at all"]
    lines = []
    for different, event in ranked[:NEAREST]:
        lines.append(f"    nearest: {brief(event)}")
        lines += [f"        {path}: wanted {show(wanted)}, is {show(value)}"
                  for path, wanted, value in different]
    return lines


def check_entry(entry, events, sessions):
    """Lines that say what is wrong; none when the entry holds."""
    kind, fields = split(entry)
    if kind == "absent":
        kind, fields = split(fields)
        found = [e for e in events if is_kind(kind, e) and not differences(fields, e)]
        return [f"must not be there: {show(entry['absent'])}"] + \
            [f"    is there: {brief(e)}" for e in found[:NEAREST]] if found else []
    found = [e for e in events if is_kind(kind, e) and not differences(fields, e)]
    complaints = []
    if "has" in entry:
        kept = []
        for event in found:
            inner = check_session(entry["has"], event, sessions)
            complaints += inner
            if not inner:
                kept.append(event)
        found = kept
    count = entry.get("count")
    if len(found) >= 1 if count is None else len(found) == count:
        return []
    lines = [f"wanted {'one' if count is None else count}, found {len(found)}: {show({kind: fields})}"]
    return lines + (["    " + line for line in complaints] or nearest(kind, fields, events))


def check_session(entries, flow, sessions):
    events = sessions.get(flow.get("flow_id"), [])
    lines = []
    for entry in entries:
        lines += check_entry(entry, events, sessions)
    return lines


def by_session(events):
    sessions = collections.defaultdict(list)
    for event in events:
        if "flow_id" in event and event["event_type"] != "flow":
            sessions[event["flow_id"]].append(event)
    return sessions


def check_sense(events):
    """What holds for every capture."""
    flows = {e["flow_id"] for e in events if e["event_type"] == "flow"}
    return [f"belongs to no session that ended: {brief(e)}" for e in events
            if "flow_id" in e and e["flow_id"] not in flows]


# ---- running the daemon ----

def run(sluiced, case, more):
    command = [sluiced, "-p", os.path.join(case, "input.pcap"), *more]
    config = os.path.join(case, "config.json")
    if os.path.exists(config):
        command += ["--config", config]
    try:
        return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise Broken(f"not done after {TIMEOUT} s: {' '.join(command)}") from error


def parse_events(text):
    events = []
    for line in text.decode("utf-8").splitlines():
        event = json.loads(line)
        if "event_type" not in event or "timestamp" not in event:
            raise Broken(f"an event without type or time: {line}")
        if event["event_type"] != "stats":
            events.append(event)
    return events


def replay(sluiced, case):
    """(events, exit status, standard error)"""
    done = run(sluiced, case, ["--json", "-"])
    if done.returncode < 0:
        raise Broken(f"killed by signal {-done.returncode}\n{done.stderr.decode(errors='replace')}")
    return parse_events(done.stdout), done.returncode, done.stderr.decode(errors="replace")


def read_frames(path):
    """(time, bytes) of the frames of a classic capture."""
    with open(path, "rb") as file:
        data = file.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    if order is None:
        raise Broken(f"{path}: not a classic capture")
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack(order + "4I", data[at:at + 16])
        frames.append((seconds, micros, data[at + 16:at + 16 + size]))
        at += 16 + size
    return frames


def replay_inline(sluiced, case):
    """{"dropped": numbers of frames that did not arrive, "injected": how many came newly}"""
    with tempfile.TemporaryDirectory() as folder:
        written = os.path.join(folder, "out.pcap")
        done = run(sluiced, case, ["--inline", "--write", written])
        if done.returncode not in (0, 3):
            raise Broken(f"--inline: status {done.returncode}: {done.stderr.decode(errors='replace')}")
        arrived = collections.Counter(read_frames(written))
    dropped = []
    for number, frame in enumerate(read_frames(os.path.join(case, "input.pcap")), 1):
        if arrived[frame] > 0:
            arrived[frame] -= 1
        else:
            dropped.append(number)
    return {"dropped": dropped, "injected": sum(arrived.values())}


# ---- a case ----

def check_inline(wanted, sluiced, case):
    found = replay_inline(sluiced, case)
    return [f"inline, {key}: wanted {show(value)}, is {show(found.get(key))}"
            for key, value in wanted.items() if found.get(key) != value]


def check_case(sluiced, case):
    """Lines that say what is wrong."""
    with open(os.path.join(case, "expect.json"), encoding="utf-8") as file:
        expect = json.load(file)
    events, status, errors = replay(sluiced, case)
    lines = check_sense(events)
    if status != expect.get("status", 0):
        lines.append(f"exit status: wanted {expect.get('status', 0)}, is {status}\n{errors}")
    sessions = by_session(events)
    for entry in expect["expect"]:
        if "inline" in entry:
            lines += check_inline(entry["inline"], sluiced, case)
        else:
            lines += check_entry(entry, events, sessions)
    return lines


# ---- blessing ----

# What differs from one making of a capture to the next says nothing about the daemon.
NOT_BLESSED = {"id", "rtt_us", "transmit_timestamp", "serial", "notbefore", "notafter",
               "fingerprint", "fingerprint_sha256", "initiator_index", "responder_index",
               "info_hash", "call_id", "session", "session_id", "tree_id", "deadline", "lease",
               "xid"}
RANDOM_TEXT = re.compile(r";(tag|branch|ssrc)=|0x[0-9a-f]{8}|/sluice-captures\.")
FLOW_FIELDS = ("vlan", "proto", "icmp_type", "icmp_code", "app_proto", "sluice.protocols",
               "sluice.host", "sluice.server", "sluice.workload", "flow.state",
               "flow.pkts_toserver", "flow.pkts_toclient")
EPHEMERAL = 32768  # ports from here on differ from run to run
LONG_LIST, LONG_TEXT = 6, 100


def bless_value(value):
    if isinstance(value, dict):
        return {k: bless_value(v) for k, v in value.items()
                if k not in NOT_BLESSED and not (k == "port" and isinstance(v, int) and v >= EPHEMERAL)}
    if isinstance(value, list):
        return [bless_value(v) for v in value[:LONG_LIST]] + (["..."] if len(value) > LONG_LIST else [])
    if isinstance(value, str) and (len(value) > LONG_TEXT or RANDOM_TEXT.search(value)):
        return "*"
    return value


def bless_event(event):
    kind = event["event_type"]
    if kind == "alert":
        fields = {key: lookup(event, key) for key in ("signature_id", "signature", "action")}
    elif kind == "flow":
        fields = {key: lookup(event, key) for key in FLOW_FIELDS}
        # Who carried payload has an application, or "failed"; silence is worth a line, too.
        fields = {k: v for k, v in fields.items() if v is not None or k == "app_proto"}
        if event.get("dest_port", EPHEMERAL) < EPHEMERAL:
            fields["dest_port"] = event["dest_port"]
        for key, usual in (("sluice.verdict", "pass"), ("tcp.gap", False), ("tcp.rst", False),
                           ("sluice.midstream", False), ("sluice.drop_reason", None)):
            if lookup(event, key) not in (usual, None):
                fields[key] = lookup(event, key)
    else:
        fields = bless_value(event.get(kind, {}))
    return {kind: fields}


def merge(entries):
    """Equal entries become one with a count; the order of the first ones stays."""
    merged = []
    for entry in entries:
        for other in merged:
            if all(other.get(k) == v for k, v in entry.items()) and \
                    set(other) - {"count"} == set(entry):
                other["count"] = other.get("count", 1) + 1
                break
        else:
            merged.append(dict(entry))
    return merged


def uncount(entries, events):
    """Without the counts of those that are part of others: the others match, too."""
    for entry in entries:
        kind, fields = next(iter(entry.items()))
        found = sum(e["event_type"] == kind and not differences(fields, e) for e in events)
        if found != entry.get("count", 1):
            entry.pop("count", None)
    return entries


def bless_absent(events):
    absent = [{kind: {}} for kind in ("alert", "anomaly")]
    absent.append({"flow": {"app_proto": "failed"}})
    return [{"absent": entry} for entry in absent if not check_entry({"absent": entry}, events, {})]


def bless(sluiced, case):
    events, status, _ = replay(sluiced, case)
    sessions = by_session(events)
    entries = []
    for event in events:
        if event["event_type"] == "flow":
            entry = bless_event(event)
            told = sessions[event["flow_id"]]
            inner = uncount(merge([bless_event(e) for e in told]), told)
            if inner:
                entry["has"] = inner
            entries.append(entry)
        elif "flow_id" not in event:
            entries.append(bless_event(event))
    entries = merge(entries) + bless_absent(events)
    entries.append({"inline": replay_inline(sluiced, case)})
    write_expect(case, entries, status)


def kept_of(case):
    """What a person wrote there stays."""
    try:
        with open(os.path.join(case, "expect.json"), encoding="utf-8") as file:
            old = json.load(file)
    except FileNotFoundError:
        return {}
    return {key: old[key] for key in ("needs_port", "also") if key in old}


def write_expect(case, entries, status):
    """One entry, and one entry inside "has", is one line."""
    lines = []
    for entry in entries:
        inner = entry.get("has")
        text = show({k: v for k, v in entry.items() if k != "has"})
        if inner:
            rows = ",\n".join("        " + show(e) for e in inner)
            text = f'{text[:-1]}, "has": [\n{rows}\n    ]}}'
        lines.append("    " + text)
    head = "{\n" if status == 0 else f'{{\n  "status": {status},\n'
    for key, value in kept_of(case).items():
        head += f'  "{key}": {show(value)},\n'
    with open(os.path.join(case, "expect.json"), "w", encoding="utf-8") as file:
        file.write(head + '  "expect": [\n' + ",\n".join(lines) + "\n  ]\n}\n")


# ---- ----

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sluiced", required=True, help="the daemon's program")
    parser.add_argument("--bless", action="store_true", help="write expect.json from what is told now")
    parser.add_argument("cases", nargs="+", metavar="CASE", help="a folder with input.pcap")
    options = parser.parse_args()
    failed = 0
    for case in options.cases:
        try:
            if options.bless:
                bless(options.sluiced, case)
                continue
            lines = check_case(options.sluiced, case)
        except (Broken, OSError, ValueError, KeyError) as error:
            lines = [f"{type(error).__name__}: {error}"]
        if lines:
            failed += 1
            print(f"{case}: FAILED", *lines, sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
