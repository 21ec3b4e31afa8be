# SPDX-License-Identifier: Apache-2.0
"""Where the measurements take place: namespaces, cables, programs on one CPU each.

Everything is named after this process and is removed at the end, however it ends.
"""
import json
import mmap
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LOAD_CPU, INSPECTOR_CPU = 0, 1
BACKED, HUGE = 512 << 20, 2 << 20
OFFLOADS = ("tso", "gso", "gro", "tx", "rx")
SETTINGS = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
    "net/ipv4/ip_local_port_range": "1024 65535",
    "net/ipv4/tcp_tw_reuse": "1",
}


class Failed(Exception):
    """Something that is needed did not work; the text is for people."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait_for(condition, what, patience=10):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.002)
    raise Failed(f"{what}: not within {patience} s")


def thread_seconds(pid):
    """Of all threads: CPU time, user and system; time that they could run and somebody else did."""
    used = waited = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            words = file.read().split()
        used += int(words[0])
        waited += int(words[1])
    return used / 1e9, waited / 1e9


def back_memory():
    """A virtual machine's free memory may be lent to its host, and who touches it next waits:
    tenths of a second for what a table of sessions needs. We do, so that whoever is measured does
    not. In huge pages, because those are what comes back whole."""
    with mmap.mmap(-1, BACKED, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, BACKED, HUGE):
            memory[at] = 1


class Ground:
    """Namespaces, programs and a folder, for as long as a `with`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-bench-")
        os.chmod(self.folder, 0o755)
        self.namespaces, self.programs = [], []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in reversed(self.programs):
            if program.poll() is None:
                program.kill()
            program.wait()
        for name in self.namespaces:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    # ---- namespaces and cables ----

    def namespace(self, name):
        full = f"slb{os.getpid()}-{name}"
        run("ip", "netns", "add", full)
        self.namespaces.append(full)
        run("ip", "-n", full, "link", "set", "lo", "up")
        script = "; ".join(f"echo '{value}' >/proc/sys/{key}" for key, value in SETTINGS.items())
        run("ip", "netns", "exec", full, "sh", "-c", script)
        return full

    def cable(self, one, other):
        """Between two (namespace, interface, address or None)."""
        run("ip", "-n", one[0], "link", "add", one[1], "type", "veth", "peer", "name", other[1],
            "netns", other[0])
        for namespace, interface, address in (one, other):
            if address:
                run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", interface)
            run("ip", "-n", namespace, "link", "set", interface, "up")

    def mac(self, namespace, interface):
        return self.link(namespace, interface)["address"]

    def link(self, namespace, interface):
        return json.loads(run("ip", "-j", "-s", "-n", namespace, "link", "show", interface))[0]

    def packets(self, places):
        """Frames that came into these (namespace, interface) so far, and went out of them."""
        received = sent = 0
        for namespace, interface in places:
            counts = self.link(namespace, interface)["stats64"]
            received += counts["rx"]["packets"]
            sent += counts["tx"]["packets"]
        return received, sent

    def offloads(self, places, state):
        """What hosts leave to their cards: large segments, checksums."""
        order = OFFLOADS if state == "off" else tuple(reversed(OFFLOADS))
        words = [word for offload in order for word in (offload, state)]
        for namespace, interface in places:
            run("ip", "netns", "exec", namespace, "ethtool", "-K", interface, *words)

    # ---- programs ----

    def command(self, namespace, cpu, words):
        return ["ip", "netns", "exec", namespace, "taskset", "-c", str(cpu), *words]

    def start(self, namespace, cpu, *words, **more):
        more = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **more}
        program = subprocess.Popen(self.command(namespace, cpu, words), **more)
        self.programs.append(program)
        return program

    def run_in(self, namespace, cpu, *words):
        return run(*self.command(namespace, cpu, words))

    def stop(self, program, patience=15):
        """Its last words on standard output, if that is a pipe."""
        program.send_signal(signal.SIGTERM)
        try:
            said, _ = program.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
            raise Failed(f"{program.args[-1]} did not end") from None
        return said
