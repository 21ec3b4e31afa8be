#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_programs.py FOLDER: the programs count, forward, accept and send exactly. Needs root."""
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import unittest

from ground import Ground, LOAD_CPU, run
from inspectors import Peer

SKIP = 77
FRAMES = 20000
DATAGRAMS = 500


def may_run():
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("iptables")):
        return False
    name = f"slb{os.getpid()}-probe"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return made.returncode == 0


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def tcp_frame(number):
    payload = bytes(range(number % 200))
    addresses = socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.255.255")
    head = struct.pack("!HHIIBBHHH", 1024 + number, 80, number, 0, 5 << 4, 16, 512, 0, 0)
    pseudo = addresses + struct.pack("!HH", 6, len(head) + len(payload))
    sum_of_it = ~ones_sum(pseudo + head + payload) & 0xffff
    tcp = head[:16] + sum_of_it.to_bytes(2, "big") + head[18:] + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), number, 0, 64, 6, 0) + addresses
    ip = ip[:10] + (~ones_sum(ip) & 0xffff).to_bytes(2, "big") + ip[12:]
    return bytes.fromhex("020000000005" "020000000001" "0800") + ip + tcp


def write_capture(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("=IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            file.write(struct.pack("=IIII", 1, 0, len(frame), len(frame)) + frame)


def read_capture(path):
    frames = []
    with open(path, "rb") as file:
        data = file.read()
    at = 24
    while at < len(data):
        size = struct.unpack_from("=I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return frames


class Programs(unittest.TestCase):
    folder = None

    def setUp(self):
        self.ground = Ground()
        self.addCleanup(self.ground.__exit__)
        self.left = self.ground.namespace("left")
        self.middle = self.ground.namespace("middle")
        self.ground.cable((self.left, "l0", "192.0.2.1"), (self.middle, "m0", "192.0.2.2"))

    def program(self, name):
        return os.path.join(self.folder, f"bench_{name}")

    def blast(self, *words):
        return json.loads(self.ground.run_in(self.left, LOAD_CPU, self.program("blast"), *words))

    def peer(self, namespace, name, *words):
        return Peer(self.ground, namespace, self.program(name), *words)

    def test_what_is_sent_is_counted(self):
        with self.peer(self.middle, "count", "--touch", "m0") as counter:
            sent = self.blast("--seconds", "0.5", "--rate", str(2 * FRAMES), "l0", "udp", "100",
                              "60")
        self.assertAlmostEqual(sent["frames"], FRAMES, delta=FRAMES / 10)
        self.assertEqual(counter.told["frames"], sent["frames"])
        self.assertEqual(counter.told["bytes"], sent["frames"] * 60)
        self.assertEqual(counter.told["drops"], 0)

    def test_every_lap_has_other_addresses(self):
        path, seen = self.ground.path("in.pcap"), self.ground.path("out.pcap")
        frames = [tcp_frame(number) for number in range(300)]
        write_capture(path, frames)
        with self.peer(self.middle, "count", "--write", seen, "--most", "900", "m0"):
            self.blast("--seconds", "0.2", "--rate", "10000", "l0", "pcap", path)
        got = read_capture(seen)
        self.assertEqual(len(got), 900)
        self.assertEqual(got[:300], frames)
        for lap in range(3):
            first = got[lap * 300]
            self.assertEqual(first[26:34], bytes([192, lap, 2, 1, 192, lap, 255, 255]))
        for frame in got:
            ip, tcp = frame[14:34], frame[34:]
            self.assertEqual(ones_sum(ip), 0xffff)
            self.assertEqual(ones_sum(ip[12:] + struct.pack("!HH", 6, len(tcp)) + tcp), 0xffff)

    def test_a_bridge_forwards_all(self):
        right = self.ground.namespace("right")
        self.ground.cable((self.middle, "m1", None), (right, "r0", None))
        with self.peer(right, "count", "r0") as counter:
            with self.peer(self.middle, "bridge", "m0", "m1") as bridge:
                sent = self.blast("--seconds", "0.5", "--rate", str(2 * FRAMES), "l0", "udp", "9",
                                  "1500")
        self.assertEqual(bridge.told["frames"], sent["frames"])
        self.assertEqual(bridge.told["drops"], 0)
        self.assertEqual(counter.told["bytes"], sent["frames"] * 1500)

    def test_a_queue_is_accepted(self):
        run("ip", "netns", "exec", self.middle, "iptables", "-A", "INPUT", "-p", "udp", "-j",
            "NFQUEUE", "--queue-num", "3")
        count = ("import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                 "s.bind(('192.0.2.2',7))\ns.settimeout(10)\nprint('bound',flush=True)\n"
                 f"for i in range({DATAGRAMS}): s.recv(99)\n")
        send = ("import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                f"for i in range({DATAGRAMS}): s.sendto(b'x',('192.0.2.2',7))\n")
        with self.peer(self.middle, "accept", "3") as acceptor:
            receiver = self.ground.start(self.middle, LOAD_CPU, sys.executable, "-c", count,
                                         stdout=subprocess.PIPE, text=True)
            self.addCleanup(receiver.stdout.close)
            self.assertEqual(receiver.stdout.readline(), "bound\n")
            self.ground.run_in(self.left, LOAD_CPU, sys.executable, "-c", send)
            self.assertEqual(receiver.wait(20), 0)
        self.assertEqual(acceptor.told["frames"], DATAGRAMS)
        self.assertEqual(acceptor.told["bytes"], DATAGRAMS * 29)


if __name__ == "__main__":
    if not may_run():
        print("skipped: network namespaces need root, ip(8) and iptables(8)")
        sys.exit(SKIP)
    Programs.folder = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
