# SPDX-License-Identifier: Apache-2.0
"""The socket for people, and sluicectl: every verb against a daemon that sees real traffic."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest  # noqa: F401 (the base class lives in live)

import live

DOCUMENT = {
    "workloads": [{"name": "web", "mode": "learn", "prefixes": ["192.0.2.2"]}],
    "rules": [{"id": 7, "from": "any", "to": "web", "ports": 80, "action": "allow"}],
    "sensors": [{"name": "s", "kind": "dlp", "action": "alert",
                 "rules": [{"name": "card", "patterns": ["4[0-9]{15}"]}]}],
}


class Line:
    """The protocol itself, without sluicectl."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(live.PATIENCE)
        self.socket.connect(path)
        self.file = self.socket.makefile("r", encoding="utf-8")
        self.hello = self.read()

    def read(self):
        return json.loads(self.file.readline())

    def send(self, text):
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def ask(self, request, **members):
        """The last line of the answer, and the elements of its parts."""
        self.send(json.dumps({"id": "x", "request": request, **members}) + "\n")
        parts = []
        while True:
            line = self.read()
            assert line["id"] == "x", line
            if "part" not in line:
                return line, parts
            parts += line["part"]

    def close(self):
        self.file.close()
        self.socket.close()


class Control(live.Live):
    def site(self, *options):
        """A client, a web server that is tapped, and the daemon; one connection stays open."""
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        self.veth((self.client, "c0", "192.0.2.1"), (self.pod, "eth0", "192.0.2.2"))
        self.web_server(self.pod, "192.0.2.2")
        self.file = os.path.join(self.folder, "config.json")
        with open(self.file, "w", encoding="utf-8") as file:
            json.dump(DOCUMENT, file)
        self.daemon_now = self.daemon(self.namespace("home"), "-s", "-n", "2", "--config",
                                      self.file, *options)
        self.daemon_now.ask("ctrl_add_tap_port", netns=f"/var/run/netns/{self.pod}", iface="eth0",
                            epmac="00:00:00:00:00:00")
        self.daemon_now.done()

    def visit(self):
        self.assertEqual(live.fetch(self.client, "http://192.0.2.2/"), "200")

    def hold_open(self):
        """A connection that has begun and stays."""
        script = ("import socket,time\n"
                  "s=socket.create_connection(('192.0.2.2',80))\n"
                  "s.send(b'GET / HTTP/1.1\\r\\nHost: held.example\\r\\n\\r\\n')\n"
                  "s.recv(10)\ntime.sleep(60)\n")
        self.start(self.client, sys.executable, "-c", script)

    def ctl(self, *words, status=0):
        done = subprocess.run([self.sluicectl, "--socket", self.daemon_now.control_path, *words],
                              capture_output=True, text=True, timeout=live.PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def json(self, *words):
        return [json.loads(line) for line in self.ctl("--json", *words).splitlines()]

    def sessions(self, *words):
        return self.json("sessions", *words)

    def test_sessions(self):
        self.site()
        self.hold_open()
        live.wait_for(lambda: self.sessions("app", "http"), "the session")
        one = self.sessions("host", "192.0.2.1", "and", "workload", "web")[0]
        self.assertEqual(one["workload"], "web")
        self.assertEqual(one["direction"], "ingress")
        self.assertEqual(one["client"]["ip"], "192.0.2.1")
        self.assertEqual(one["server"]["port"], 80)
        self.assertEqual(one["host"], "held.example")
        self.assertGreater(one["server"]["bytes"], 100)
        self.assertEqual(self.sessions("app", "dns"), [])
        self.assertEqual(self.sessions("src", "host", "192.0.2.2"), [])
        self.assertEqual(len(self.sessions("-n", "1")), 1)
        table = self.ctl("sessions")
        self.assertIn("WORKLOAD", table.splitlines()[0])
        self.assertIn("http", table.splitlines()[1])
        self.assertIn("cleared", self.ctl("clear", "port", "81"))
        self.assertTrue(self.sessions("app", "http"))
        self.assertIn("1", self.ctl("clear", str(one["session_id"])))
        live.wait_for(lambda: not self.sessions("app", "http"), "its end")
        self.daemon_now.end()

    def test_what_it_shows(self):
        self.site()
        self.visit()
        live.wait_for(lambda: self.json("counters")[0]["app.found"], "an application")
        status = self.json("status")[0]
        self.assertEqual(status["workloads"], 1)
        self.assertEqual(len(status["workers"]), 2)
        self.assertEqual(status["ports"][0]["interface"], "eth0")
        self.assertGreater(status["ports"][0]["received"], 5)
        self.assertGreater(status["agent"]["requests"], 1)
        self.assertIn("eth0", self.ctl("status"))
        self.assertEqual(self.json("workloads")[0]["prefixes"], ["192.0.2.2/32"])
        self.assertIn("192.0.2.2/32", self.ctl("workloads"))
        self.assertGreater(self.json("counters")[0]["decoder.pkts"], 5)
        self.assertRegex(self.ctl("counters"), r"decoder\.pkts +[1-9]")
        stats = self.json("stats")[0]
        self.assertEqual(stats["workloads"][0]["workload"], "web")
        self.assertGreater(stats["workloads"][0]["ingress"]["total"]["bytes"], 100)
        self.assertIn("web", self.ctl("stats"))
        for meter in self.json("meters"):  # of what has just come in
            self.assertEqual((meter["workload"], meter["on"]), ("web", False))
        self.assertEqual(self.json("version")[0]["protocol"], 1)
        self.assertIn("version", self.ctl("version"))
        self.assertEqual(self.json("debug", "debug")[0]["level"], "debug")
        self.assertEqual(self.json("debug")[0]["level"], "debug")
        self.assertIn("none of", self.ctl("debug", "loud", status=1))
        self.daemon_now.end()

    def test_policy_and_sensors(self):
        self.site()
        self.assertEqual(self.json("policy", "show")[0]["rules"], 3)
        rules = self.json("policy", "show", "web")
        self.assertEqual(rules[0]["id"], 7)
        self.assertEqual(rules[0]["ports"], "80")
        self.assertIn("ingress", self.ctl("policy", "show", "web"))
        self.assertIn("no workload", self.ctl("policy", "show", "nobody", status=1))
        self.assertEqual(self.json("sensors", "show")[0]["rules"][0]["name"], "card")
        self.assertIn("card", self.ctl("sensors", "show", "web"))
        self.assertIn("no mistakes", self.ctl("policy", "check", self.file))
        before = self.json("status")[0]["generation"]
        bad = os.path.join(self.folder, "bad.json")
        with open(bad, "w", encoding="utf-8") as file:
            json.dump({**DOCUMENT, "rules": [{"from": "any", "to": "weeb", "action": "allow"}]},
                      file)
        for verb in ("check", "apply"):
            said = self.ctl("policy", verb, bad, status=1)
            self.assertIn("rules[0].to", said)
            self.assertIn("weeb", said)
        self.assertEqual(self.json("status")[0]["generation"], before)
        with open(bad, "w", encoding="utf-8") as file:
            json.dump({"workloads": DOCUMENT["workloads"] + [
                {"name": "db", "mode": "protect", "prefixes": ["192.0.2.77"]}]}, file)
        self.assertIn("workloads", self.ctl("policy", "apply", bad))
        self.assertEqual([w["name"] for w in self.json("workloads")], ["web", "db"])
        self.assertEqual(self.json("policy", "show", "web"), [])
        with open(bad, "w", encoding="utf-8") as file:
            json.dump({"sensors": [{**DOCUMENT["sensors"][0], "workloads": ["db"]}]}, file)
        self.ctl("sensors", "apply", bad)
        self.assertEqual(len(self.json("sensors", "show", "db")[0]["rules"]), 1)
        self.assertEqual(len(self.json("sensors", "show", "web")[0]["rules"]), 0)
        self.daemon_now.end()

    def follow(self, *words):
        process = subprocess.Popen([self.sluicectl, "--socket", self.daemon_now.control_path,
                                    *words], stdout=subprocess.PIPE, text=True)
        self.processes.append(process)
        self.addCleanup(process.stdout.close)
        time.sleep(0.5)  # it says nothing before something happens
        return process

    def test_events_and_packets(self):
        self.site()
        events = self.follow("--json", "-n", "1", "events", "app", "http", "and", "workload", "web")
        others = self.follow("--json", "events", "app", "dns")
        packets = self.follow("-n", "5", "trace", "port", "80")
        self.visit()
        out, _ = events.communicate(timeout=live.PATIENCE)
        event = json.loads(out)
        self.assertEqual(event["event_type"], "http")
        self.assertEqual(event["http"]["status"], 200)
        out, _ = packets.communicate(timeout=live.PATIENCE)
        self.assertEqual(len(out.splitlines()), 5)
        self.assertIn("trace", out)
        self.assertIn("192.0.2.2:80", out)
        others.send_signal(signal.SIGTERM)
        out, _ = others.communicate(timeout=live.PATIENCE)
        self.assertEqual(out, "")
        self.visit()
        self.daemon_now.end()

    def test_the_protocol(self):
        self.site()
        line = Line(self.daemon_now.control_path)
        self.assertEqual(line.hello["sluice"], 1)
        for text, code in (("{}", "request"), ("7", "json"), ("{\"id\":1", "json"),
                           ("{\"request\":7}", "request"), ("\xff\xfe", "json"),
                           ("{\"request\":\"status\",\"x\":1}", "request"),
                           ("{\"request\":\"nope\"}", "unknown-request"),
                           ("{\"request\":\"sessions\",\"filter\":\"host\"}", "filter"),
                           ("{\"request\":\"sessions\",\"filter\":7}", "filter"),
                           ("{\"request\":\"sessions\",\"limit\":-1}", "request"),
                           ("[" * 5000, "json")):
            line.send(text.encode("latin-1") + b"\n")
            self.assertEqual(line.read()["error"]["code"], code, text[:50])
        line.send("{\"id\":[1,2],\"request\":")  # half a line, and the rest later
        time.sleep(0.2)
        line.send("\"version\"}\n{\"id\":5,\"request\":\"version\"}\n")
        self.assertEqual(line.read()["id"], [1, 2])
        self.assertEqual(line.read()["id"], 5)
        lines = [Line(self.daemon_now.control_path) for _ in range(31)]
        refused = Line(self.daemon_now.control_path)
        self.assertIn("error", refused.hello)
        refused.close()
        for other in lines:
            other.close()
        with contextlib.suppress(BrokenPipeError):
            line.send(b"x" * (17 << 20))  # no end, ever
        self.assertEqual(line.read()["error"]["code"], "too-long")
        with contextlib.suppress(ConnectionResetError):  # of what it has sent in vain
            self.assertEqual(line.file.readline(), "")
        line.close()
        mode = os.stat(self.daemon_now.control_path).st_mode & 0o777
        self.assertEqual(mode, 0o600)
        self.daemon_now.end()
        self.assertFalse(os.path.exists(self.daemon_now.control_path))

    def test_who_does_not_read(self):
        """Events pile up for one that reads nothing; everybody else is served."""
        self.site()
        lazy = Line(self.daemon_now.control_path)
        lazy.send("{\"id\":1,\"request\":\"trace\"}\n")
        time.sleep(0.3)
        for _ in range(30):
            self.visit()
        begin = time.monotonic()
        self.daemon_now.done()
        self.assertLess(time.monotonic() - begin, 0.1)
        self.assertTrue(self.json("status"))
        lazy.close()
        self.daemon_now.end()

    def test_the_agent_is_served(self):
        """While long lists of many sessions go out, the agent's requests are answered at once."""
        self.site()
        count = 20000
        script = ("import socket,sys\n"
                  "s=[socket.socket(socket.AF_INET,socket.SOCK_DGRAM) for _ in range(50)]\n"
                  "for p in range(1000,1000+int(sys.argv[1])//50):\n"
                  "  for x in s:\n"
                  "    try: x.sendto(b'?',('192.0.2.2',p))\n"
                  "    except ConnectionRefusedError: pass\n")
        self.start(self.client, sys.executable, "-c", script, str(count)).wait()
        # Some may be lost on the way on a busy machine: half of them are many.
        live.wait_for(lambda: len(self.sessions("udp")) > count // 2, "many sessions")
        line = Line(self.daemon_now.control_path)
        slowest, lists, counts = 0, 10, []
        line.send("{\"id\":1,\"request\":\"sessions\"}\n" * lists)
        reader = threading.Thread(target=lambda: counts.extend(self.one_list(line)
                                                               for _ in range(lists)))
        reader.start()
        asked = 0
        while reader.is_alive():
            begin = time.monotonic()
            self.daemon_now.done()
            slowest = max(slowest, time.monotonic() - begin)
            asked += 1
        reader.join()
        self.assertEqual(len(counts), lists)
        self.assertGreater(min(counts), count // 2)
        self.assertGreater(asked, 10)
        self.assertLess(slowest, 0.1)
        line.close()
        self.daemon_now.end()

    def one_list(self, line):
        count = 0
        while True:
            answer = line.read()
            if "result" in answer:
                return count
            count += len(answer["part"])

    def greeted_with(self, text):
        """What sluicectl says to a server that greets it so, and its status."""
        path = os.path.join(self.folder, "other.sock")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
            server.listen()
            with subprocess.Popen([self.sluicectl, "--socket", path, "status"],
                                  stderr=subprocess.PIPE, text=True) as process:
                with server.accept()[0] as peer:
                    peer.sendall(text)
                _, said = process.communicate(timeout=live.PATIENCE)
        os.unlink(path)
        return said, process.returncode

    def test_other_versions(self):
        for text, words in ((b'{"sluice":0,"version":"0.0.1"}\n', "something else"),
                            (b'{"sluice":2,"version":"9.9.9"}\n', "sluiced 9.9.9 speaks version 2"),
                            (b'{"sluice":2}\n', "speaks version 2"),
                            (b"SSH-2.0-OpenSSH\r\n", "something else"), (b"", "something else")):
            said, status = self.greeted_with(text)
            self.assertIn(words, said)
            self.assertNotIn("(null)", said)
            self.assertEqual(status, 4)

    def test_who_may_not(self):
        self.site()
        os.chmod(self.folder, 0o755)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        done = subprocess.run([*nobody, self.sluicectl, "--socket", self.daemon_now.control_path,
                               "status"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("permission", done.stderr)
        os.chmod(self.daemon_now.control_path, 0o666)  # whoever gets in all the same is asked
        done = subprocess.run([*nobody, self.sluicectl, "--socket", self.daemon_now.control_path,
                               "status"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 4)
        self.assertIn("only root", done.stderr)
        self.daemon_now.end()
        self.assertIn("nobody serves it", self.ctl("status", status=4))

    def test_wrong_usage(self):
        self.site()
        for words in ((), ("dance",), ("clear",), ("status", "now"), ("--loud", "status"),
                      ("policy",), ("-n", "x", "sessions"), ("status", "--socket")):
            self.assertIn("sluicectl: error", self.ctl(*words, status=2))
        self.assertIn("usage:", self.ctl("--help"))
        self.assertIn("example:", self.ctl("sessions", "--help"))
        self.assertIn("stands where", self.ctl("sessions", "hots", "1", status=1))
        self.daemon_now.end()


if __name__ == "__main__":
    live.main()
