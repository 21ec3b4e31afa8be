#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""variants.py: the captures of protocols once more, changed so that the name must stay or may only be lost.

    variants.py --sluiced BUILD/src/sluiced PCAPS [CASE]...

    port      the server's port is another one, one that says nothing or one of another protocol:
              the same name
    late      without the first 1, 2, 5 and 10 packets of every conversation,
    half      without one side: the same name, an outer one of the same session, or none

A capture that needs its port says why in expect.json: {"needs_port": "one message each way", ...}. One
whose later part is rightly named otherwise says so: {"also": ["tls"], ...}.
"""
import argparse
import collections
import json
import os
import struct
import subprocess
import sys
import tempfile

SKIP = "engine"  # odd links, tunnels, broken packets: nothing to vary
UNNAMED = (None, "failed")
QUIET_PORT = 40000
WRONG_PORTS = {6: (3306, 6379, 25), 17: (53, 123, 161)}  # the first that is not the capture's own
LATE = (1, 2, 5, 10)


class Packet:
    """A frame, and where its addresses and ports stand; None when it is not simple TCP or UDP."""

    def __init__(self, head, frame):
        self.head, self.frame = head, frame
        self.ends = None
        kind = struct.unpack_from(">H", frame, 12)[0] if len(frame) >= 14 else 0
        if kind == 0x0800 and len(frame) >= 34:
            size, self.proto = (frame[14] & 15) * 4, frame[23]
            source, dest = frame[26:30], frame[30:34]
            if struct.unpack_from(">H", frame, 20)[0] & 0x3FFF:
                return
        elif kind == 0x86DD and len(frame) >= 54:
            size, self.proto = 40, frame[20]
            source, dest = frame[22:38], frame[38:54]
        else:
            return
        self.at = 14 + size
        if self.proto not in (6, 17) or len(frame) < self.at + 4:
            return
        ports = struct.unpack_from(">HH", frame, self.at)
        self.ends = ((source, ports[0]), (dest, ports[1]))

    def with_ports(self, change):
        """The frame with every port that `change` names replaced."""
        if self.ends is None:
            return self.frame
        ports = [change.get((self.proto, port), port) for _, port in self.ends]
        return self.frame[:self.at] + struct.pack(">HH", *ports) + self.frame[self.at + 4:]

    def conversation(self):
        return (self.proto, frozenset(self.ends))


def read_capture(path):
    with open(path, "rb") as file:
        data = file.read()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(data[:4])
    if order is None:
        return None, []
    at, packets = 24, []
    while at + 16 <= len(data):
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        packets.append(Packet(data[at:at + 16], data[at + 16:at + 16 + size]))
        at += 16 + size
    return data[:24], packets


def write_capture(path, head, frames):
    """False, and nothing written, when there are no frames."""
    frames = list(frames)
    if not frames:
        return False
    with open(path, "wb") as file:
        file.write(head)
        for packet, frame in frames:
            file.write(packet.head + frame)
    return True


def without_first(packets, n):
    seen = collections.Counter()
    for packet in packets:
        if packet.ends:
            seen[packet.conversation()] += 1
            if seen[packet.conversation()] <= n:
                continue
        yield packet, packet.frame


def one_side(packets, client):
    """What the sender of the first packet of each conversation sent, or what the other did."""
    first = {}
    for packet in packets:
        if packet.ends:
            opener = first.setdefault(packet.conversation(), packet.ends[0])
            if (packet.ends[0] == opener) == client:
                yield packet, packet.frame


def main_port(flows):
    """Protocol number and server port of the first conversation with a name."""
    for flow in flows:
        if flow.get("app_proto") not in UNNAMED and flow["proto"] in ("TCP", "UDP"):
            return {"TCP": 6, "UDP": 17}[flow["proto"]], flow["dest_port"]
    return None


def make_variants(case, out, packets, head, flows):
    """Writes them, yields (file, kind, the ports changed)."""
    main = main_port(flows)
    if main:
        wrong = next(p for p in WRONG_PORTS[main[0]] if p != main[1])
        for port in (QUIET_PORT, wrong):
            name = f"{case}.port-{port}.pcap"
            change = {main: port}
            write_capture(f"{out}/{name}", head, ((p, p.with_ports(change)) for p in packets))
            yield name, "port", change
    for n in LATE:
        name = f"{case}.late-{n}.pcap"
        if write_capture(f"{out}/{name}", head, without_first(packets, n)):
            yield name, "late", {}
    for side in ("client", "server"):
        name = f"{case}.half-{side}.pcap"
        if write_capture(f"{out}/{name}", head, one_side(packets, side == "client")):
            yield name, "half", {}


def replay(sluiced, folder):
    """Flow events by file, replayed with checksums as they are: changed ports leave them wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        config.write('{"checksum": "off"}')
        config.flush()
        done = subprocess.run([sluiced, "-p", folder, "--json", "-", "--config", config.name],
                              stdout=subprocess.PIPE, check=True)
    flows = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event["event_type"] == "flow" and event.get("proto") in ("TCP", "UDP"):
            flows[os.path.basename(event["pcap_filename"])].append(event)
    return flows


