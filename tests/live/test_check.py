# SPDX-License-Identifier: Apache-2.0
"""The self-test: what is there is proven, what is taken away is named, nothing is left behind."""
import ctypes
import os
import pty
import re
import resource
import shutil
import subprocess
import time

import live

NAMES = ["cap-net-raw", "cap-net-admin", "cap-sys-admin", "locked-memory", "namespaces", "cables",
         "processes", "tap", "tap-vlan", "tap-checksum", "tap-ring", "tap-fanout",
         "inline-service", "inline-pair", "inline-large", "traffic-control", "iptables",
         "nfqueue-ipv4", "ip6tables", "nfqueue-ipv6", "nfqueue-fail-open", "nfqueue-gso"]
X86 = NAMES + ["processor"]
LINE = re.compile(r"^(ok|missing|broken|unknown) +([a-z0-9-]+)  +(\S.*)$")
PR_CAPBSET_DROP = 24
CAPABILITIES = {"net-admin": 12, "net-raw": 13, "ipc-lock": 14, "sys-admin": 21}


class Lines:
    """What --check has said."""

    def __init__(self, done):
        self.code, self.text = done.returncode, done.stdout
        self.found = {}
        for line in done.stdout.splitlines():
            match = LINE.match(line)
            if not match:
                raise AssertionError(f"no line of a check: {line}")
            self.found[match[2]] = (match[1], match[3])

    def status(self, name):
        return self.found[name][0]

    def why(self, name):
        return self.found[name][1]


