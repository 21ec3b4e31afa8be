# SPDX-License-Identifier: Apache-2.0
"""How fast frames may come before a listener loses some: one that only counts, and sluiced."""
import json

from ground import LOAD_CPU, back_memory, say
from inspectors import Peer, Sluiced
from load import Load
from table import Bar, Column, is_calm

SHARE = 0.85  # of the rate at which the counting program loses frames, sluiced must lose none
STEPS = 6  # of the bisection
BLAST_MAC = "02:00:00:00:00:05"
FLOWS, FRAME = 50000, 60
LOADS = ("udp", "http")
CAPTURED = 100000
TRIES = 3  # of a trial, until it was calm
AT_BAR = ("rate", "lost", "ns", "gbits", "waited")


def bars():
    for load in LOADS:
        yield Bar(f"{load}: share lost at {SHARE:.0%} of count's limit", f"{load}: sluiced", None,
                  "lost", "most", 0, "{:.4%}")
        yield Bar(f"{load}: limit, of count's", f"{load}: sluiced", f"{load}: count", "limit",
                  "ratio", None, "{:.2f}")


class Tap:
    """frames as fast as they can be sent; whoever listens at the other end"""

    name = "tap"
    columns = (Column("limit", "no loss up to, 1/s", "{:.0f}"),
               Column("unlimited", "as fast as sent", "{:.0f}"),
               Column("rate", "rate at the bar, 1/s", "{:.0f}"), Column("lost", "lost", "{:.4%}"),
               Column("ns", "ns/frame", "{:.0f}"), Column("gbits", "Gbit/s", "{:.2f}"),
               Column("full lost", "lost at full speed", "{:.2%}"),
               Column("waited", "waited for its CPU", "{:.0%}"))
    bars = tuple(bars())

    def __init__(self, ground, programs, seconds):
        self.ground, self.programs, self.seconds = ground, programs, max(1, seconds // 2)
        self.wire, self.pod = ground.namespace("wire"), ground.namespace("pod")
        self.home = ground.namespace("home")
        ground.cable((self.wire, "w0", None), (self.pod, "eth0", None))
        self.loads = dict(zip(LOADS, (("udp", str(FLOWS), str(FRAME)), ("pcap", self.capture()))))

    def capture(self):
        """A mixture of small and larger answers, as it went over a cable of its own."""
        ground, path = self.ground, self.ground.path("http.pcap")
        client, server = ground.namespace("client"), ground.namespace("server")
        ends = ((client, "c0"), (server, "eth0"))
        ground.cable((*ends[0], "192.0.2.1"), (*ends[1], "192.0.2.2"))
        ground.offloads(ends, "off")
        load = Load(ground, client, server, "192.0.2.2")
        with Peer(ground, server, self.programs.peer("count"), "--write", path, "--most",
                  str(CAPTURED), "eth0"):
            load.mixture()
        self.http_mac = ground.mac(server, "eth0")
        return path

    # ---- one trial ----

    def blast(self, load, rate, seconds):
        words = ["--seconds", str(seconds), *(("--rate", f"{rate:.0f}") if rate else ()), "w0"]
        return json.loads(self.ground.run_in(self.wire, LOAD_CPU, self.programs.peer("blast"),
                                             *words, *self.loads[load]))

    def undisturbed(self, trial, load, rate):
        """Again when something else had the listener's CPU for long; the last try counts anyhow."""
        for _ in range(TRIES):
            back_memory()
            outcome = trial(load, rate)
            if is_calm(outcome):
                break
            say(f"    disturbed: waited {outcome['waited']:.0%} of the time for its CPU")
        return outcome

    def count(self, load, rate):
        """What was sent, and which share of it was lost."""
        counter = Peer(self.ground, self.pod, self.programs.peer("count"), "eth0")
        with counter:
            sent = self.blast(load, rate, self.seconds)
            waited = counter.cpu()[1]
        return self.outcome(sent, counter.told["frames"], (counter.told["cpu"], waited))

    def sluiced(self, load, rate):
        with Sluiced(self.ground, self.home, self.programs.own) as daemon:
            daemon.tap(self.pod, "eth0", BLAST_MAC if load == "udp" else self.http_mac)
            before = daemon.cpu()
            sent = self.blast(load, rate, self.seconds)
            received = daemon.settled()
            used, waited = (now - then for now, then in zip(daemon.cpu(), before))
            daemon.nothing_lost_inside()
        return self.outcome(sent, received, (used, waited))

    @staticmethod
    def outcome(sent, received, cpu):
        used, waited = cpu
        return {"rate": sent["rate"], "lost": 1 - min(received, sent["frames"]) / sent["frames"],
                "gbits": sent["bytes"] * 8 / sent["seconds"] / 1e9,
                "waited": waited / sent["seconds"], "ns": used * 1e9 / max(1, received)}

    # ---- how fast ----

    def bisect(self, trial, load, most):
        """The largest rate without loss, when at `most` there is some."""
        least = 0.0
        for _ in range(STEPS):
            middle = (least + most) / 2
            outcome = self.undisturbed(trial, load, middle)
            if outcome["lost"] > 0:
                most = min(most, outcome["rate"])
            else:
                least = outcome["rate"]
        return least

    def limit(self, trial, load):
        """The largest rate without loss; what cannot be sent faster is not lost."""
        fastest = self.undisturbed(trial, load, 0)
        if fastest["lost"] == 0:
            return fastest["rate"], True, fastest
        return self.bisect(trial, load, fastest["rate"]), False, fastest

    def measure(self, number):
        for load in self.loads:
            say(f"  {load}: count")
            most, unlimited, fastest = self.limit(self.count, load)
            yield f"{load}: count", {"limit": most, "unlimited": int(unlimited),
                                     "ns": fastest["ns"], "gbits": fastest["gbits"]}
            say(f"  {load}: sluiced")
            at_bar = self.undisturbed(self.sluiced, load, SHARE * most)
            limit, unlimited, fastest = self.limit(self.sluiced, load)
            yield f"{load}: sluiced", {"limit": limit, "unlimited": int(unlimited),
                                       "full lost": fastest["lost"],
                                       **{key: at_bar[key] for key in AT_BAR}}
