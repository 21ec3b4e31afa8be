# SPDX-License-Identifier: Apache-2.0
"""The agent's interface as documented: all requests, all messages, restarts, full queues."""
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest  # noqa: F401 (the base class lives in live)

import agent as agents
import live
import wire

POLICY_RULES = 10000


def dns_server():
    """The source of a server that answers every question for an address with 198.51.100.N."""
    return """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('192.0.2.2', 53))
while True:
    q, who = s.recvfrom(2000)
    end = q.index(b'\\0', 12) + 5
    s.sendto(q[:2] + b'\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0' + q[12:end] +
             b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\1\\x2c\\0\\4\\xc6\\x33\\x64' + bytes([len(q)]), who)
"""


class Conformance(live.Live):
    def begin(self, *options, listen=True):
        self.home = self.namespace("home")
        self.daemon_now = self.daemon(self.home, "-s", "-n", "2", *options)
        self.listener = agents.Listener(self.folder) if listen else None
        if listen:
            self.addCleanup(self.listener.close)
        self.agent = self.another("a")

    def another(self, name):
        agent = agents.Agent(self.folder, self.daemon_now.socket_path, name)
        self.addCleanup(agent.close)
        return agent

    def site(self):
        """A client and a pod with servers; the pod is tapped."""
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod, "eth0", "192.0.2.2"))
        self.mac_now = self.mac(self.pod, "eth0")
        self.web_server(self.pod, "192.0.2.2")
        self.start(self.pod, sys.executable, "-c", dns_server())
        self.agent.send("ctrl_add_tap_port", {"netns": f"/var/run/netns/{self.pod}",
                                              "iface": "eth0", "epmac": self.mac_now})
        self.agent.send("ctrl_add_mac", {**agents.REQUESTS["ctrl_add_mac"], "mac": self.mac_now})
        self.agent.send("ctrl_cfg_mac", {"macs": [self.mac_now], "tap": True, "apps": [
            {"ip_proto": 6, "port": 80, "app": 0, "server": 0}]})
        self.agent.alive()

    def in_client(self, source):
        subprocess.run(["ip", "netns", "exec", self.client, sys.executable, "-c", source],
                       check=True, timeout=live.PATIENCE)

    # ---- requests ----

    def test_every_request(self):
        """All 37, twice, in the order of a connect: answered as documented, nothing else said."""
        self.begin()
        self.assertEqual(len(agents.REQUESTS), 37)
        for _ in range(2):
            for name in agents.REQUESTS:
                if name in agents.ANSWERED:
                    self.agent.ask(name)
                else:
                    self.agent.send(name)
                    self.agent.alive()
        self.agent.send("ctrl_of_the_future", {"x": 1})
        self.agent.send("CTRL_KEEP_ALIVE", {"seq_num": 5})
        self.agent.alive(2 ** 32 - 1)
        self.agent.send("ctrl_keep_alive", {"seq_num": 2 ** 40 + 5})
        self.assertEqual(self.agent.receive()["seq"], 5)
        self.assertEqual(self.agent.ask("ctrl_counter_device")[0]["proxy_meters"], 0)
        self.daemon_now.end()

    def test_every_message(self):
        """Each kind of message with the values of real traffic, but for the one that comes after
        half an hour."""
        self.begin()
        self.site()
        self.agent.send("ctrl_cfg_internal_net", {"flag": 3, "subnet_addr": [
            {"ip": "192.0.2.0", "mask": "255.255.255.0"}]})
        self.agent.send("ctrl_cfg_set_fqdn", {"fqdn_name": "*.example.com", "fqdn_ips": [],
                                              "vhost": True})
        self.agent.alive()
        for _ in range(3):
            self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        self.in_client("import socket\n"
                       "s=socket.create_connection(('192.0.2.2',80))\n"
                       "s.send(b'POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: -5\\r\\n\\r\\n')\n"
                       "s.recv(100)\n")
        self.in_client(
            "import socket\n"
            "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
            "s.sendto(b'\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\3www\\7example\\3com\\0\\0\\1\\0\\1',"
            "('192.0.2.2',53))\n"
            "assert s.recv(500)\n")
        threat = self.listener.wait(wire.THREAT_LOG, patience=2)  # at once
        self.assertEqual((threat["threat"], threat["count"], threat["mac"]),
                         (2013, 1, self.mac_now))
        self.assertEqual((threat["src"], threat["dst"], threat["dst_port"]),
                         ("192.0.2.1", "192.0.2.2", 80))
        self.assertEqual((threat["severity"], threat["action"], threat["flags"]), (4, 2, 7))
        self.assertEqual(threat["packet"][:6], bytes.fromhex(self.mac_now.replace(":", "")))
        self.assertIn(b"Content-Length: -5", threat["packet"])
        apps = self.listener.wait(wire.APP_UPDATE)
        self.assertEqual(apps["mac"], self.mac_now)
        self.assertIn({"port": 80, "proto": 1001, "server": 0, "application": 0, "ip_proto": 6},
                      apps["ports"])
        lists = self.listener.wait(wire.CONNECTION, lambda m: any(
            c["server_port"] == 80 for c in m["entries"]))
        web = next(c for c in lists["entries"] if c["server_port"] == 80)
        self.assertEqual((web["mac"], web["client_ip"], web["server_ip"], web["ip_proto"]),
                         (self.mac_now, "192.0.2.1", "192.0.2.2", 6))
        self.assertEqual((web["application"], web["sessions"], web["flags"]), (1001, 4, 1))
        self.assertEqual((web["threat"], web["severity"], web["client_port"]), (2013, 4, 0))
        self.assertGreater(web["bytes"], 1000)
        self.assertLess(abs(web["last"] - time.time()), 60)
        self.assertEqual(sum(m["kind"] == wire.CONNECTION for m in self.listener.seen), 1)
        name = self.listener.wait(wire.FQDN_UPDATE)
        self.assertEqual((name["name"], name["vhost"]), ("*.example.com", True))
        self.assertEqual(name["addresses"], ["198.51.100.33"])
        pair = self.listener.wait(wire.FQDN_STORAGE)
        self.assertEqual((pair["name"], pair["address"]), ("www.example.com", "198.51.100.33"))
        self.check_answers()
        self.daemon_now.end()

    def check_answers(self):
        sessions = [s for s in self.agent.sessions() if s["server_port"] == 80]
        self.assertEqual(len(sessions), 4)
        bad = max(sessions, key=lambda s: s["threat"])
        self.assertEqual((bad["threat"], bad["severity"]), (2013, 4))
        self.assertEqual((bad["mac"], bad["server_mac"], bad["application"], bad["flags"] & 3),
                         (self.mac_now, self.mac_now, 1001, 3))
        self.assertEqual(len({s["id"] for s in sessions}), 4)
        count = self.agent.ask("ctrl_count_session")[0]
        self.assertEqual(count["all"], sum(count[k] for k in ("tcp", "udp", "icmp", "ip")))
        self.assertEqual((count["tcp"], count["udp"]), (4, 1))
        counters = self.agent.ask("ctrl_counter_device")[0]
        self.assertGreater(counters["rx"], 20)
        self.assertEqual((counters["tcp_sessions"], counters["udp_sessions"]), (4, 1))
        self.assertEqual(counters["domains"], 1)
        self.assertEqual(counters["accepted"], 2)
        device = self.agent.ask("ctrl_stats_device")[0]
        own = self.agent.ask("ctrl_stats_macs", {"macs": [self.mac_now]})[0]
        none = self.agent.ask("ctrl_stats_macs", {"macs": None})[0]
        self.assertEqual(own["sessions_in"], 5)
        self.assertGreaterEqual(device["bytes_in"], own["bytes_in"])
        self.assertGreater(own["bytes_in"], 500)
        self.assertEqual((none["sessions_in"], none["bytes_in"]), (0, 0))
        self.agent.send("ctrl_clear_session", {"filter_id": sessions[0]["id"]})
        live.wait_for(lambda: self.agent.ask("ctrl_count_session")[0]["tcp"] == 3, "one less")
        self.agent.send("ctrl_clear_session", {"filter_id": 0})
        live.wait_for(lambda: self.agent.ask("ctrl_count_session")[0]["all"] == 0, "none left")
        self.assertEqual(self.agent.ask("ctrl_counter_device")[0]["parser_sessions"][0], 4)
        before = sum(m["kind"] == wire.APP_UPDATE for m in self.listener.read())
        self.agent.send("ctrl_refresh_app")
        live.wait_for(lambda: sum(m["kind"] == wire.APP_UPDATE for m in self.listener.read())
                      == before + 1, "the ports once more", patience=1)

    def test_ports_that_are_asked_for(self):
        """Agent-supplied ports are told, hundreds of them, and go when they are not listed."""
        self.begin()
        self.agent.send("ctrl_add_mac")
        ports = [{"ip_proto": 6, "port": 1000 + i, "app": 1001, "server": 2022}
                 for i in range(600)]
        self.agent.send("ctrl_cfg_mac", {"macs": [agents.MAC], "apps": ports})
        self.agent.send("ctrl_refresh_app")
        told = self.listener.wait(wire.APP_UPDATE)
        self.assertEqual(len(told["ports"]), 600)
        self.assertIn({"port": 1000, "proto": 1001, "server": 2022, "application": 0,
                       "ip_proto": 6}, told["ports"])
        self.agent.send("ctrl_cfg_mac", {"macs": [agents.MAC], "apps": ports[:1]})
        self.agent.send("ctrl_refresh_app")
        self.listener.wait(wire.APP_UPDATE, lambda m: len(m["ports"]) == 1)
        self.daemon_now.end()

    # ---- series ----

    def test_series_of_parts(self):
        """Parts of several series, mixed; what has no beginning, and what begins again."""
        self.begin()
        other = self.another("b")
        subnet = [{"ip": "10.1.0.0", "mask": "255.255.0.0"}]
        rules = [{**agents.RULES[1], "id": i} for i in range(3)]
        policy = {"cmd": 1, "defact": 7, "dir": 1, "mac": [agents.MAC]}
        self.agent.send("ctrl_add_mac")
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 0, "rules": rules})  # no beginning
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 2, "rules": rules})
        self.assertEqual(self.rule_count(), 0)
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 1, "rules": rules[:1]})
        self.agent.send("ctrl_cfg_internal_net", {"flag": 1, "subnet_addr": subnet})
        other.send("ctrl_cfg_policy", {**policy, "flag": 1, "rules": rules})
        self.agent.send("ctrl_cfg_policy_addr", {"flag": 1, "subnet_addr": subnet})
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 0, "rules": rules[1:2]})
        self.agent.send("ctrl_cfg_internal_net", {"flag": 2, "subnet_addr": subnet})
        self.agent.send("ctrl_cfg_policy_addr", {"flag": 2, "subnet_addr": subnet})
        self.assertEqual(self.rule_count(), 0)  # nothing before the end
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 2, "rules": rules[2:]})
        self.assertEqual(self.rule_count(), 6)  # TCP and UDP each
        other.send("ctrl_cfg_policy", {**policy, "flag": 2, "rules": rules + rules})
        other.alive()
        self.assertEqual(self.rule_count(), 18)
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 1, "rules": rules})
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 1, "rules": rules[:1]})  # once more
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 2, "rules": []})
        self.assertEqual(self.rule_count(), 2)
        self.agent.send("ctrl_cfg_policy", {**policy, "flag": 2, "rules": rules})  # stray
        self.assertEqual(self.rule_count(), 2)
        self.daemon_now.end()

    def test_rules_follow_switches(self):
        """A rule for any protocol is one for ICMP too once that is judged, whatever came first."""
        self.begin()
        self.agent.send("ctrl_add_mac")
        self.agent.send("ctrl_cfg_policy", {"cmd": 1, "flag": 3, "defact": 7, "dir": 1,
                                            "mac": [agents.MAC], "rules": [agents.RULES[1]]})
        self.assertEqual(self.rule_count(), 2)
        self.agent.send("ctrl_enable_icmp_policy")
        self.assertEqual(self.rule_count(), 3)
        self.agent.send("ctrl_enable_icmp_policy", {})  # absent: off
        self.assertEqual(self.rule_count(), 2)
        self.daemon_now.end()

    def test_packets_of_nobody(self):
        """Counted, and in no statistics of a workload."""
        self.begin()
        self.site()
        self.agent.send("ctrl_add_tap_port", {"netns": f"/var/run/netns/{self.client}",
                                              "iface": "c0", "epmac": "02:00:00:00:00:77"})
        self.agent.alive()
        before = self.agent.ask("ctrl_counter_device")[0]["no_workload"]
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        live.wait_for(lambda: self.agent.ask("ctrl_counter_device")[0]["no_workload"]
                      >= before + 8, "the packets of the other tap")
        self.assertEqual(self.agent.ask("ctrl_stats_macs", {"macs": [self.mac_now]})[0]
                         ["sessions_in"], 1)
        self.daemon_now.end()

    def rule_count(self):
        c = self.agent.ask("ctrl_counter_device")[0]
        return c["rules"] + c["range_rules"]

    # ---- liveness ----

    def worst_answer(self, agent, turns):
        worst = 0
        for number in range(turns):
            begin = time.monotonic()
            agent.alive(number)
            worst = max(worst, time.monotonic() - begin)
        return worst

    def test_alive_under_load(self):
        """Ten thousand rules in parts of forty, again and again, while another client asks."""
        self.begin()
        other = self.another("b")
        self.agent.send("ctrl_add_mac")
        rules = [{**agents.RULES[0], "id": 10000 + i, "sip": f"10.{i >> 8}.{i & 255}.1"}
                 for i in range(POLICY_RULES)]
        worst = 0
        for _ in range(3):
            for at in range(0, POLICY_RULES, 40):
                flag = (1 if at == 0 else 0) | (2 if at + 40 >= POLICY_RULES else 0)
                self.agent.send("ctrl_cfg_policy", {"cmd": 2, "flag": flag, "defact": 7, "dir": 1,
                                                    "mac": [agents.MAC],
                                                    "rules": rules[at:at + 40]})
                if at % 400 == 0:
                    worst = max(worst, self.worst_answer(other, 1))
        begin = time.monotonic()
        self.assertGreaterEqual(self.rule_count(), POLICY_RULES)
        self.assertLess(time.monotonic() - begin, 0.5)
        self.assertLess(worst, 0.25)
        self.daemon_now.end()

    def test_who_does_not_read(self):
        """Thousands of answers that nobody takes: everybody else is served."""
        self.begin()
        lazy = self.another("lazy")
        lazy.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        for number in range(3000):
            lazy.send("ctrl_keep_alive", {"seq_num": number})
            lazy.send("ctrl_list_session")
            if number % 100 == 0:
                self.assertLess(self.worst_answer(self.agent, 1), 0.25)
        self.assertLess(self.worst_answer(self.agent, 50), 0.25)
        self.assertGreater(wire.read(lazy.socket.recv(65536))["kind"], 0)
        self.daemon_now.end()

    def test_nobody_listens(self):
        """What could not be told is told to the agent that comes back."""
        self.begin(listen=False)
        self.site()
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")
        time.sleep(8)  # connections are told every six seconds
        listener = agents.Listener(self.folder)
        self.addCleanup(listener.close)
        listener.wait(wire.APP_UPDATE)
        told = listener.wait(wire.CONNECTION)
        self.assertEqual(sum(c["sessions"] for c in told["entries"] if c["server_port"] == 80), 1)
        self.daemon_now.end()

    def test_an_asker_without_address(self):
        self.begin()
        nameless = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(nameless.close)
        for _ in range(10):
            nameless.sendto(json.dumps({"ctrl_keep_alive": {"seq_num": 1}}).encode(),
                            self.daemon_now.socket_path)
        self.agent.alive(77)  # answers go to who asked
        self.daemon_now.end()

    # ---- life ----

    def test_restart(self):
        """Killed, started again, it serves at once; a second instance leaves the first alone."""
        self.begin()
        self.agent.alive()
        second = subprocess.run(
            ["ip", "netns", "exec", self.home, self.sluiced, "-s", "--agent-socket",
             self.daemon_now.socket_path, "--notify-socket", self.listener.path,
             "--control-socket", self.daemon_now.control_path],
            capture_output=True, text=True, timeout=live.PATIENCE, check=False)
        self.assertEqual(second.returncode, 4)
        self.assertIn("another instance", second.stderr)
        self.agent.alive()
        self.daemon_now.process.send_signal(signal.SIGKILL)
        self.daemon_now.process.wait()
        self.assertTrue(os.path.exists(self.daemon_now.socket_path))
        self.daemon_now.agent.close()
        os.unlink(os.path.join(self.folder, "agent.sock"))
        self.daemon_now = self.daemon(self.home, "-s", "-n", "2")
        for name in agents.REQUESTS:
            if name not in agents.ANSWERED:
                self.agent.send(name)
        self.agent.alive()
        self.daemon_now.end()

    def first_answer(self, program, *options):
        """Seconds from the start of the program to its first answer."""
        path = os.path.join(self.folder, "fast.sock")
        asker = agents.Agent(self.folder, path, "fast")
        begin = time.monotonic()
        process = subprocess.Popen(
            [program, *options, "--agent-socket", path, "--notify-socket",
             os.path.join(self.folder, "n"), "--control-socket", os.path.join(self.folder, "c")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.processes.append(process)
        while True:
            try:
                asker.alive()
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.assertIsNone(process.poll())
                time.sleep(0.001)
        took = time.monotonic() - begin
        process.terminate()
        self.assertEqual(process.wait(live.PATIENCE), 0)
        asker.close()
        return took

    def test_first_answer(self):
        """Within 100 ms; the best of some, for the machine has other things to do. Sanitizers are
        slower."""
        best = min(self.first_answer(self.sluiced, "-s") for _ in range(5))
        self.assertLess(best, 2 if live.is_sanitized(self.sluiced) else 0.1)

    def test_as_dp(self):
        """By the name of the program that it replaces: its statuses and its shared memory."""
        program = os.path.join(self.folder, "dp")
        os.symlink(self.sluiced, program)
        name = f"/sl{os.getpid()}.shm"
        run = [program, "--heartbeat", name]
        self.assertEqual(subprocess.run([*run, "-n", "1"], capture_output=True,
                                        check=False).returncode, 255)
        self.assertEqual(subprocess.run([*run, "-Q"], capture_output=True,
                                        check=False).returncode, 254)
        with open(f"/dev/shm{name}", "wb") as file:
            file.truncate(4096)
        self.addCleanup(os.unlink, f"/dev/shm{name}")
        self.first_answer(program, "-n", "2", "-c", "-j", "-m", "-v", "thrt_tls_1dot0", "-d",
                          "ctrl", "--heartbeat", name)

    def test_heartbeat(self):
        """Each packet thread counts in the supervisor's memory, a little more than once a second
        or so, while the daemon lives."""
        name = f"/sl{os.getpid()}-h.shm"
        with open(f"/dev/shm{name}", "wb") as file:
            file.truncate(4096)
        self.addCleanup(os.unlink, f"/dev/shm{name}")
        self.home = self.namespace("home")
        self.daemon_now = self.daemon(self.home, "-n", "2", "--heartbeat", name)

        def beats():
            with open(f"/dev/shm{name}", "rb") as file:
                return struct.unpack("=4I", file.read(16))

        live.wait_for(lambda: beats()[0] >= 2 and beats()[1] >= 2, "two beats of each")
        self.assertEqual(beats()[2:], (0, 0))
        self.daemon_now.end()


if __name__ == "__main__":
    live.main()
