# SPDX-License-Identifier: Apache-2.0
"""A queue of the kernel in a container's namespace: inspected, decided, let go."""
import hashlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest  # noqa: F401 (the base class lives in live)

import live

TRANSFER = 100 << 20


class Queue(live.Live):
    def site(self, *options):
        """A client, and a pod whose traffic goes through queue 1, in both directions."""
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        for name in (self.client, self.pod):
            live.run("ip", "netns", "exec", name, "sh", "-c",
                     "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; "
                     "echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod, "eth0", "192.0.2.2"))
        self.ip(self.client, "addr", "add", "fd00:1::1/64", "dev", "c0", "nodad")
        self.ip(self.pod, "addr", "add", "fd00:1::2/64", "dev", "eth0", "nodad")
        self.mac_now = self.mac(self.pod, "eth0")
        self.daemon_now = self.daemon(self.namespace("home"), "-s", "-n", "2", *options)
        for tables in ("iptables", "ip6tables"):
            for chain, way in (("INPUT", "-i"), ("OUTPUT", "-o")):
                self.in_pod(tables, "-A", chain, way, "eth0", "-j", "NFQUEUE", "--queue-num", "1",
                            "--queue-bypass")

    def in_pod(self, *words):
        return live.run("ip", "netns", "exec", self.pod, *words)

    def queue(self, request="ctrl_add_nfq_port", number=1):
        self.daemon_now.ask(request, netns=f"/var/run/netns/{self.pod}", iface="eth0",
                            qnum=number, epmac=self.mac_now, jumboframe=False)
        self.daemon_now.done()

    def workload(self, tap=False):
        self.daemon_now.ask("ctrl_add_mac", iface="eth0", mac=self.mac_now,
                            ucmac="4e:65:75:56:00:07", bcmac="ff:ff:ff:00:00:07", oldmac="",
                            pmac="", pips=[{"ip": "192.0.2.2"}])
        self.daemon_now.ask("ctrl_cfg_mac", macs=[self.mac_now], tap=tap, apps=[
            {"ip_proto": 6, "port": 80, "app": 0, "server": 0}])
        self.daemon_now.done()

    def queued(self):
        with open(f"/proc/{self.daemon_now.process.pid}/net/netfilter/nfnetlink_queue",
                  encoding="ascii") as file:
            return file.read()

    def test_both_families(self):
        self.site()
        self.workload()
        self.queue()
        self.web_server(self.pod, "::")
        for host in ("192.0.2.2", "[fd00:1::2]"):
            self.assertEqual(live.fetch(self.client, f"http://{host}/"), "200")
        live.wait_for(lambda: len(self.daemon_now.events("http")) == 2, "both transactions")
        self.daemon_now.end()
        flows = [f for f in self.daemon_now.events("flow") if f["proto"] == "TCP"]
        self.assertEqual({f["ip_v"] for f in flows}, {4, 6})
        for flow in flows:
            self.assertEqual(flow["app_proto"], "http")
            self.assertEqual(flow["sluice"]["direction"], "ingress")
            self.assertGreater(flow["flow"]["pkts_toclient"], 3)

    def big_file(self):
        path = os.path.join(self.folder, "big")
        block = os.urandom(1 << 20)
        digest = hashlib.sha256()
        with open(path, "wb") as file:
            for number in range(TRANSFER >> 20):
                piece = number.to_bytes(4, "big") + block[4:]
                file.write(piece)
                digest.update(piece)
        return digest.hexdigest()

    def download(self):
        done = subprocess.run(["ip", "netns", "exec", self.client, "sh", "-c",
                               "curl -s --noproxy '*' -m 60 http://192.0.2.2/big | sha256sum"],
                              capture_output=True, text=True, check=True)
        return done.stdout.split()[0]

    def test_every_byte_arrives(self):
        """A hundred megabytes in large pieces, and nothing else than was sent."""
        self.site()
        self.workload()
        self.queue()
        want = self.big_file()
        self.web_server(self.pod, "192.0.2.2")
        self.assertEqual(self.download(), want)
        self.daemon_now.end()

    def test_fragments(self):
        """Held until their datagram is whole, then all of them pass."""
        self.site()
        self.workload()
        self.queue()
        for size in (4000, 60000):
            source = ("import socket\n"
                      "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                      "s.settimeout(5)\n"
                      f"s.sendto(bytes({size}),('192.0.2.2',7777))\n"
                      f"assert len(s.recv(65535))=={size}\n")
            echo = ("import socket\n"
                    "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                    "s.bind(('192.0.2.2',7777))\n"
                    "while True:\n d,w=s.recvfrom(65535); s.sendto(d,w)\n")
            server = self.start(self.pod, "python3", "-c", echo)
            time.sleep(0.3)
            live.run("ip", "netns", "exec", self.client, "python3", "-c", source)
            server.kill()
        self.daemon_now.end()

    def test_an_attack_is_stopped(self):
        """Nothing of it arrives, and both ends get a reset or silence at once; others go on."""
        self.site()
        self.workload()
        self.queue()
        self.web_server(self.pod, "192.0.2.2")
        self.in_pod("iptables", "-t", "mangle", "-A", "PREROUTING", "-j", "MARK", "--set-mark", "7")
        source = ("import socket\n"
                  "s=socket.create_connection(('192.0.2.2',80)); s.settimeout(3)\n"
                  "s.send(b'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: -5\\r\\n\\r\\n')\n"
                  "try:\n print(len(s.recv(100)))\nexcept OSError as e:\n print(type(e).__name__)\n")
        said = live.run("ip", "netns", "exec", self.client, "python3", "-c", source).strip()
        self.assertIn(said, ("TimeoutError", "ConnectionResetError"))
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        self.daemon_now.end()
        blocked = [a for a in self.daemon_now.events("alert") if a["alert"]["action"] == "blocked"]
        self.assertTrue(blocked)
        self.assertEqual({a["sluice"]["mark"] for a in blocked}, {7})

    def arrivals(self, target, count):
        """How many of so many datagrams get there within a moment."""
        for _ in range(count):
            self.sender.sendto(b"x", ("192.0.2.2", 7777))
        time.sleep(0.3)
        return self.arrived(target)

    def arrived(self, target):
        got = 0
        try:
            while True:
                target.recv(10)
                got += 1
        except BlockingIOError:
            return got

    def test_a_full_queue(self):
        """What comes while nobody takes anything out passes or not, as it is configured; also by
        a document that is applied later."""
        document = os.path.join(self.folder, "queue.json")

        def write(fate):
            with open(document, "w", encoding="utf-8") as file:
                json.dump({"queue": {"length": 8, "when_full": fate}}, file)

        write("drop")
        self.site("--config", document)
        self.workload()
        self.queue()
        with live.Inside(self.pod):
            target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            target.bind(("192.0.2.2", 7777))
            target.setblocking(False)
        with live.Inside(self.client):
            self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(target.close)
        self.addCleanup(self.sender.close)
        self.assertEqual(self.arrivals(target, 3), 3)
        stop, go_on = signal.SIGSTOP, signal.SIGCONT
        self.daemon_now.process.send_signal(stop)
        self.assertEqual(self.arrivals(target, 50), 0)
        self.daemon_now.process.send_signal(go_on)
        self.assertEqual(live.wait_for(lambda: self.arrived(target), "those that waited"), 8)
        write("pass")
        live.run(self.sluicectl, "--socket", self.daemon_now.control_path, "policy", "apply",
                 document)
        self.daemon_now.process.send_signal(stop)
        self.assertEqual(self.arrivals(target, 50), 42)
        self.daemon_now.process.send_signal(go_on)
        self.assertEqual(live.wait_for(lambda: self.arrived(target), "those that waited"), 8)
        self.daemon_now.end()

    def test_deleted_and_killed(self):
        """In the middle of a transfer: the queue is let go at once, and the rule lets pass."""
        self.site()
        self.workload()
        want = self.big_file()
        self.web_server(self.pod, "192.0.2.2")
        for end in (lambda: self.queue("ctrl_del_nfq_port"), self.daemon_now.process.kill):
            self.queue()
            got = []
            thread = threading.Thread(target=lambda: got.append(self.download()))
            begin = time.monotonic()
            thread.start()
            time.sleep(0.05)
            end()
            thread.join()
            self.assertEqual(got, [want])
            self.assertLess(time.monotonic() - begin, 20)

    def test_a_queue_that_somebody_has(self):
        self.site()
        self.workload()
        self.queue()
        self.queue()  # once more: it is there
        self.daemon_now.ask("ctrl_add_nfq_port", netns=f"/var/run/netns/{self.pod}", iface="eth1",
                            qnum=1, epmac=self.mac_now, jumboframe=False)
        self.daemon_now.done()
        self.assertIn("queue 1", self.daemon_now.log())
        self.daemon_now.end()


if __name__ == "__main__":
    live.main()
