# SPDX-License-Identifier: Apache-2.0
"""Containers that a person puts before the daemon: wired, taken up again after a crash, and nothing
is left of it in the end."""
import json
import os
import subprocess
import time
import unittest  # noqa: F401 (the base class lives in live)

import live


class Attach(live.Live):
    def setUp(self):
        super().setUp()
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        for name in (self.client, self.pod):
            live.run("ip", "netns", "exec", name, "sh", "-c",
                     "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6; "
                     "echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod, "eth0", "192.0.2.2"))
        self.ip(self.client, "addr", "add", "fd00:1::1/64", "dev", "c0", "nodad")
        self.ip(self.pod, "addr", "add", "fd00:1::2/64", "dev", "eth0", "nodad")
        self.server = self.start(self.pod, "python3", "-m", "http.server", "-b", "::", "80",
                                 cwd=self.folder)
        live.wait_for(lambda: self.fetch() == "200", "a web server")
        self.home = self.namespace("home")
        self.before = self.rules()
        self.run_daemon()

    def run_daemon(self):
        self.now = self.daemon(self.home, "-s", "-n", "2")

    def crash(self):
        self.now.process.kill()
        self.now.process.wait()
        self.now.agent.close()
        os.unlink(os.path.join(self.folder, "agent.sock"))

    def fetch(self, host="192.0.2.2", patience=3):
        return live.fetch(self.client, f"http://{host}/", patience)

    def rules(self):
        """What the pod's firewall says, without its counters and dates."""
        text = "".join(live.run("ip", "netns", "exec", self.pod, f"{program}-save")
                       for program in ("iptables", "ip6tables"))
        return sorted(line for line in text.splitlines()
                      if line.startswith(("-A", "-N")) or "SLUICE" in line)

    def ctl(self, *words, status=0):
        done = subprocess.run([self.sluicectl, "--socket", self.now.control_path, *words],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    def records(self):
        folder = os.path.join(self.folder, "attached")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def ports(self):
        return json.loads(self.ctl("--json", "status"))["ports"]

    def seen(self, count):
        live.wait_for(lambda: len(self.now.events("http")) >= count, "the transactions")

    def test_a_tap(self):
        self.assertIn("attached: web (tap)", self.ctl("attach", self.pod, "--name", "web"))
        self.assertEqual(self.rules(), self.before)
        for host in ("192.0.2.2", "[fd00:1::2]"):
            self.assertEqual(self.fetch(host), "200")
        self.seen(2)
        self.assertEqual({e["sluice"]["workload"] for e in self.now.events("http")}, {"web"})
        self.assertEqual({e["sluice"]["direction"] for e in self.now.events("http")}, {"ingress"})
        self.assertEqual([p["sent"] for p in self.ports()], [0])
        self.assertIn("/var/run/netns/", self.ctl("attached"))
        self.assertIn("detached: web", self.ctl("detach", self.pod))
        self.assertEqual((self.ports(), self.records()), ([], []))
        self.assertEqual(self.fetch(), "200")
        self.now.end()
        self.assertEqual(len(self.now.events("http")), 2)

    def test_protected(self):
        """Through queues, both IP versions; and as it was, afterwards."""
        self.ctl("attach", str(self.server_process()), "--mode", "protect", "--name", "web")
        for host in ("192.0.2.2", "[fd00:1::2]"):
            self.assertEqual(self.fetch(host), "200")
        self.seen(2)
        port = self.ports()[0]
        self.assertEqual(port["kind"], "nfqueue")
        self.assertGreater(port["sent"], 12)
        self.assertEqual(port["sent"], port["received"])
        self.assertEqual(len(self.rules()), len(self.before) + 12)  # chains, jumps, queues
        self.ctl("detach", "web")
        self.assertEqual((self.rules(), self.records()), (self.before, []))
        self.assertEqual(self.fetch(), "200")
        self.now.end()

    def test_workers_share(self):
        """A queue for each worker; both directions of a session meet one."""
        for i in range(3, 19):
            self.ip(self.client, "addr", "add", f"192.0.2.{i}/24", "dev", "c0")
        self.ctl("attach", self.pod, "--mode", "protect", "--name", "web")
        self.assertTrue([rule for rule in self.rules() if "--queue-balance 1000:1001" in rule])
        for i in range(3, 19):
            live.run("ip", "netns", "exec", self.client, "curl", "-sS", "-o", "/dev/null",
                     "--noproxy", "*", "--interface", f"192.0.2.{i}", "http://192.0.2.2/")
        self.seen(16)
        workers = json.loads(self.ctl("--json", "status"))["workers"]
        self.assertEqual(len([w for w in workers if w["packets"] > 10]), 2)
        self.ctl("detach", "web")
        self.assertEqual(self.rules(), self.before)
        self.now.end()
        flows = [f for f in self.now.events("flow") if f.get("dest_port") == 80
                 and f["src_ip"] != "192.0.2.1"]
        self.assertEqual(len(flows), 16)
        self.assertEqual({f["flow"]["pkts_toclient"] > 3 for f in flows}, {True})

    def server_process(self):
        """Of the pod: `ip netns exec` becomes it."""
        return self.server.pid

    def test_its_own_firewall_holds(self):
        """A packet that the container refuses is not passed by us."""
        live.run("ip", "netns", "exec", self.pod, "iptables", "-A", "INPUT", "-p", "tcp", "--dport",
                 "80", "-j", "DROP")
        self.ctl("attach", self.pod, "--mode", "protect")
        self.assertEqual(self.fetch(patience=1), "000")
        self.assertEqual(self.fetch("[fd00:1::2]"), "200")
        self.ctl("detach", self.pod)
        self.now.end()

    def test_a_crash_of_the_daemon(self):
        """Open: traffic goes on; closed: it waits. The next daemon takes up what there was."""
        for fail, meanwhile in (("open", "200"), ("closed", "000")):
            self.ctl("attach", self.pod, "--mode", "protect", "--name", "web", "--fail", fail)
            self.assertEqual(self.fetch(), "200")
            self.crash()
            self.assertEqual(self.fetch(patience=1), meanwhile)
            self.run_daemon()
            self.assertEqual(self.fetch(), "200")
            self.assertIn("protect", self.ctl("attached"))
            self.assertGreater(self.ports()[0]["sent"], 5)
            self.ctl("detach", "web")
            self.assertEqual((self.rules(), self.records()), (self.before, []))
        self.now.end()

    def test_without_a_daemon(self):
        """What is left of one that has crashed can be taken away, closed or not."""
        self.ctl("attach", self.pod, "--mode", "protect", "--name", "web", "--fail", "closed")
        self.crash()
        self.assertEqual(self.fetch(patience=1), "000")
        self.assertIn("sluiced", self.ctl("attach", self.client, status=4))
        self.assertIn("(no daemon runs)", self.ctl("detach", "--all"))
        self.assertEqual((self.rules(), self.records()), (self.before, []))
        self.assertEqual(self.fetch(), "200")
        self.run_daemon()
        self.assertEqual(self.ports(), [])
        self.now.end()

    def test_a_crash_of_sluicectl(self):
        """At each moment: what stands in the record is what is taken away."""
        self.ctl("attach", self.pod, "--mode", "protect", "--name", "web")
        for chain in ("SLUICE_OUT", "SLUICE_IN"):
            hook = "INPUT" if chain.endswith("IN") else "OUTPUT"
            for words in (("-D", hook, "-j", chain), ("-F", chain), ("-X", chain)):
                live.run("ip", "netns", "exec", self.pod, "ip6tables", "-t", "security", *words)
        self.ctl("detach", "web")
        self.assertEqual((self.rules(), self.records()), (self.before, []))
        self.assertEqual(self.fetch(), "200")
        self.now.end()

    def test_the_namespace_goes(self):
        self.ctl("attach", self.pod, "--name", "web")
        self.assertEqual(self.records(), ["web.json"])
        self.server.kill()
        self.server.wait()
        live.run("ip", "netns", "del", self.pod)
        self.namespaces.remove(self.pod)
        live.wait_for(lambda: "detached: web" in self.now.log(), "the end of the attachment")
        self.assertEqual((self.ports(), self.records()), ([], []))
        self.assertEqual(json.loads(self.ctl("--json", "status"))["workloads"], 0)
        # The same while there is no daemon.
        other = self.namespace("other")
        self.veth((other, "eth0", None), (self.home, "h0", None))
        self.ctl("attach", other)
        self.crash()
        live.run("ip", "netns", "del", other)
        self.namespaces.remove(other)
        self.run_daemon()
        live.wait_for(lambda: "not attached again" in self.now.log(), "a word about it")
        self.assertEqual(self.records(), [])
        self.now.end()

    def test_refusals(self):
        for words, status, said in (
                (("attach", "nobody"), 2, "neither a process id"),
                (("attach", "99999999"), 2, "no process"),
                (("attach", "/etc/passwd/x"), 2, "no file of a namespace"),
                (("attach", "/etc/passwd"), 4, "cannot be entered"),
                (("attach", "0123456789ab"), 2, "no process of such a container"),
                (("attach", self.pod, "--mode", "inline"), 2, "neither tap nor protect"),
                (("attach", self.pod, "--fail", "shut"), 2, "neither open nor closed"),
                (("attach", self.pod, "--fail", "closed"), 2, "never stops a packet"),
                (("attach", self.pod, "--interface", "eth7"), 4, "no interface there"),
                (("attach", self.pod, "--name", "a/b"), 2, "more than letters"),
                (("attach", self.home), 4, "no interface that is up"),
                (("attach",), 2, "usage"),
                (("detach",), 2, "--all"),
                (("detach", "web"), 1, "is not attached"),
                (("sessions", "--mode", "tap"), 2, "takes no option of attach")):
            with self.subTest(words=words):
                self.assertIn(said, self.ctl(*words, status=status))
        self.assertEqual((self.records(), self.ports()), ([], []))
        self.ctl("attach", self.pod, "--name", "web")
        self.assertIn("attached already", self.ctl("attach", self.pod, "--name", "two", status=1))
        self.assertIn("attached already", self.ctl("attach", self.client, "--name", "web",
                                                   status=1))
        self.now.end()

    def test_a_policy_is_applied(self):
        """What is attached stays when another document takes effect."""
        self.ctl("attach", self.pod, "--name", "web")
        document = os.path.join(self.folder, "policy.json")
        with open(document, "w", encoding="utf-8") as file:
            json.dump({"timeouts": {"udp": 7}}, file)
        self.ctl("policy", "apply", document)
        self.assertEqual(self.fetch(), "200")
        self.seen(1)
        self.assertEqual(self.now.events("http")[0]["sluice"]["workload"], "web")
        time.sleep(0.1)
        self.now.end()


if __name__ == "__main__":
    live.main()