def key(flow, change):
    """The conversation, whichever end counts as its client, by the ports it had before."""
    proto = {"TCP": 6, "UDP": 17}[flow["proto"]]
    back = {(p, new): old for (p, old), new in change.items()}
    ends = [(flow[f"{end}_ip"], back.get((proto, flow[f"{end}_port"]), flow[f"{end}_port"]))
            for end in ("src", "dest")]
    return proto, frozenset(ends)


def names(flow):
    """Every label of the session, the innermost last."""
    return flow["sluice"].get("protocols") or [flow.get("app_proto")]


def compare(kind, change, also, base, flows, report):
    """The n-th flow of a conversation with the n-th; one without a name promises nothing."""
    was = collections.defaultdict(list)
    for flow in base:
        was[key(flow, {})].append(flow)
    for flow in flows:
        before = was.get(key(flow, change))
        if not before:
            continue
        old = before.pop(0) if len(before) > 1 else before[0]
        name, wanted = flow.get("app_proto"), old.get("app_proto")
        if wanted in UNNAMED or name == wanted or (kind != "port" and name in (*UNNAMED, *names(old), *also)):
            continue
        report(f"{flow['src_ip']}:{flow['src_port']} to {flow['dest_port']}: {name}, was {wanted}")


def cases_of(pcaps, chosen):
    for area in sorted(os.listdir(pcaps)):
        if area == SKIP or not os.path.isdir(f"{pcaps}/{area}"):
            continue
        for case in sorted(os.listdir(f"{pcaps}/{area}")):
            if os.path.exists(f"{pcaps}/{area}/{case}/input.pcap") and \
                    (not chosen or f"{area}/{case}" in chosen):
                yield f"{area}/{case}"


def expect_of(pcaps, case):
    with open(f"{pcaps}/{case}/expect.json", encoding="utf-8") as file:
        return json.load(file)


def base_captures(pcaps, chosen, folder):
    """Copies them flat into the folder; (header, packets) by case."""
    captures = {}
    for case in cases_of(pcaps, chosen):
        head, packets = read_capture(f"{pcaps}/{case}/input.pcap")
        flat = f"{folder}/{case.replace('/', '.')}.pcap"
        if head and write_capture(flat, head, ((p, p.frame) for p in packets)):
            captures[case] = head, packets
    return captures


def vary(sluiced, pcaps, chosen, folder):
    """Complaints by variant, none where nothing is wrong."""
    for name in ("base", "changed"):
        os.mkdir(f"{folder}/{name}")
    captures = base_captures(pcaps, chosen, f"{folder}/base")
    base = replay(sluiced, f"{folder}/base") if captures else {}
    made = []
    for case, (head, packets) in captures.items():
        flat = case.replace("/", ".")
        for variant in make_variants(flat, f"{folder}/changed", packets, head, base[f"{flat}.pcap"]):
            made.append((case, base[f"{flat}.pcap"], *variant))
    changed = replay(sluiced, f"{folder}/changed") if made else {}
    complaints = {}
    for case, flows, file, kind, change in made:
        expect = expect_of(pcaps, case)
        if kind == "port" and "needs_port" in expect:
            continue
        complaints[file] = []
        compare(kind, change, expect.get("also", []), flows, changed[file], complaints[file].append)
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sluiced", required=True)
    parser.add_argument("pcaps")
    parser.add_argument("case", nargs="*")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        complaints = vary(args.sluiced, args.pcaps, args.case, folder)
    for file, texts in complaints.items():
        for text in texts[:3]:
            print(f"{file}: {text}")
    wrong = sum(map(bool, complaints.values()))
    print(f"{len(complaints)} variants, {wrong} with another name")
    return 1 if wrong or not complaints else 0


if __name__ == "__main__":
    sys.exit(main())
