# SPDX-License-Identifier: Apache-2.0
"""The modes with a client and a pod. A mode is a class that builds its ground once; measure() plays
a round and yields (inspector, figures) in turn: whatever disturbs the machine disturbs all."""
import contextlib

from ground import run, say
from inspectors import Nothing, Peer, Sluiced
from load import MANY, SINGLE, Load
from table import Bar, Column

CLIENT, POD = "192.0.2.1", "192.0.2.2"
QUEUE = "1"
COLUMNS = (Column("small", "612 B, 1/s", "{:.0f}"), Column("page", "16 KB, 1/s", "{:.0f}"),
           Column("p50", "p50, us", "{:.0f}"), Column("p99", "p99, us", "{:.0f}"),
           Column("bulk", "Gbit/s", "{:.2f}"), Column("small ns", "612 B, ns/frame", "{:.0f}"),
           Column("page ns", "16 KB, ns/frame", "{:.0f}"),
           Column("bulk ns", "bulk, ns/frame", "{:.0f}"),
           Column("waited", "waited for its CPU", "{:.0%}"))
TITLES = {column.key: column.title for column in COLUMNS}
# Told without a bar: how far it is from one when the load, not the inspector, is what is slow.
COST = {"small ns": None, "page ns": None, "bulk ns": None}


def against(own, reference, limits):
    """Ratios to whoever does nothing."""
    return [Bar(f"{own}: {TITLES[key]}, of {reference}'s", own, reference, key, "ratio", limit,
                "{:.2f}")
            for key, limit in limits.items()]


def figures(load, inspector, seconds, seen):
    """Sparse requests first: they warm everything up. seen() counts packets."""
    result = {}
    single = load.wrk("small", SINGLE, max(1, seconds // 2))
    result["p50"] = single["p50"]
    result["p99"] = single["p99"]
    waited = inspector.cpu()[1]
    for name, play in (("small", lambda: load.wrk("small", MANY, seconds)["rps"]),
                       ("page", lambda: load.wrk("page", MANY, seconds)["rps"]),
                       ("bulk", lambda: load.bulk(seconds))):
        cpu, packets = inspector.cpu()[0], seen()
        result[name] = play()
        packets = seen() - packets
        result[f"{name} ns"] = (inspector.cpu()[0] - cpu) * 1e9 / max(1, packets)
    result["waited"] = (inspector.cpu()[1] - waited) / (3 * seconds)
    return result


class Mode:
    """What the modes with a client and a pod share."""

    def __init__(self, ground, programs, seconds):
        self.ground, self.programs, self.seconds = ground, programs, seconds
        self.client, self.pod = ground.namespace("client"), ground.namespace("pod")

    def peer(self, namespace, name, *words):
        return Peer(self.ground, namespace, self.programs.peer(name), *words)

    def sluiced(self, namespace):
        return Sluiced(self.ground, namespace, self.programs.own)

    def play(self, number, ways):
        """Every second round the other way round."""
        for name, way in ways if number % 2 == 0 else reversed(ways):
            with way as inspector:
                say(f"  {name}")
                yield name, inspector


class Queue(Mode):
    """a queue (NFQUEUE) in the pod's namespace, both directions"""

    name = "nfqueue"
    columns = COLUMNS
    bars = against("sluiced", "accept", {"small": 0.90, "page": 0.90, "bulk": 0.95, **COST})

    def __init__(self, ground, programs, seconds):
        super().__init__(ground, programs, seconds)
        self.home = ground.namespace("home")
        ground.cable((self.client, "c0", CLIENT), (self.pod, "eth0", POD))
        self.mac = ground.mac(self.pod, "eth0")
        self.load = Load(ground, self.client, self.pod, POD)

    def rules(self, action):
        for chain, way in (("INPUT", "-i"), ("OUTPUT", "-o")):
            run("ip", "netns", "exec", self.pod, "iptables", action, chain, way, "eth0", "-j",
                "NFQUEUE", "--queue-num", QUEUE)

    @contextlib.contextmanager
    def queued(self, inspector):
        with inspector:
            if isinstance(inspector, Sluiced):
                inspector.queue(self.pod, int(QUEUE), self.mac, POD)
            self.rules("-A")
            try:
                yield inspector
            finally:
                self.rules("-D")

    def seen(self):
        return sum(self.ground.packets([(self.pod, "eth0")]))

    def measure(self, number):
        ways = [("no queue", Nothing()),
                ("accept", self.queued(self.peer(self.pod, "accept", QUEUE))),
                ("sluiced", self.queued(self.sluiced(self.home)))]
        for name, inspector in self.play(number, ways):
            yield name, figures(self.load, inspector, self.seconds, self.seen)


class Inline(Mode):
    """a pair of interfaces; offloads off, because the bridge's rings have no room for more"""

    name = "inline"
    columns = COLUMNS
    bars = [*against("sluiced", "bridge", {"small": 0.90, "page": 0.90, "bulk": None, **COST}),
            Bar("sluiced: p50, us more than bridge's", "sluiced", "bridge", "p50", "more", 20,
                "{:.0f}"),
            *against("sluiced, offloads", "bridge", {"small": None, "page": None, "bulk": None})]

    def __init__(self, ground, programs, seconds):
        super().__init__(ground, programs, seconds)
        self.home = ground.namespace("home")
        ground.cable((self.client, "c0", CLIENT), (self.home, "vex0", None))
        ground.cable((self.pod, "eth0", POD), (self.home, "vin0", None))
        self.mac = ground.mac(self.pod, "eth0")
        self.load = Load(ground, self.client, self.pod, POD)

    def offloads(self, state):
        self.ground.offloads([(self.client, "c0"), (self.home, "vex0"), (self.home, "vin0"),
                              (self.pod, "eth0")], state)

    @contextlib.contextmanager
    def kernel(self):
        home = ("ip", "-n", self.home, "link")
        run(*home, "add", "br0", "type", "bridge")
        for side in ("vex0", "vin0"):
            run(*home, "set", side, "master", "br0")
        run(*home, "set", "br0", "up")
        try:
            yield Nothing()
        finally:
            run(*home, "del", "br0")

    @contextlib.contextmanager
    def paired(self, offloads):
        self.offloads(offloads)
        try:
            with self.sluiced(self.home) as daemon:
                daemon.pair("vex0", "vin0", self.mac)
                yield daemon
        finally:
            self.offloads("off")

    def seen(self):
        return self.ground.packets([(self.home, "vex0"), (self.home, "vin0")])[0]

    def measure(self, number):
        self.offloads("off")
        ways = [("kernel bridge", self.kernel()),
                ("bridge", self.peer(self.home, "bridge", "vex0", "vin0")),
                ("sluiced", self.paired("off")),
                ("sluiced, offloads", self.paired("on"))]
        for name, inspector in self.play(number, ways):
            yield name, figures(self.load, inspector, self.seconds, self.seen)
