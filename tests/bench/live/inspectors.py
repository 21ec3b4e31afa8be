# SPDX-License-Identifier: Apache-2.0
"""What stands in the way: nothing, a program that does nothing, or sluiced. Each is a `with`.

cpu() is the CPU time that it has used so far, and how long it waited for its CPU.
"""
import json
import os
import socket
import subprocess
import threading
import time

from ground import Failed, INSPECTOR_CPU, run, thread_seconds, wait_for


class Nothing:
    """Nobody looks."""

    name = "nothing"
    pid = None

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def cpu(self):
        return 0.0, 0.0


class Peer:
    """One of the programs of this folder; `told` is what it says at its end."""

    def __init__(self, ground, namespace, *words):
        self.ground, self.namespace, self.words = ground, namespace, words
        self.told = {}

    def __enter__(self):
        self.program = self.ground.start(self.namespace, INSPECTOR_CPU, *self.words,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.program.stdout.readline() != "ready\n":
            raise Failed(f"{self.words}: {self.program.stderr.read()}")
        return self

    def __exit__(self, *_):
        said = self.ground.stop(self.program)
        self.told = json.loads(said) if said else {}

    def cpu(self):
        return thread_seconds(self.program.pid)


class Sluiced:
    """A daemon with one worker, asked as the agent asks."""

    def __init__(self, ground, namespace, programs):
        self.ground, self.namespace = ground, namespace
        self.sluiced, self.sluicectl = programs
        self.agent = self.program = None

    def __enter__(self):
        path = self.ground.path
        self.log = path("sluiced.log")
        with open(self.log, "wb") as log:
            begin = time.monotonic()
            self.program = self.ground.start(
                self.namespace, INSPECTOR_CPU, self.sluiced, "-s", "-n", "1", "--agent-socket",
                path("dp.sock"), "--notify-socket", path("notify.sock"), "--control-socket",
                path("control.sock"), stdout=log, stderr=log)
        self.agent = self.bind("agent.sock")
        self.notified = self.bind("notify.sock")
        threading.Thread(target=self.listen, args=(self.notified,), daemon=True).start()
        wait_for(lambda: "ready:" in self.text() or self.program.poll() is not None, "a daemon")
        if self.program.poll() is not None:
            raise Failed(f"sluiced did not start: {self.text()}")
        self.start_seconds = time.monotonic() - begin
        return self

    def __exit__(self, *_):
        self.ground.stop(self.program)
        for name, end in (("agent.sock", self.agent), ("notify.sock", self.notified)):
            end.close()
            os.unlink(self.ground.path(name))

    def bind(self, name):
        end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        end.bind(self.ground.path(name))
        end.settimeout(10)
        return end

    @staticmethod
    def listen(end):
        """What the daemon tells the agent is taken and forgotten."""
        try:
            while True:
                try:
                    end.recv(65536)
                except TimeoutError:
                    pass
        except OSError:
            return

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def cpu(self):
        return thread_seconds(self.program.pid)

    # ---- requests ----

    def ask(self, request, **arguments):
        self.agent.sendto(json.dumps({request: arguments}).encode(), self.ground.path("dp.sock"))

    def done(self):
        """Requests are carried out in order: when this one is answered, the others are done."""
        self.ask("ctrl_keep_alive", seq_num=7)
        self.agent.recv(65536)

    def workload(self, mac, tap, address=None):
        self.ask("ctrl_add_mac", iface="eth0", mac=mac, ucmac="4e:65:75:56:00:07",
                 bcmac="ff:ff:ff:00:00:07", oldmac="", pmac="",
                 pips=[{"ip": address}] if address else None)
        self.ask("ctrl_cfg_mac", macs=[mac], tap=tap)

    def tap(self, namespace, interface, mac):
        self.workload(mac, tap=True)
        self.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{namespace}", iface=interface,
                 epmac=mac)
        self.done()

    def queue(self, namespace, number, mac, address):
        self.workload(mac, tap=False, address=address)
        self.ask("ctrl_add_nfq_port", netns=f"/var/run/netns/{namespace}", iface="eth0",
                 qnum=number, epmac=mac, jumboframe=True)
        self.done()

    def pair(self, outer, inner, mac):
        self.workload(mac, tap=False)
        self.ask("ctrl_add_port_pair", vex_iface=outer, vin_iface=inner, epmac=mac, quar=False)
        self.done()

    # ---- counts ----

    def status(self):
        return json.loads(run(self.sluicectl, "--socket", self.ground.path("control.sock"),
                              "--json", "status"))

    def settled(self):
        """Frames that its ports have received, when no more come."""
        last, end = None, time.monotonic() + 20
        while time.monotonic() < end:
            time.sleep(0.15)
            now = sum(port["received"] for port in self.status()["ports"])
            if now == last:
                return now
            last = now
        raise Failed("sluiced does not come to rest")

    def nothing_lost_inside(self):
        """What it received it has inspected."""
        status = self.status()
        seen = sum(worker["packets"] for worker in status["workers"])
        received = sum(port["received"] for port in status["ports"])
        if seen < received:
            raise Failed(f"sluiced received {received} frames and inspected {seen}")

    def has_ports(self, number):
        found = len(self.status()["ports"])
        if found != number:
            raise Failed(f"sluiced has {found} ports, not {number}: {self.text()}")

    def memory(self):
        """MiB that are its own, and those of its rings."""
        with open(f"/proc/{self.program.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return 0.0
