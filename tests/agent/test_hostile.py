# SPDX-License-Identifier: Apache-2.0
"""Requests that are wrong in every way: the daemon stays, and what was configured stays."""
import copy
import json
import os
import random
import unittest  # noqa: F401 (the base class lives in live)

import agent as agents
import live

SEED = 20
MUTATED = 100000
AT_ONCE = 50
WRONG = (None, True, 7, -1, 2 ** 63, 1.5, "", "x", "x" * 300, [], [None], {}, [[]], "\u0000",
         "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"))


def places(value, path=()):
    """Every place inside of a value, itself first."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, path + (index,))


def replaced(value, path, new):
    if not path:
        return new
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return value


def without(value, path):
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return value


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Hostile(live.Live):
    def begin(self):
        self.daemon_now = self.daemon(self.namespace("home"), "-s", "-n", "1")
        self.agent = agents.Agent(self.folder, self.daemon_now.socket_path)
        self.addCleanup(self.agent.close)
        self.mark()

    def mark(self):
        """A configuration that no other request here names."""
        self.agent.send("ctrl_add_mac", {"iface": "m", "mac": "02:00:00:00:00:99", "ucmac": "",
                                         "bcmac": "", "oldmac": "", "pmac": "", "pips": None})
        self.agent.send("ctrl_cfg_policy", {"cmd": 1, "flag": 3, "defact": 7, "dir": 1,
                                            "mac": ["02:00:00:00:00:99"],
                                            "rules": [{**agents.RULES[2], "id": 4711}]})
        self.agent.alive()

    def marked(self):
        ctl = json.loads(live.run(self.sluicectl, "--socket", self.daemon_now.control_path,
                                  "--json", "policy", "show", "02:00:00:00:00:99").splitlines()[0])
        return ctl["id"] == 4711 and ctl["server"] == "10.0.0.1-10.0.0.9"

    def drain(self):
        """Answers to the mutated are nobody's."""
        self.agent.socket.settimeout(0)
        try:
            while self.agent.socket.recv(65536):
                pass
        except BlockingIOError:
            pass
        self.agent.socket.settimeout(live.PATIENCE)

    def still_there(self):
        self.drain()
        self.agent.send("ctrl_keep_alive", {"seq_num": 123456})
        answer = self.agent.receive()
        while answer.get("seq") != 123456:
            answer = self.agent.receive()
        self.assertIsNone(self.daemon_now.process.poll(), self.daemon_now.log())

    def test_every_member_of_every_request(self):
        """Missing, and of every wrong type and size; the element of a list beside it is taken."""
        self.begin()
        sent = 0
        for name, value in agents.REQUESTS.items():
            for path in places(value):
                for wrong in WRONG:
                    self.agent.send(name, replaced(value, path, wrong) if path else wrong)
                    sent += 1
                    if sent % AT_ONCE == 0:
                        self.still_there()
                if path:
                    self.agent.send(name, without(value, path))
        self.still_there()
        self.assertGreater(sent, 1500)
        self.assertTrue(self.marked())
        self.daemon_now.end()

    def test_the_good_beside_the_bad(self):
        """Elements are judged one by one."""
        self.begin()
        self.agent.send("ctrl_add_mac")
        good = agents.RULES[1]
        self.agent.send("ctrl_cfg_policy", {
            "cmd": 1, "flag": 3, "defact": 7, "dir": 1, "mac": [agents.MAC, 7, None, "zz"],
            "rules": [7, None, {**good, "sip": 5}, {**good, "dip": "300.1.1.1"}, good, [],
                      {**good, "sip": "0x7f.1"}]})
        shown = [json.loads(line) for line in live.run(
            self.sluicectl, "--socket", self.daemon_now.control_path, "--json", "policy", "show",
            agents.MAC).splitlines()]
        self.assertEqual([rule["id"] for rule in shown], [7])
        self.daemon_now.end()

    def test_text_that_is_none(self):
        self.begin()
        for text in (b"", b"\0", b"{", b"[]", b"7", b"null", b"{}", b'{"ctrl_keep_alive"}',
                     b'{"ctrl_keep_alive":{"seq_num":1}', b'{"ctrl_keep_alive":{"seq_num":1}}}',
                     b'{"ctrl_add_mac":{"mac":"\xff\xfe"}}', b"[" * 100000, b'{"a":' * 50000,
                     b'{"ctrl_keep_alive":{"seq_num":1},"ctrl_keep_alive":{"seq_num":2}}',
                     b" " * 200000, os.urandom(60000)):
            self.agent.send_raw(text)
            self.still_there()
        self.assertTrue(self.marked())
        self.daemon_now.end()

    def test_large_requests(self):
        """Thousands of ports in one datagram, as busy hosts have them."""
        self.begin()
        self.agent.send("ctrl_add_mac")
        ports = [{"ip_proto": 6, "port": i, "app": 0, "server": 0} for i in range(1, 20000)]
        self.agent.send("ctrl_cfg_mac", {"macs": [agents.MAC], "apps": ports})
        self.still_there()
        shown = [json.loads(line) for line in live.run(
            self.sluicectl, "--socket", self.daemon_now.control_path, "--json",
            "workloads").splitlines()]
        self.assertEqual(max(w["ports"] for w in shown), 19999)
        self.daemon_now.end()

    def mutate(self, rng, text):
        data = bytearray(text)
        for _ in range(rng.randint(1, 4)):
            kind, at = rng.randrange(6), rng.randrange(len(data) + 1)
            if kind == 0 and at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                data[at:at] = rng.choice((b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\u0000",
                                          b"null", b"99999999999999999999", b"-", b"1e999"))
            elif kind == 2:
                del data[at:at + rng.randint(1, 20)]
            elif kind == 3:
                data[at:at] = data[at:at + rng.randint(1, 200)]
            elif kind == 4:
                data = data[:at]
            else:
                data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
        return bytes(data)

    def test_mutated(self):
        """A hundred thousand (a fifth of them for sanitizers): alive, and no larger than after the
        first tenth."""
        self.begin()
        rng = random.Random(SEED)
        texts = [json.dumps({name: value}).encode() for name, value in agents.REQUESTS.items()
                 if name not in ("ctrl_set_debug",)]
        slow = live.is_sanitized(self.sluiced)  # and keeps what was freed for a while
        count, more_kib = (MUTATED // 5, 512 * 1024) if slow else (MUTATED, 16 * 1024)
        early = 0
        for number in range(count):
            self.agent.send_raw(self.mutate(rng, rng.choice(texts)) or b" ")
            if number % AT_ONCE == 0:
                self.still_there()
            if number == count // 10:
                early = resident(self.daemon_now.process.pid)
        self.still_there()
        self.assertTrue(self.marked())
        self.assertLess(resident(self.daemon_now.process.pid), early + more_kib)
        self.daemon_now.end()


if __name__ == "__main__":
    live.main()
