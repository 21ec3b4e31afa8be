# SPDX-License-Identifier: Apache-2.0
"""Real programs through every way that packets come to the daemon, in both IP versions: they work as
without it, what they fetch is what there was, and the daemon knows what they are. Also over a line
that loses, overtakes, repeats and cuts; and what is denied is refused at both ends at once."""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import unittest

import live

FOUR, SIX = "192.0.2.2", "fd00:1::2"
UNICAST = "4e:65:75:56:00:07"
NEEDED = ("nginx", "wrk", "redis-server", "redis-cli", "dnsmasq", "iperf3", "ping", "ethtool", "tc")
# The smallest that is denied: two lengths that disagree. The threat resets where it may.
ATTACK = (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n12345678")
RESETS = {"threats": {"HTTP.Request.Smuggling": {"action": "reset"},
                      "HTTP.Negative.Body.Length": {"action": "reset"}}}


def url_host(address):
    return f"[{address}]" if ":" in address else address


class Programs(live.Live):
    def setUp(self):
        super().setUp()
        missing = [name for name in NEEDED if not shutil.which(name)]
        if missing:
            self.skipTest(f"not installed: {', '.join(missing)}")
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        self.home, self.line = self.namespace("home"), self.namespace("line")
        for name in (self.client, self.pod):
            self.inside(name, "sh", "-c",
                        "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; "
                        "echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        self.slow = live.is_sanitized(self.sluiced)
        self.size = (20 if self.slow else 100) << 20

    def inside(self, namespace, *words):
        return live.run("ip", "netns", "exec", namespace, *words)

    # ---- the ways ----

    def addresses(self):
        self.ip(self.client, "addr", "add", "192.0.2.1/24", "dev", "c0")
        self.ip(self.pod, "addr", "add", f"{FOUR}/24", "dev", "eth0")
        self.ip(self.client, "addr", "add", "fd00:1::1/64", "dev", "c0", "nodad")
        self.ip(self.pod, "addr", "add", f"{SIX}/64", "dev", "eth0", "nodad")

    def cable(self, near, far):
        """Between the client and `near`, with the bad line in between if there is one."""
        if self.bad is None:
            self.veth((self.client, "c0", None), (near, far, None))
            return
        self.veth((self.client, "c0", None), (self.line, "l0", None))
        self.veth((near, far, None), (self.line, "l1", None))
        for namespace, name in ((self.client, "c0"), (near, far), (self.line, "l0"),
                                (self.line, "l1")):
            self.offloads_off(namespace, name)
        program = os.path.join(os.path.dirname(self.sluiced), "..", "tests", "live", "relay")
        self.relay = subprocess.Popen(["ip", "netns", "exec", self.line, program, "l0", "l1",
                                       *map(str, self.bad)], stdout=subprocess.PIPE, text=True)
        self.processes.append(self.relay)
        self.addCleanup(self.relay.stdout.close)

    def offloads_off(self, namespace, name):
        self.inside(namespace, "ethtool", "-K", name, "tx", "off", "rx", "off", "tso", "off", "gso",
                    "off", "gro", "off")

    def tap(self):
        self.cable(self.pod, "eth0")
        return lambda: self.now.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod}",
                                    iface="eth0", epmac=self.mac(self.pod, "eth0"))

    def queue(self):
        self.cable(self.pod, "eth0")
        for program in ("iptables", "ip6tables"):
            for chain, way in (("INPUT", "-i"), ("OUTPUT", "-o")):
                self.inside(self.pod, program, "-A", chain, way, "eth0", "-j", "NFQUEUE",
                            "--queue-num", "1")
        return lambda: self.now.ask("ctrl_add_nfq_port", netns=f"/var/run/netns/{self.pod}",
                                    iface="eth0", qnum=1, epmac=self.mac(self.pod, "eth0"),
                                    jumboframe=False)

    def pair(self):
        self.cable(self.home, "vex0")
        self.veth((self.pod, "eth0", None), (self.home, "vin0", None))
        if self.bad is not None:
            self.offloads_off(self.pod, "eth0")
        return lambda: self.now.ask("ctrl_add_port_pair", vex_iface="vex0", vin_iface="vin0",
                                    epmac=self.mac(self.pod, "eth0"), quar=False)

    def service(self):
        """The agent's wiring with tc, in which the pod itself has the address that stands for it,
        so that nothing has to be rewritten on the way."""
        self.cable(self.home, "vex0")
        self.veth((self.pod, "eth0", None), (self.home, "vin0", None))
        self.veth((self.home, "vbr-neuv", None), (self.home, "vth-neuv", None))
        self.ip(self.pod, "link", "set", "eth0", "address", UNICAST)
        if self.bad is not None:
            self.offloads_off(self.pod, "eth0")
        for name in ("vex0", "vin0", "vbr-neuv"):
            self.inside(self.home, "tc", "qdisc", "add", "dev", name, "ingress")
        for name, other in (("vex0", "vin0"), ("vin0", "vex0")):
            for number, protocol in enumerate(("ip", "ipv6"), 1):
                self.redirect(name, number, protocol, "vbr-neuv", "match", "u8", "0", "0x01", "at",
                              "-14")  # to one address
            self.redirect(name, 9, "all", other, "match", "u32", "0", "0")
        prefix = "0x4e657556"
        self.redirect("vbr-neuv", 1, "all", "vin0", "match", "u16", "0x4e65", "0xffff", "at", "-14",
                      "match", "u32", "0x75560007", "0xffffffff", "at", "-12")
        self.redirect("vbr-neuv", 2, "all", "vex0", "match", "u32", prefix, "0xffffffff", "at", "-8")
        return lambda: self.now.ask("ctrl_add_srvc_port", iface="vth-neuv", jumboframe=True)

    def redirect(self, name, number, protocol, to, *match):
        self.inside(self.home, "tc", "filter", "add", "dev", name, "parent", "ffff:", "pref",
                    str(number), "protocol", protocol, "u32", *match, "action", "mirred", "egress",
                    "redirect", "dev", to)

    def begin(self, way, *options, bad=None):
        self.bad = bad
        open_port = way()
        self.addresses()
        self.now = self.daemon(self.home, "-s", "-n", "2", *options)
        if way == self.service:
            self.now.workload("02:00:00:00:00:02", tap=False, unicast=UNICAST)
        else:
            self.now.ask("ctrl_add_mac", iface="eth0", mac=self.mac(self.pod, "eth0"), ucmac="",
                         bcmac="", oldmac="", pmac="", pips=[{"ip": FOUR}])
            self.now.ask("ctrl_cfg_mac", macs=[self.mac(self.pod, "eth0")], tap=way == self.tap)
        open_port()
        self.now.done()

    # ---- the programs ----

    def web_site(self):
        os.chmod(self.folder, 0o755)
        self.content = {}
        for name, size in (("big", self.size), ("middle", 5 << 20), ("small", 612)):
            block = os.urandom(1 << 20) * (size // (1 << 20)) + os.urandom(size % (1 << 20))
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(block)
            self.content[name] = hashlib.sha256(block).hexdigest()
        with open(os.path.join(self.folder, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(f"daemon off; master_process off; pid {self.folder}/nginx.pid; "
                       f"error_log {self.folder}/nginx.log; events {{ }} "
                       "http { access_log off; keepalive_requests 100000; sendfile on; "
                       f"client_body_temp_path {self.folder}/body; "
                       f"server {{ listen 80; listen [::]:80; root {self.folder}; }} }}")
        self.start(self.pod, "nginx", "-e", f"{self.folder}/nginx.log", "-c",
                   f"{self.folder}/nginx.conf")
        self.listens(80)

    def listens(self, port):
        live.wait_for(lambda: f":{port} " in self.inside(self.pod, "ss", "-ltnu"), f"port {port}")

    def fetched(self, name, address):
        done = subprocess.run(["ip", "netns", "exec", self.client, "sh", "-c",
                               f"curl -sS --noproxy '*' -m 60 http://{url_host(address)}/{name} | "
                               "sha256sum"], capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()[0]

    def use_web(self, address):
        self.assertEqual(self.fetched("big", address), self.content["big"])
        said = self.inside(self.client, "wrk", "-t1", "-c16", "-d1s",
                           f"http://{url_host(address)}/small")
        self.assertNotIn("Socket errors", said)
        self.assertNotIn("Non-2xx", said)
        self.assertGreater(float(said.split("Requests/sec:")[1].split()[0]), 100)

    def use_redis(self, address):
        def ask(*words):
            return self.inside(self.client, "redis-cli", "-h", address, *words).strip()

        value = "v" * 70000
        self.assertEqual(ask("set", "key", value), "OK")
        self.assertEqual(ask("get", "key"), value)
        self.assertEqual(ask("incr", address), "1")

    def use_names(self, address):
        """Over UDP and over TCP: the same answer."""
        question = (b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x04test\x00"
                    b"\x00\x01\x00\x01")
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with live.Inside(self.client):
            udp, tcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family)
        with udp, tcp:
            udp.settimeout(5)
            tcp.settimeout(5)
            udp.sendto(question, (address, 53))
            self.assertIn(b"\xc0\x00\x02\x63", udp.recv(1000))
            tcp.connect((address, 53))
            tcp.sendall(len(question).to_bytes(2, "big") + question)
            self.assertIn(b"\xc0\x00\x02\x63", tcp.recv(1000))

    def use_iperf(self, address):
        for words, of in (((), "sum_received"), (("-R",), "sum_received"),
                          (("-u", "-b", "80M"), "sum")):
            said = json.loads(self.inside(self.client, "iperf3", "-c", address, "-n", "4M", "-J",
                                          *words))
            self.assertGreater(said["end"][of]["bytes"], 100000)

    def use_ping(self, address):
        for size in ("56", "4000"):
            said = self.inside(self.client, "ping", "-q", "-i", "0.05", "-c", "5", "-s", size,
                               address)
            self.assertIn("5 received", said)

    def servers(self):
        self.web_site()
        self.start(self.pod, "redis-server", "--save", "", "--protected-mode", "no", "--dir",
                   self.folder, "--bind", "0.0.0.0", "::")
        self.start(self.pod, "dnsmasq", "-k", "-R", "-h", "-C", "/dev/null", "-x",
                   f"{self.folder}/dnsmasq.pid", "-u", "root", "--address=/www.example.test/"
                   "192.0.2.99")
        self.start(self.pod, "iperf3", "-s")
        for port in (6379, 53, 5201):
            self.listens(port)

    def transmitted(self):
        with open("/proc/thread-self/net/dev", encoding="ascii") as file:
            return file.read()

    def all_programs(self, way):
        self.begin(way)
        self.servers()
        for address in (FOUR, SIX):
            with self.subTest(address=address):
                self.use_web(address)
                self.use_redis(address)
                self.use_names(address)
                self.use_iperf(address)
                self.use_ping(address)
        self.now.end(patience=10 if self.slow else 3)
        self.known()

    def known(self):
        """Each session is what it is, and nothing was lost on the way to the daemon."""
        flows = self.now.events("flow")
        for address in (FOUR, SIX):
            mine = [f for f in flows if f.get("dest_ip") == address]
            for port, name in ((80, "http"), (6379, "redis"), (53, "dns")):
                # wrk tries a connection first, and says nothing on it.
                names = {f.get("app_proto") for f in mine if f.get("dest_port") == port
                         and ("app_proto" in f or f["flow"]["bytes_toserver"] > 500)}
                self.assertEqual(names, {name}, (address, port))
            self.assertTrue([f for f in mine if f["proto"].startswith("ICMP") or
                             f["proto"] == "IPv6-ICMP"], address)
        stats = self.now.events("stats")[-1]["stats"]
        self.assertEqual(stats["capture"]["kernel_drops"], 0)
        self.assertEqual(stats["capture"]["not_sent"], 0)
        self.assertEqual(stats["decoder"]["invalid"], 0)

    def test_tap(self):
        self.all_programs(self.tap)
        self.assertEqual(self.now.events("stats")[-1]["stats"]["capture"]["sent"], 0)

    def test_pair(self):
        self.all_programs(self.pair)

    def test_service(self):
        self.all_programs(self.service)

    def test_queue(self):
        self.all_programs(self.queue)

    # ---- over a bad line ----

    def bad_line(self, way):
        """A hundredth is lost, a fiftieth overtaken, a hundredth comes twice, and all is cut."""
        self.begin(way, bad=(10, 20, 10, 600, 7))
        self.web_site()
        for address in (FOUR, SIX):
            self.assertEqual(self.fetched("middle", address), self.content["middle"])
            self.assertEqual(self.fetched("small", address), self.content["small"])
        self.relay.terminate()
        done = json.loads(self.relay.communicate()[0])
        self.now.end(patience=10 if self.slow else 3)
        for what in ("lost", "overtaken", "repeated", "fragments"):
            self.assertGreater(done[what], 50)
        seen = {(e["dest_ip"], e["http"]["url"], e["http"]["length"])
                for e in self.now.events("http")}
        self.assertEqual(seen, {(address, url, size) for address in (FOUR, SIX)
                                for url, size in (("/middle", 5 << 20), ("/small", 612))})
        self.assertEqual(self.now.events("alert"), [])

    def test_bad_line_tap(self):
        self.bad_line(self.tap)

    def test_bad_line_pair(self):
        self.bad_line(self.pair)

    def test_bad_line_service(self):
        self.bad_line(self.service)

    def test_bad_line_queue(self):
        self.bad_line(self.queue)

    # ---- refused ----

    def refused(self, way):
        document = os.path.join(self.folder, "resets.json")
        with open(document, "w", encoding="utf-8") as file:
            json.dump(RESETS, file)
        self.begin(way, "--config", document)
        for address in (FOUR, SIX):
            with self.subTest(address=address):
                self.refused_at(address)
        self.now.end()

    def refused_at(self, address):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with live.Inside(self.pod):
            server = socket.create_server((address, 80), family=family)
        with live.Inside(self.client):
            one = socket.socket(family)
        one.settimeout(5)
        one.connect((address, 80))
        other = server.accept()[0]
        other.settimeout(5)
        with server, one, other:
            begin = time.monotonic()
            one.sendall(ATTACK)
            for end in (one, other):
                with self.assertRaises(ConnectionResetError):
                    while end.recv(1000):
                        pass
            self.assertLess(time.monotonic() - begin, 1 if self.slow else 0.05)

    def test_refused_pair(self):
        self.refused(self.pair)

    def test_refused_service(self):
        self.refused(self.service)

    def test_refused_queue(self):
        self.refused(self.queue)

    def test_a_tap_refuses_nothing(self):
        document = os.path.join(self.folder, "resets.json")
        with open(document, "w", encoding="utf-8") as file:
            json.dump(RESETS, file)
        self.begin(self.tap, "--config", document)
        with live.Inside(self.pod):
            server = socket.create_server((FOUR, 80))
        with live.Inside(self.client):
            one = socket.socket()
        one.connect((FOUR, 80))
        other = server.accept()[0]
        other.settimeout(5)
        with server, one, other:
            one.sendall(ATTACK)
            self.assertEqual(len(other.recv(1000)), len(ATTACK))
            live.wait_for(lambda: self.now.events("alert"), "an alert")
            other.sendall(b"still here")
            self.assertEqual(one.recv(100), b"still here")
        self.now.end()
        self.assertEqual(self.now.events("stats")[-1]["stats"]["capture"]["sent"], 0)


if __name__ == "__main__":
    live.main()
