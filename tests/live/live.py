# SPDX-License-Identifier: Apache-2.0
"""What the live tests share: network namespaces, a daemon of its own, the agent's requests.

Everything is named after the process and is removed at its end, however it ends. Traffic stays in
the namespaces. Without root, or without namespaces, a test is skipped (status 77).
"""
import argparse
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SKIP = 77
PATIENCE = 15
CLONE_NEWNET = 0x40000000


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("sluiced")
    parser.add_argument("sluicectl")
    return parser.parse_known_args()[0]


def arguments_left():
    """Names of tests, for one who runs a file by hand."""
    return sys.argv[3:]


def may_run():
    """Namespaces are root's, and ip(8) makes them."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    name = f"sl{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made.returncode == 0


def is_sanitized(program):
    """Built with AddressSanitizer: everything takes several times as long."""
    with open(program, "rb") as file:
        return b"__asan" in file.read()


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def wait_for(condition, what, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"nothing of this within {patience} s: {what}")


class Inside:
    """This thread inside of a namespace, for sockets that shall be there."""

    libc = ctypes.CDLL(None, use_errno=True)

    def __init__(self, namespace):
        self.there = f"/var/run/netns/{namespace}"
        self.home = None

    def enter(self, fd):
        if self.libc.setns(fd, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        fd = os.open(self.there, os.O_RDONLY)
        self.enter(fd)
        os.close(fd)

    def __exit__(self, *_):
        self.enter(self.home)
        os.close(self.home)


class Daemon:
    """A sluiced in a namespace, with sockets and events of its own."""

    def __init__(self, live, namespace, *options):
        self.live = live
        self.folder = live.folder
        self.events_path = os.path.join(self.folder, "events.json")
        self.socket_path = os.path.join(self.folder, "dp.sock")
        self.control_path = os.path.join(self.folder, "control.sock")
        self.log_path = os.path.join(self.folder, "log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", namespace, live.sluiced, "--agent-socket", self.socket_path,
                 "--notify-socket", os.path.join(self.folder, "notify.sock"), "--control-socket",
                 os.path.join(self.folder, "control.sock"), "--json", self.events_path, *options,
                 *(() if live.self_test else ("--no-check",))],
                stdout=log, stderr=log)
        self.agent = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.agent.bind(os.path.join(self.folder, "agent.sock"))
        self.agent.settimeout(PATIENCE)
        wait_for(lambda: "ready:" in self.log() or self.process.poll() is not None, "a ready daemon")
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon did not start: {self.log()}")
        self.plain_sockets = 0
        self.plain_sockets = self.packet_sockets()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def ask(self, request, **arguments_of_it):
        self.agent.sendto(json.dumps({request: arguments_of_it}).encode(), self.socket_path)

    def done(self):
        """Requests are carried out in order: when this one is answered, the others are done."""
        self.ask("ctrl_keep_alive", seq_num=7)
        return self.agent.recv(65536)

    def workload(self, mac, tap, unicast=None):
        self.ask("ctrl_add_mac", iface="eth0", mac=mac, ucmac=unicast or "4e:65:75:56:00:07",
                 bcmac="ff:ff:ff:00:00:07", oldmac="", pmac="", pips=None)
        self.ask("ctrl_cfg_mac", macs=[mac], tap=tap)
        self.done()

    def events(self, kind=None):
        """Those that are written so far."""
        if not os.path.exists(self.events_path):
            return []
        with open(self.events_path, encoding="utf-8") as file:
            lines = file.read().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in found if kind in (None, event["event_type"])]

    def threads(self, file):
        """What /proc has to say in this file about each thread, by the thread's name."""
        found = {}
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            place = f"/proc/{self.process.pid}/task/{task}"
            with open(f"{place}/comm", encoding="utf-8") as name:
                with open(f"{place}/{file}", encoding="utf-8") as text:
                    found[name.read().strip()] = text.read()
        return found

    def counter(self, name):
        """Of all workers, since it began."""
        counters = run(self.live.sluicectl, "--socket", self.control_path, "--json", "counters")
        return json.loads(counters)[name]

    def packet_sockets(self):
        """How many sockets it has more than when it began: those of its ports."""
        own = set()
        for entry in os.scandir(f"/proc/{self.process.pid}/fd"):
            try:
                own.add(os.readlink(entry.path))
            except FileNotFoundError:
                pass
        return sum(link.startswith("socket:") for link in own) - self.plain_sockets

    def end(self, patience=2.0):
        """SIGTERM; returns the seconds it took. Status 0 is demanded."""
        if self.process.poll() is None:
            begin = time.monotonic()
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the daemon did not end") from None
            took = time.monotonic() - begin
            self.agent.close()
            os.unlink(os.path.join(self.folder, "agent.sock"))
            if status != 0 or took > patience:
                raise AssertionError(f"status {status} after {took:.1f} s: {self.log()}")
            return took
        raise AssertionError(f"ended by itself, status {self.process.returncode}: {self.log()}")


