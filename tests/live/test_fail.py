# SPDX-License-Identifier: Apache-2.0
"""What traffic notices of a daemon that crashes, hangs, ends, comes back: docs/fail-modes.md, held
to its word. FAIL_MODES=show prints the gaps that are measured."""
import json
import os
import signal
import socket
import subprocess
import time
import unittest  # noqa: F401 (the base class lives in live)

import live

ECHO = """
import socket, threading
def serve(c):
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        data = c.recv(100)
        if not data:
            return
        c.sendall(data)
s = socket.create_server(("192.0.2.2", 7), backlog=128)
while True:
    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
"""

# One connection that lives all the time, and short ones: when did each answer come?
TALK = """
import json, socket, sys, threading, time
end = time.monotonic() + float(sys.argv[1])
found = {"gap": 0.0, "broken": False, "echoes": 0, "new": [], "failed": 0}
def long():
    try:
        s = socket.create_connection(("192.0.2.2", 7), 5)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(10)
        last = time.monotonic()
        while time.monotonic() < end:
            s.sendall(b"x")
            if not s.recv(1):
                raise OSError
            now = time.monotonic()
            found["gap"], last = max(found["gap"], now - last), now
            found["echoes"] += 1
            time.sleep(0.002)
    except OSError:
        found["broken"] = True
def short():
    while time.monotonic() < end:
        try:
            with socket.create_connection(("192.0.2.2", 7), 0.3) as s:
                s.settimeout(0.3)
                s.sendall(b"y")
                s.recv(1)
                found["new"].append(time.monotonic())
        except OSError:
            found["failed"] += 1
        time.sleep(0.002)
threads = [threading.Thread(target=f) for f in (long, short)]
[t.start() for t in threads]
[t.join() for t in threads]
print(json.dumps(found))
"""


