# SPDX-License-Identifier: Apache-2.0
"""How a daemon begins and ends: under load, by each signal, for its supervisor."""
import mmap
import os
import shutil
import signal
import struct
import subprocess
import sys

import live

FLOOD = """
import socket, sys
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(64)]
while True:
    for one in sockets:
        try:
            one.sendto(b"x" * 700, (sys.argv[1], 5353))
        except OSError:
            pass
"""


class End(live.Live):
    def pod(self):
        self.client, self.pod_ns = self.namespace("client"), self.namespace("pod")
        self.home = self.namespace("home")
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod_ns, "eth0", "192.0.2.2"))

    def tap(self, daemon):
        mac = self.mac(self.pod_ns, "eth0")
        daemon.workload(mac, tap=True)
        daemon.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod_ns}", iface="eth0",
                   epmac=mac)
        daemon.done()

    def load(self):
        if shutil.which("iperf3"):
            self.start(self.pod_ns, "iperf3", "-s", "-B", "192.0.2.2")
            live.wait_for(lambda: ":5201 " in live.run("ip", "netns", "exec", self.pod_ns, "ss",
                                                       "-ltn"), "iperf3")
            self.start(self.client, "iperf3", "-c", "192.0.2.2", "-t", "60", "-P", "2")
        self.start(self.client, sys.executable, "-c", FLOOD, "192.0.2.2")

    def test_within_two_seconds_under_load(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "2")
        self.tap(daemon)
        self.load()
        live.wait_for(lambda: len(daemon.events()) >= 0 and self.seen(daemon), "traffic")
        took = daemon.end(patience=2.0)
        stats = daemon.events("stats")[-1]["stats"]
        self.assertGreater(stats["decoder"]["pkts"], 1000)
        self.assertGreaterEqual(len(daemon.events("flow")), 64)
        print(f"ended in {took:.2f} s after {stats['decoder']['pkts']} packets", file=sys.stderr)

    def seen(self, daemon):
        """The kernel's list of packet sockets says nothing; what the interface got does."""
        packets = live.run("ip", "netns", "exec", self.pod_ns, "cat",
                           "/sys/class/net/eth0/statistics/rx_packets")
        return daemon.process.poll() is None and int(packets) > 20000

    def test_many_sessions_are_told_in_time(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        cable = self.packet_socket(self.client, "c0")
        to, sent = bytes.fromhex(self.mac(self.pod_ns, "eth0").replace(":", "")), 60000
        head = to + b"\x02\0\0\0\0\1\x08\0" + bytes.fromhex(
            "450000210000400040110000c0000201c0000202")
        for port in range(1, sent + 1):
            cable.send(head + struct.pack("!HHHH", port, 5000, 13, 0) + b"hello")
        took = daemon.end(patience=2.0)
        stats, flows = daemon.events("stats")[-1]["stats"], daemon.events("flow")
        print(f"{len(flows)} sessions told in {took:.2f} s", file=sys.stderr)
        self.assertEqual(len(flows), stats["session"]["created"])
        self.assertGreater(len(flows), sent // 20)  # a slow machine loses frames, no sessions

    def test_each_signal(self):
        self.pod()
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
            daemon = self.daemon(self.home, "-s", "-n", "1")
            daemon.process.send_signal(number)
            self.assertEqual(daemon.process.wait(2), 0)
            daemon.agent.close()
            os.unlink(os.path.join(self.folder, "agent.sock"))
            os.unlink(daemon.log_path)
            self.assertFalse(os.path.exists(daemon.socket_path))

    def test_usr1_ends_nothing(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        daemon.process.send_signal(signal.SIGUSR1)
        live.wait_for(lambda: "generation" in daemon.log(), "an answer to SIGUSR1")
        self.assertEqual(daemon.done()[-1], 7)
        daemon.end()

    def test_the_heart_beats(self):
        self.pod()
        name = f"/sluice-live-{os.getpid()}"
        path = "/dev/shm" + name
        self.addCleanup(lambda: os.path.exists(path) and os.unlink(path))
        with open(path, "wb") as file:
            file.write(bytes(16) + b"\1\1\1\1")
        daemon = self.daemon(self.home, "-n", "2", "--heartbeat", name)
        with open(path, "r+b") as file:
            memory = mmap.mmap(file.fileno(), 20)
        live.wait_for(lambda: min(struct.unpack_from("2I", memory, 0)) >= 2, "two beats of each")
        self.assertEqual(memory[8:20], bytes(8) + b"\1\1\0\0")
        daemon.end()

    def test_statuses_for_the_supervisor(self):
        self.pod()
        dp = os.path.join(self.folder, "dp")
        os.symlink(self.sluiced, dp)
        none = f"/sluice-none-{os.getpid()}"
        for program, arguments, status in ((dp, ("-k",), 254), (dp, ("--heartbeat", none), 255),
                                           (self.sluiced, ("-k",), 2),
                                           (self.sluiced, ("--heartbeat", none), 4),
                                           (self.sluiced, ("-s", "-i", "nosuch0"), 4)):
            sockets = ("--agent-socket", os.path.join(self.folder, "s"))
            done = subprocess.run(["ip", "netns", "exec", self.home, program, *sockets, *arguments],
                                  capture_output=True, text=True, timeout=10, check=False)
            self.assertEqual(done.returncode, status, (arguments, done.stderr))
            # One line, or in the log that it ends.
            self.assertTrue(done.stderr.strip())

    def test_only_one_serves_a_path(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        second = subprocess.run(["ip", "netns", "exec", self.home, self.sluiced, "-s",
                                 "--agent-socket", daemon.socket_path], capture_output=True,
                                text=True, timeout=10, check=False)
        self.assertEqual(second.returncode, 4)
        self.assertTrue(os.path.exists(daemon.socket_path))
        daemon.end()


class Workers(live.Live):
    def test_stay_where_they_are_put(self):
        may = sorted(os.sched_getaffinity(0))
        home = self.namespace("home")
        daemon = self.daemon(home, "-s", "--cpus", f"{may[-1]},{may[0]}")
        allowed = {name: text.split("Cpus_allowed_list:")[1].split()[0]
                   for name, text in daemon.threads("status").items()}
        daemon.end()
        self.assertEqual(allowed["worker0"], str(may[-1]))
        self.assertEqual(allowed["worker1"], str(may[0]))
        self.assertNotIn("worker2", allowed)


if __name__ == "__main__":
    live.main()