class Live(unittest.TestCase):
    """One test: its namespaces, processes and files."""

    sluiced = sluicectl = None
    self_test = False  # daemons begin with one

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-live-")
        self.namespaces, self.processes = [], []
        self.addCleanup(self.clean)

    def clean(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for name in self.namespaces:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def namespace(self, name):
        full = f"sl{os.getpid()}-{name}"
        run("ip", "netns", "add", full)
        self.namespaces.append(full)
        self.ip(full, "link", "set", "lo", "up")
        # No router solicitations and the like between the frames that are counted.
        run("ip", "netns", "exec", full, "sh", "-c",
            "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; "
            "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        return full

    def ip(self, namespace, *words):
        return run("ip", "-n", namespace, *words)

    def veth(self, one, other):
        """A cable between two (namespace, interface, address or None)."""
        self.ip(one[0], "link", "add", one[1], "type", "veth", "peer", "name", other[1], "netns",
                other[0])
        for namespace, interface, address in (one, other):
            if address:
                self.ip(namespace, "addr", "add", f"{address}/24", "dev", interface)
            self.ip(namespace, "link", "set", interface, "up")

    def mac(self, namespace, interface):
        return json.loads(self.ip(namespace, "-j", "link", "show", interface))[0]["address"]

    def index(self, namespace, interface):
        return json.loads(self.ip(namespace, "-j", "link", "show", interface))[0]["ifindex"]

    def start(self, namespace, *words, **more):
        process = subprocess.Popen(["ip", "netns", "exec", namespace, *words],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
        self.processes.append(process)
        return process

    def daemon(self, namespace, *options):
        daemon = Daemon(self, namespace, *options)
        self.processes.append(daemon.process)
        self.addCleanup(daemon.agent.close)
        return daemon

    def web_server(self, namespace, address, port=80):
        self.start(namespace, sys.executable, "-m", "http.server", "-b", address, str(port),
                   cwd=self.folder)

        def listens():
            return f":{port} " in run("ip", "netns", "exec", namespace, "ss", "-ltn")

        wait_for(listens, "a web server")

    def packet_socket(self, namespace, interface):
        with Inside(namespace):
            packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            packets.bind((interface, 0))
        packets.settimeout(PATIENCE)
        self.addCleanup(packets.close)
        return packets


def fetch(namespace, url, patience=5):
    """The status of an HTTP answer, "000" without one."""
    done = subprocess.run(["ip", "netns", "exec", namespace, "curl", "-s", "-o", "/dev/null", "-m",
                           str(patience), "-w", "%{http_code}", "--noproxy", "*", url],
                          capture_output=True, text=True, check=False)
    return done.stdout


def main():
    Live.sluiced = os.path.abspath(arguments().sluiced)
    Live.sluicectl = os.path.abspath(arguments().sluicectl)
    if not may_run():
        print("skipped: network namespaces need root and ip(8)")
        sys.exit(SKIP)
    unittest.main(argv=sys.argv[:1] + arguments_left())