class Fail(live.Live):
    def setUp(self):
        super().setUp()
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        self.home = self.namespace("home")
        self.slow = live.is_sanitized(self.sluiced)

    # ---- the modes ----

    def cable(self):
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod, "eth0", "192.0.2.2"))

    def tap(self):
        self.cable()
        return lambda d: d.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod}",
                               iface="eth0", epmac=self.mac(self.pod, "eth0"))

    def pair(self):
        self.veth((self.client, "c0", "192.0.2.1"), (self.home, "vex0", None))
        self.veth((self.pod, "eth0", "192.0.2.2"), (self.home, "vin0", None))
        return lambda d: d.ask("ctrl_add_port_pair", vex_iface="vex0", vin_iface="vin0",
                               epmac=self.mac(self.pod, "eth0"), quar=False)

    def queue(self, *options):
        self.cable()
        for chain, way in (("INPUT", "-i"), ("OUTPUT", "-o")):
            live.run("ip", "netns", "exec", self.pod, "iptables", "-A", chain, way, "eth0", "-j",
                     "NFQUEUE", "--queue-num", "1", *options)
        return lambda d: d.ask("ctrl_add_nfq_port", netns=f"/var/run/netns/{self.pod}",
                               iface="eth0", qnum=1, epmac=self.mac(self.pod, "eth0"),
                               jumboframe=False)

    def open_queue(self):
        return self.queue("--queue-bypass")

    # ---- the daemon ----

    def begin(self, mode, *options):
        self.ask_port, self.options = mode(), options
        self.start(self.pod, "python3", "-c", ECHO)
        live.wait_for(lambda: ":7 " in live.run("ip", "netns", "exec", self.pod, "ss", "-ltn"),
                      "an echo")
        self.run_daemon()

    def run_daemon(self):
        """Until it serves as before: the agent tells all it knows once more."""
        self.now = self.daemon(self.home, "-s", "-n", "1", *self.options)
        self.now.workload(self.mac(self.pod, "eth0"), tap=False)
        self.ask_port(self.now)
        self.now.done()

    def crash(self):
        self.now.process.kill()
        self.now.process.wait()
        self.forget()

    def forget(self):
        self.now.agent.close()
        if os.path.exists(os.path.join(self.folder, "agent.sock")):
            os.unlink(os.path.join(self.folder, "agent.sock"))

    def end(self):
        self.now.end()

    # ---- the traffic ----

    def talk(self, what, seconds=1.5):
        """`what` happens in the middle of it; what was noticed. Its "pause" is the longest time
        without a new connection, from what happened on."""
        process = subprocess.Popen(["ip", "netns", "exec", self.client, "python3", "-c", TALK,
                                    str(seconds)], stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        begin = time.monotonic()
        what()
        found = json.loads(process.communicate()[0])
        times = [begin] + [t for t in found["new"] if t > begin]
        found["pause"] = max(b - a for a, b in zip(times, times[1:])) if len(times) > 1 else 99
        if os.environ.get("FAIL_MODES") == "show":
            print(self.id().split(".")[-1], "echo gap %.0f ms, no new connection for %.0f ms, "
                  "%d echoes, %d new, %d failed" % (1000 * found["gap"], 1000 * found["pause"],
                                                    found["echoes"], len(found["new"]),
                                                    found["failed"]), flush=True)
        self.assertFalse(found["broken"])
        self.assertGreater(found["echoes"], 20)
        return found

    def unnoticed(self, found, least=0.1):
        limit = least * (5 if self.slow else 1)
        self.assertLess(found["gap"], limit)
        self.assertLess(found["pause"], limit)
        self.assertEqual(found["failed"], 0)

    # ---- tap: nothing is ever noticed ----

    def test_tap(self):
        self.begin(self.tap)
        for what in (self.crash, self.run_daemon, self.end):
            self.unnoticed(self.talk(what, 1))
            if what == self.end:
                break
        self.assertGreater(len(self.now.events("flow")), 3)

    # ---- a pair: closed without a daemon ----

    def test_pair_crash(self):
        """Stops, and goes on with the next daemon: connections live, nothing is reset."""
        self.begin(self.pair)

        def crash_and_come_back():
            self.crash()
            time.sleep(0.3)
            self.run_daemon()

        found = self.talk(crash_and_come_back, 4)
        self.assertGreater(found["gap"], 0.25)
        self.assertGreater(found["pause"], 0.25)
        self.assertLess(found["gap"], 3)  # TCP tries again after 0.2, 0.4, 0.8, ... s
        self.end()
        # The connection that was older than the daemon is followed all the same.
        old = [f for f in self.now.events("flow") if f["flow"]["pkts_toserver"] > 20]
        self.assertTrue(old)

    def test_pair_restart(self):
        """An orderly end loses what comes until the next one is there."""
        self.begin(self.pair)

        def restart():
            self.end()
            self.run_daemon()

        found = self.talk(restart, 3)
        self.assertLess(found["gap"], 2)
        self.end()

    def test_pair_hang(self):
        """Frames wait in the socket until it has no more room, and pass when the daemon goes on."""
        self.begin(self.pair)

        def hang():
            self.now.process.send_signal(signal.SIGSTOP)
            time.sleep(0.5)
            self.now.process.send_signal(signal.SIGCONT)

        found = self.talk(hang, 2)
        self.assertGreater(found["gap"], 0.4)
        self.assertLess(found["gap"], 1.5)
        self.end()

    # ---- a service port: the same, shown with frames ----

    def test_service(self):
        unicast = bytes.fromhex("4e6575560007")
        self.veth((self.home, "vth-neuv", None), (self.home, "vbr-neuv", None))
        self.options = ()
        self.ask_port = lambda d: d.ask("ctrl_add_srvc_port", iface="vth-neuv", jumboframe=False)
        self.mac = lambda *_: "02:00:00:00:00:02"
        self.run_daemon()
        wire = self.packet_socket(self.home, "vbr-neuv")
        wire.settimeout(0.2)
        ip = bytes.fromhex("4500001c0001000040110000c0000201c0000202") + bytes.fromhex(
            "0fa0138800080000")

        def comes_back():
            wire.send(unicast + bytes.fromhex("020000000001" + "0800") + ip)
            try:
                while wire.recvfrom(100)[1][2] == 4:  # PACKET_OUTGOING: our own
                    pass
                return True
            except TimeoutError:
                return False

        self.assertTrue(comes_back())
        self.crash()
        self.assertFalse(comes_back())  # closed
        # The next one passes before it is told of any workload, as soon as it has the port.
        self.now = self.daemon(self.home, "-s", "-n", "1")
        self.ask_port(self.now)
        self.now.done()
        self.assertTrue(comes_back())
        self.assertGreater(self.now.counter("decoder.no_workload"), 0)
        self.now.end()
        # Unless it is configured to know all it passes.
        document = os.path.join(self.folder, "closed.json")
        with open(document, "w", encoding="utf-8") as file:
            json.dump({"exceptions": {"unknown-workload": "drop"}}, file)
        self.options = ("--config", document)
        self.now = self.daemon(self.home, "-s", "-n", "1", *self.options)
        self.ask_port(self.now)
        self.now.done()
        self.assertFalse(comes_back())
        self.now.workload("02:00:00:00:00:02", tap=False)
        self.assertTrue(comes_back())
        self.now.end()

    # ---- queues: as the rule says ----

    def test_open_queue(self):
        """--queue-bypass: packets that waited are lost once, all others pass."""
        self.begin(self.open_queue)
        found = self.talk(self.crash)
        self.assertLess(found["gap"], 0.6 if not self.slow else 2)  # one retransmission
        self.assertLess(found["pause"], 0.6 if not self.slow else 2)
        self.unnoticed(self.talk(self.run_daemon))
        self.unnoticed(self.talk(self.end))  # what waits passes when it ends in order

    def test_closed_queue(self):
        """Without it packets are dropped, and the next daemon goes on."""
        self.begin(self.queue)

        def crash_and_come_back():
            self.crash()
            time.sleep(0.3)
            self.run_daemon()

        found = self.talk(crash_and_come_back, 4)
        self.assertGreater(found["gap"], 0.25)
        self.assertLess(found["gap"], 3)
        self.end()

    def test_queue_hang(self):
        """A daemon that has stopped holds packets until the queue is full; then they pass it."""
        document = os.path.join(self.folder, "short.json")
        with open(document, "w", encoding="utf-8") as file:
            json.dump({"queue": {"length": 4}}, file)
        self.begin(self.open_queue, "--config", document)

        def hang():
            self.now.process.send_signal(signal.SIGSTOP)
            time.sleep(2)
            self.now.process.send_signal(signal.SIGCONT)

        found = self.talk(hang, 3)
        self.assertLess(found["pause"], 1.9)
        self.end()

    # ---- two at once ----

    def test_a_second_daemon(self):
        """The first one serves on; the second says who has the socket, and touches nothing."""
        self.begin(self.open_queue)

        def second():
            done = subprocess.run(["ip", "netns", "exec", self.home, self.sluiced, "-s",
                                   "--agent-socket", self.now.socket_path, "--control-socket",
                                   self.now.control_path, "--notify-socket",
                                   os.path.join(self.folder, "n")], capture_output=True, text=True,
                                  timeout=10, check=False)
            self.assertEqual(done.returncode, 4)
            self.assertIn("another", done.stderr)

        self.unnoticed(self.talk(second))
        self.now.done()
        self.end()


if __name__ == "__main__":
    live.main()
