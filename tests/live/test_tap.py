# SPDX-License-Identifier: Apache-2.0
"""A tap in a namespace: it sees what passes, disturbs nothing, and goes when its interface goes."""
import os
import subprocess
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
        daemon.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod_ns}", iface=interface,
                   epmac=mac or self.pod_mac)
        daemon.done()

    def test_sees_an_exchange(self):
        self.pod()
        self.web_server(self.pod_ns, "192.0.2.2")
        daemon = self.daemon(self.home, "-s", "-n", "2")
        daemon.workload(self.pod_mac, tap=True)
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
        self.tap(daemon, "lo")
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

    def test_goes_when_the_namespace_is_left(self):
        self.pod()
        daemon = self.daemon(self.home, "-s", "-n", "1")
        self.tap(daemon)
        live.wait_for(daemon.packet_sockets, "the port")
        live.run("ip", "netns", "del", self.pod_ns)
        live.wait_for(lambda: "port has gone" in daemon.log(), "that the port has gone")
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
