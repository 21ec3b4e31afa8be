# SPDX-License-Identifier: Apache-2.0
"""A tap in a namespace: it sees what passes, disturbs nothing, and goes when its interface goes."""
import json
import os
import socket
import subprocess
import time
import unittest  # noqa: F401 (the base class lives in live)

import live


class Tap(live.Live):
    def pod(self):
        """A client and a pod with a web server; the daemon is in neither."""
        self.client, self.pod_ns = self.namespace("client"), self.namespace("pod")
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod_ns, "eth0", "192.0.2.2"))
        self.pod_mac = self.mac(self.pod_ns, "eth0")
        self.home = self.namespace("home")

    def tap(self, daemon, interface="eth0", mac=None):
        daemon.workload(mac or self.pod_mac, tap=True)
        daemon.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod_ns}", iface=interface,
                   epmac=mac or self.pod_mac)
        daemon.done()

    def test_sees_an_exchange(self):
        self.pod()
        self.web_server(self.pod_ns, "192.0.2.2")
        daemon = self.daemon(self.home, "-s", "-n", "2")
        self.tap(daemon)
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        live.wait_for(lambda: daemon.events("http"), "the transaction")
        daemon.end()
        flows = [f for f in daemon.events("flow") if f["proto"] == "TCP"]
        self.assertEqual(len(flows), 1)
        self.assertEqual(flows[0]["app_proto"], "http")
        self.assertEqual(flows[0]["src_ip"], "192.0.2.1")
        self.assertEqual(flows[0]["dest_port"], 80)
        self.assertGreater(flows[0]["flow"]["bytes_toclient"], 200)
        stats = daemon.events("stats")[-1]["stats"]
        self.assertGreater(stats["decoder"]["pkts"], 8)

    def test_loopback_is_seen_once(self):
        self.pod()
        self.web_server(self.pod_ns, "127.0.0.1")
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon, "lo", "6c:6b:73:74:12:34")
        watcher = self.packet_socket(self.pod_ns, "lo")
        self.assertEqual(live.fetch(self.pod_ns, "http://127.0.0.1/"), "200")
        live.wait_for(lambda: daemon.events("http"), "the transaction")
        daemon.end()
        watcher.settimeout(0)
        frames = 0
        try:
            while True:
                frames += watcher.recvfrom(65536)[1][2] != 4  # PACKET_OUTGOING
        except BlockingIOError:
            pass
        flow = daemon.events("flow")[0]["flow"]
        self.assertEqual(flow["pkts_toserver"] + flow["pkts_toclient"], frames)

    def test_what_is_nobodys_is_not_looked_at(self):
        """Neither before the agent has told of the workload, nor what others say to each other."""
        self.pod()
        self.web_server(self.pod_ns, "192.0.2.2")
        daemon = self.daemon(self.home, "-s", "-n", "1")
        daemon.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod_ns}", iface="eth0",
                   epmac=self.pod_mac)
        daemon.done()
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        live.wait_for(lambda: daemon.counter("decoder.no_workload") > 8, "strangers")
        self.assertEqual(daemon.counter("session.created"), 0)
        daemon.workload(self.pod_mac, tap=True)
        before = daemon.counter("decoder.no_workload")
        cable = self.packet_socket(self.client, "c0")
        cable.send(bytes.fromhex("020000000009" + "020000000001" + "0800") + bytes(50))
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        live.wait_for(lambda: daemon.events("http"), "the transaction")
        self.assertEqual(daemon.counter("decoder.no_workload"), before + 1)
        daemon.end()
        self.assertEqual(len(daemon.events("http")), 1)

    def test_unknown_interface_is_refused(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon, "nosuch0")
        self.assertIn("nosuch0", daemon.log())
        self.assertNotIn("port opened", daemon.log())
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/", 1), "000")
        daemon.end()
        self.assertEqual(daemon.events("flow"), [])

    def test_goes_with_its_namespace(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        live.wait_for(lambda: "port opened" in daemon.log(), "the port")
        self.ip(self.pod_ns, "link", "del", "eth0")
        live.wait_for(lambda: "port has gone" in daemon.log(), "that the port has gone")
        # The socket is closed, and what the agent asks afterwards finds nothing.
        live.wait_for(lambda: not daemon.packet_sockets(), "the end of the socket")
        daemon.ask("ctrl_del_tap_port", netns=f"/var/run/netns/{self.pod_ns}", iface="eth0",
                   epmac="")
        daemon.done()
        daemon.end()

    def test_comes_back_with_its_interface(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        live.wait_for(lambda: "port opened" in daemon.log(), "the port")
        self.ip(self.pod_ns, "link", "del", "eth0")
        live.wait_for(lambda: "port has gone" in daemon.log(), "that the port has gone")
        time.sleep(2.5)
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod_ns, "eth0", "192.0.2.2"))
        self.ip(self.pod_ns, "link", "set", "eth0", "address", self.pod_mac)
        live.wait_for(lambda: "port opened again" in daemon.log(), "the port again")
        self.assertEqual(daemon.log().count("port has gone"), 1)
        self.web_server(self.pod_ns, "192.0.2.2")
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        live.wait_for(lambda: daemon.events("http"), "the transaction")
        daemon.end()

    def test_goes_when_the_namespace_is_left(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        live.wait_for(daemon.packet_sockets, "the port")
        live.run("ip", "netns", "del", self.pod_ns)
        live.wait_for(lambda: "given up with its namespace" in daemon.log(), "the end of the port")
        live.wait_for(lambda: not daemon.packet_sockets(), "the end of the socket")
        daemon.end()

    def test_an_interface_that_is_down_for_a_while(self):
        self.pod()
        self.web_server(self.pod_ns, "192.0.2.2")
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        self.ip(self.pod_ns, "link", "set", "eth0", "down")
        self.ip(self.pod_ns, "link", "set", "eth0", "up")
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        live.wait_for(lambda: daemon.events("http"), "the transaction")
        daemon.end()

    def test_a_tag_that_the_kernel_takes_off(self):
        """A VLAN's tag does not stand in the frame when it comes: it is there again for us."""
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        cable = self.packet_socket(self.client, "c0")
        ip = bytes.fromhex("450000240001000040117dbbc6336401c633640213880fa000100000") + b"tagged!!"
        cable.send(bytes.fromhex(self.pod_mac.replace(":", "") + "020000000001" + "81000005"
                                 + "0800") + ip)
        live.wait_for(lambda: daemon.counter("decoder.vlan"), "the tag")
        daemon.end()
        flow = [f for f in daemon.events("flow") if f["src_ip"] == "198.51.100.1"][0]
        self.assertEqual(flow["vlan"], [5])
        self.assertEqual(flow["dest_port"], 4000)

    def test_large_frames(self):
        """Offloads are on: what the pod sends is seen before it is cut."""
        self.pod()
        name = os.path.join(self.folder, "large")
        with open(name, "wb") as file:
            file.write(os.urandom(8 << 20))
        self.web_server(self.pod_ns, "192.0.2.2")
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/large"), "200")
        live.wait_for(lambda: daemon.events("http"), "the transaction")
        daemon.end()
        flow = [f for f in daemon.events("flow") if f["proto"] == "TCP"][0]["flow"]
        self.assertGreater(flow["bytes_toclient"], 8 << 20)
        self.assertGreater(flow["bytes_toclient"] / flow["pkts_toclient"], 10000)
        stats = daemon.events("stats")[-1]["stats"]
        self.assertEqual(stats["capture"]["kernel_drops"], 0)
        self.assertEqual(daemon.events("http")[0]["http"]["length"], 8 << 20)

    def test_all_workers_share_an_interface(self):
        """All between two addresses is one worker's: each session is whole, fragments included."""
        self.pod()
        self.web_server(self.pod_ns, "0.0.0.0")
        for i in range(3, 19):
            self.ip(self.client, "addr", "add", f"192.0.2.{i}/24", "dev", "c0")
        daemon = self.daemon(self.pod_ns, "-s", "-n", "4", "-i", "eth0")
        for i in range(3, 19):
            live.run("ip", "netns", "exec", self.client, "curl", "-s", "-o", "/dev/null", "--noproxy",
                     "*", "--interface", f"192.0.2.{i}", "http://192.0.2.2/")
            with live.Inside(self.client):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as fragments:
                    fragments.bind((f"192.0.2.{i}", 4000))
                    fragments.sendto(bytes(4000), ("192.0.2.2", 4000))
        live.wait_for(lambda: len(daemon.events("http")) == 16, "all transactions")
        counts = json.loads(live.run(self.sluicectl, "--socket", daemon.control_path, "--json",
                                     "status"))
        daemon.end()
        flows = [f for f in daemon.events("flow") if f.get("dest_ip") == "192.0.2.2"]
        web = [f for f in flows if f["proto"] == "TCP"]
        self.assertEqual(len(web), 16)
        self.assertEqual({f["app_proto"] for f in web}, {"http"})
        self.assertEqual(sum(f["flow"]["pkts_toclient"] > 0 for f in web), 16)
        datagrams = [f for f in flows if f["proto"] == "UDP" and f["dest_port"] == 4000]
        self.assertEqual(len(datagrams), 16)
        self.assertEqual({f["flow"]["pkts_toserver"] for f in datagrams}, {3})
        self.assertGreater(sum(w["packets"] > 0 for w in counts["workers"]), 1)

    def test_idle_taps_cost_nothing(self):
        home = self.namespace("home")
        for i in range(20):
            self.veth((home, f"a{i}", None), (home, f"b{i}", None))
        daemon = self.daemon(home, "-s", "-n", "2")
        for i in range(20):
            for side in "ab":
                daemon.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{home}",
                           iface=f"{side}{i}", epmac=f"02:00:00:00:0{'ab'.index(side)}:{i:02x}")
        daemon.done()
        time.sleep(0.5)

        def busy():
            return sum(int(text.split()[0]) for text in daemon.threads("schedstat").values())

        before = busy()
        time.sleep(2)
        part = (busy() - before) / 2e9
        daemon.end()
        self.assertLess(part, 0.03 if live.is_sanitized(self.sluiced) else 0.01)

    def test_one_interface_for_a_person(self):
        self.pod()
        self.web_server(self.pod_ns, "192.0.2.2")
        out = os.path.join(self.folder, "lines")
        with open(out, "wb") as file:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.client, self.sluiced, "-i", "c0", "-n", "1",
                 "--agent-socket", os.path.join(self.folder, "s")], stdout=file,
                stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        self.addCleanup(process.stderr.close)
        live.wait_for(lambda: "ready:" in process.stderr.readline(), "a ready daemon")
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        process.terminate()
        self.assertEqual(process.wait(5), 0)
        with open(out, encoding="utf-8") as file:
            text = file.read()
        self.assertRegex(text, r"tcp 192\.0\.2\.1:\d+ > 192\.0\.2\.2:80 http ")


if __name__ == "__main__":
    live.main()
