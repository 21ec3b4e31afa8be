# SPDX-License-Identifier: Apache-2.0
"""What the daemon costs while nothing happens, and how soon it is ready."""
import os
import time

from ground import say
from inspectors import Sluiced
from table import Bar, Column

TAPS = 100
STARTS = 5


def switches(pid):
    """How often its threads have gone to sleep."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
    return total


def kernel_work():
    """Soft interrupts for timers so far, on all CPUs, and the seconds spent in soft interrupts."""
    timers = 0
    with open("/proc/softirqs", encoding="ascii") as file:
        for line in file:
            if line.split()[0] in ("TIMER:", "HRTIMER:"):
                timers += sum(int(word) for word in line.split()[1:])
    with open("/proc/stat", encoding="ascii") as file:
        spent = int(file.readline().split()[7]) / 100
    return timers, spent


class Idle:
    """no traffic on a hundred cables with a tap each; and starting"""

    name = "idle"
    columns = (Column("share", "of a CPU", "{:.3%}"), Column("sleeps", "wake-ups, 1/s", "{:.0f}"),
               Column("timers", "kernel's timers, 1/s", "{:.0f}"),
               Column("soft", "kernel's soft interrupts, of a CPU", "{:.2%}"),
               Column("memory", "MiB", "{:.0f}"), Column("start", "ready after, ms", "{:.0f}"))
    bars = (Bar("CPU of the idle daemon", f"{TAPS} taps", None, "share", "most", 0.01, "{:.3%}"),
            Bar("ready after, ms", "no taps", None, "start", "most", 100, "{:.0f}"))

    def __init__(self, ground, programs, seconds):
        self.ground, self.programs, self.seconds = ground, programs, max(4, 2 * seconds)
        self.home, self.pod = ground.namespace("home"), ground.namespace("pod")
        for i in range(TAPS):
            ground.cable((self.pod, f"p{i}", None), (self.pod, f"q{i}", None))

    def watch(self, daemon):
        pid = daemon.program.pid
        time.sleep(1)
        cpu, slept, (timers, soft) = daemon.cpu()[0], switches(pid), kernel_work()
        begin = time.monotonic()
        time.sleep(self.seconds)
        took = time.monotonic() - begin
        timers_now, soft_now = kernel_work()
        return {"share": (daemon.cpu()[0] - cpu) / took,
                "sleeps": (switches(pid) - slept) / took,
                "timers": (timers_now - timers) / took, "soft": (soft_now - soft) / took,
                "memory": daemon.memory()}

    def measure(self, number):
        starts = []
        for _ in range(STARTS):
            with Sluiced(self.ground, self.home, self.programs.own) as daemon:
                starts.append(daemon.start_seconds * 1000)
        say("  no taps")
        with Sluiced(self.ground, self.home, self.programs.own) as daemon:
            yield "no taps", {**self.watch(daemon), "start": sorted(starts)[STARTS // 2]}
        say(f"  {TAPS} taps")
        with Sluiced(self.ground, self.home, self.programs.own) as daemon:
            for i in range(TAPS):
                daemon.tap(self.pod, f"p{i}", f"02:00:00:00:01:{i:02x}")
            daemon.has_ports(TAPS)
            yield f"{TAPS} taps", {**self.watch(daemon), "start": None}