def drop(*capabilities):
    """Before the program runs: it will not have them, though it is root's."""
    libc = ctypes.CDLL(None, use_errno=True)

    def before():
        for name in capabilities:
            if libc.prctl(PR_CAPBSET_DROP, CAPABILITIES[name], 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl")

    return before


def no_locked_memory():
    drop("ipc-lock")()
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def named_namespaces():
    """Without those of other tests that run at the same time."""
    names = live.run("ip", "netns", "list").split("\n")
    return {name for name in names if not re.match(r"sl\d+-", name)}


class Check(live.Live):
    self_test = True

    def check(self, **how):
        done = subprocess.run([self.sluiced, "--check"], capture_output=True, text=True,
                              timeout=live.PATIENCE, check=False, **how)
        self.assertEqual(done.stderr, "")
        return Lines(done)

    def has_traffic_control(self):
        """Not every kernel has act_pedit: what tc(8) itself says."""
        if not shutil.which("tc"):
            return None
        home = self.namespace("tc")
        self.ip(home, "link", "add", "t0", "type", "veth", "peer", "name", "t1")
        inside = ["ip", "netns", "exec", home]
        live.run(*inside, "tc", "qdisc", "add", "dev", "t0", "ingress")
        done = subprocess.run([*inside, "tc", "filter", "add", "dev", "t0", "parent", "ffff:",
                               "protocol", "ip", "u32", "match", "u32", "0", "0", "action",
                               "pedit", "munge", "offset", "0", "u8", "set", "0x45", "pipe",
                               "action", "mirred", "egress", "mirror", "dev", "t1"],
                              capture_output=True, check=False)
        return done.returncode == 0

    def test_everything(self):
        """As root everything is proven, in the order of the table and in time."""
        began = time.monotonic()
        lines = self.check()
        took = time.monotonic() - began
        self.assertLess(took, 5 if not live.is_sanitized(self.sluiced) else 15)
        self.assertIn(list(lines.found), (NAMES, X86))
        bad = [name for name in lines.found if lines.status(name) != "ok"]
        has_control = self.has_traffic_control()
        if not has_control and "traffic-control" in bad:
            self.assertEqual(lines.status("traffic-control"),
                             "unknown" if has_control is None else "missing")
            bad.remove("traffic-control")
        self.assertLessEqual(set(bad), {"processes"}, lines.text)
        self.assertEqual(lines.code, int("missing" in lines.text or "broken" in lines.text))

    def test_capabilities(self):
        """Each that is missing is named, where it is asked for and where it is needed."""
        cases = {
            "net-raw": {"cap-net-raw": "CAP_NET_RAW", "tap": "CAP_NET_RAW",
                        "tap-ring": "CAP_NET_RAW",
                        "inline-service": "CAP_NET_RAW",
                        "nfqueue-ipv4": "no socket to send through"},
            "net-admin": {"cap-net-admin": "CAP_NET_ADMIN",
                          "cables": "CAP_NET_ADMIN is needed"},
            "sys-admin": {"cap-sys-admin": "CAP_SYS_ADMIN",
                          "namespaces": "CAP_SYS_ADMIN is needed"},
        }
        for capability, expected in cases.items():
            lines = self.check(preexec_fn=drop(capability))
            self.assertEqual(lines.code, 1, lines.text)
            for name, words in expected.items():
                self.assertEqual(lines.status(name), "missing", lines.text)
                self.assertIn(words, lines.why(name))
            for other in cases:
                if other != capability:
                    self.assertEqual(lines.status(f"cap-{other}"), "ok")
            self.assertNotIn("broken", lines.text)

    def test_locked_memory(self):
        """Said when it is not to be had; and that no mode needs it is true."""
        have = self.check()
        self.assertIn("(CAP_IPC_LOCK)", have.why("locked-memory"))
        lines = self.check(preexec_fn=no_locked_memory)
        self.assertIn("no CAP_IPC_LOCK, 4 MiB cannot be locked", lines.why("locked-memory"))
        for name, (status, _) in lines.found.items():
            self.assertEqual(status, have.status(name))

    def test_no_programs(self):
        """Without iptables and tc: they are named, and what they are needed for was not tried."""
        lines = self.check(env={"PATH": "/nowhere"})
        self.assertEqual(lines.code, 1)
        for name in ("iptables", "ip6tables"):
            self.assertEqual(lines.status(name), "missing")
            self.assertIn("is not installed (PATH is /nowhere)", lines.why(name))
        for name in ("traffic-control", "nfqueue-ipv4", "nfqueue-ipv6", "nfqueue-fail-open"):
            self.assertEqual(lines.status(name), "unknown")
        for name in ("tap", "inline-pair", "nfqueue-gso"):
            self.assertEqual(lines.status(name), "ok")

    def test_a_program_that_fails(self):
        """What it says is told; one that never ends costs a second."""
        for script, words in (("echo 'no such table'; echo more; exit 3",
                               "iptables: no such table (status 3)"),
                              ("exec /bin/sleep 100", "does not end within")):
            for name in ("iptables", "ip6tables"):
                path = os.path.join(self.folder, name)
                with open(path, "w", encoding="ascii") as file:
                    file.write(f"#!/bin/sh\n{script}\n")
                os.chmod(path, 0o755)
            began = time.monotonic()
            lines = self.check(env={"PATH": self.folder})
            self.assertLess(time.monotonic() - began, 5)
            self.assertEqual(lines.status("iptables"), "missing")
            self.assertIn(words, lines.why("iptables"))

    def test_nothing_is_left(self):
        home = self.namespace("home")
        inside = ["ip", "netns", "exec", home]

        def state():
            return (live.run(*inside, "cat", "/proc/net/dev"), named_namespaces(),
                    live.run(*inside, "iptables-save"), live.run(*inside, "ip", "route", "show"))

        before = state()
        done = subprocess.run([*inside, self.sluiced, "--check"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(Lines(done).status("tap"), "ok")
        self.assertEqual(state(), before)

    def test_colours(self):
        """On a terminal only."""
        self.assertNotIn("\033", self.check().text)
        for more, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            ours, theirs = pty.openpty()
            subprocess.run([self.sluiced, "--check"], stdout=theirs, check=False,
                           env={**os.environ, **more})
            os.close(theirs)
            text = b""
            try:
                while piece := os.read(ours, 65536):
                    text += piece
            except OSError:
                pass
            os.close(ours)
            self.assertEqual(b"\033[32mok     \033[0m  tap " in text, coloured)

    def lines_of(self, daemon):
        return [line for line in daemon.log().splitlines() if "self-test: " in line]

    def test_the_daemon_says_it(self):
        """The same lines in its log, once it is ready; no child stays, and it serves meanwhile."""
        lines = self.check()
        daemon = self.daemon(self.namespace("home"), "-s", "-n", "1")
        daemon.done()
        live.wait_for(lambda: len(self.lines_of(daemon)) == len(lines.found), "every line")
        live.wait_for(lambda: not children(daemon.process.pid), "no child")
        log = daemon.log().splitlines()
        ready = [at for at, line in enumerate(log) if "ready:" in line][0]
        told = self.lines_of(daemon)
        self.assertEqual(log[ready + 1:], told)
        for line in told:
            level, text = re.match(r"sluiced: (\w+): self-test: (.*)$", line).groups()
            status, name, _ = LINE.match(text).groups()
            self.assertEqual(lines.status(name), status)
            self.assertEqual(level, "warning" if status in ("missing", "broken") else "info")
        self.assertEqual(daemon.packet_sockets(), 0)
        daemon.end()

    def test_the_daemon_ends_first(self):
        home = self.namespace("home")
        daemon = self.daemon(home, "-s", "-n", "1")
        live.wait_for(lambda: children(daemon.process.pid) or self.lines_of(daemon), "a child")
        child = children(daemon.process.pid)
        daemon.end()
        for pid in child:
            self.assertFalse(os.path.exists(f"/proc/{pid}"))

    def test_switched_off(self):
        """By the option, and for a person who looks at one interface."""
        home = self.namespace("home")
        for options in (("--no-check", "-n", "1", "-s"), ("-i", "lo", "-n", "1")):
            daemon = self.daemon(home, *options)
            self.assertEqual(children(daemon.process.pid), [])
            daemon.done()
            daemon.end()
            self.assertEqual(self.lines_of(daemon), [])


if __name__ == "__main__":
    live.main()
