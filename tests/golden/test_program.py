#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_program.py: sluiced as a program: exit status, standard error, files, signals.

    test_program.py BUILD/src/sluiced PCAPS
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

import golden

SLUICED, PCAPS = "", ""
DONE, HIT, USAGE, INPUT, CANNOT = range(5)


def pcap(case):
    return os.path.join(PCAPS, case, "input.pcap")


class Program(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sluice-program-")

    def tearDown(self):
        shutil.rmtree(self.folder)

    def at(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def put(self, name, case, size=None):
        """A copy of a capture, or of its first bytes."""
        with open(pcap(case), "rb") as source, open(self.at(name), "wb") as copy:
            copy.write(source.read(size))
        return self.at(name)

    def run_program(self, *arguments, **more):
        done = subprocess.run([SLUICED, *arguments], capture_output=True, timeout=60, check=False,
                              **more)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def run_status(self, wanted, *arguments, **more):
        status, out, errors = self.run_program(*arguments, **more)
        self.assertEqual(status, wanted, f"{arguments}\n{errors}")
        return out, errors

    def replay(self, *arguments, status=DONE, lines=0):
        """The events, with so many lines of complaints."""
        out, errors = self.run_status(status, *arguments, "--json", "-")
        self.assertEqual(len(errors.splitlines()), lines, errors)
        return golden.parse_events(out.encode())

    def files_in_order(self, events):
        names = []
        for event in events:
            if event["pcap_filename"] not in names:
                names.append(event["pcap_filename"])
        return [os.path.relpath(n, self.folder) for n in names]


class Status(Program):
    def test_done(self):
        out, errors = self.run_status(DONE, "-p", pcap("redis/inline"))
        self.assertIn("redis", out)
        self.assertEqual(errors, "")
        self.run_status(DONE, "--help")
        self.run_status(DONE, "--version")

    def test_usage(self):
        good = pcap("redis/inline")
        config = self.at("config.json")
        with open(config, "w", encoding="utf-8") as file:
            file.write('{"limits": {"sessions": "many"}}')
        for arguments in (("stray",), ("--inline",), ("--nonsense",), ("-p",), ("-p", good, "stray"),
                          ("-p", good, "--fail-on", "rain"), ("-p", good, "--trace", "host"),
                          ("-p", good, "--write", self.at("out")), ("-p", good, "--config", config),
                          ("-p", good, "--config", self.at("none.json")),
                          ("-p", good, "--inline", "--write", good)):
            out, errors = self.run_status(USAGE, *arguments)
            self.assertEqual(out, "", arguments)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertTrue(errors.startswith("sluiced: error: "), errors)

    def test_fail_on(self):
        threat, unknown, clean = pcap("engine/bad-headers"), pcap("engine/unknown"), pcap("dns/udp")
        for what, path, status in (("threat", threat, HIT), ("threat", clean, DONE),
                                   ("threat", unknown, DONE), ("unknown-app", unknown, HIT),
                                   ("unknown-app", clean, DONE), ("violation,match", threat, DONE),
                                   ("match,unknown-app,threat", threat, HIT)):
            _, errors = self.run_status(status, "-p", path, "--fail-on", what)
            self.assertEqual(errors, "")
        # One of several captures is enough, and all are done.
        out, _ = self.run_status(HIT, "-p", threat, "-p", clean, "--fail-on", "threat")
        self.assertIn("dns", out)

    def test_cannot_write(self):
        nowhere = os.path.join(self.folder, "no/such/folder")
        for option in (("--json", nowhere), ("--json", "/dev/full"),
                       ("--inline", "--write", self.folder), ("--inline", "--write", "/dev/full")):
            _, errors = self.run_status(CANNOT, "-p", pcap("redis/inline"), *option)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIn(option[-1], errors)

    def test_full_standard_output(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SLUICED, "-p", pcap("redis/inline"), "--json", "-"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, CANNOT)
        self.assertEqual(len(done.stderr.splitlines()), 1)


class Damage(Program):
    def test_each_is_one_line(self):
        """None of them stops the others; what came before the damage counts."""
        self.put("1-good.pcap", "redis/inline")
        self.put("2-cut.pcap", "http/keep-alive", 3000)
        self.put("3-empty.pcap", "redis/inline", 0)
        self.put("4-head-only.pcap", "redis/inline", 24)
        self.put("5-half-a-head.pcap", "redis/inline", 11)
        with open(self.at("6-text.pcap"), "w", encoding="utf-8") as file:
            file.write("no capture at all, but a name like one\n" * 10)
        self.put("7-good.pcap", "dns/ipv6")
        out, errors = self.run_status(INPUT, "-p", self.folder, "--json", "-")
        events = golden.parse_events(out.encode())
        self.assertEqual(self.files_in_order(events), ["1-good.pcap", "2-cut.pcap", "7-good.pcap"])
        named = [line.split(": ")[2] for line in errors.splitlines()]
        self.assertEqual([os.path.basename(n) for n in named],
                         ["2-cut.pcap", "3-empty.pcap", "4-head-only.pcap", "5-half-a-head.pcap",
                          "6-text.pcap"])

    def test_missing(self):
        events = self.replay("-p", self.at("none.pcap"), "-p", pcap("dns/ipv6"), status=INPUT, lines=1)
        self.assertTrue(events)

    def test_every_cut(self):
        """However much is missing: the same status, one line, and whole frames are seen."""
        size = os.path.getsize(pcap("dns/ipv6"))
        for n in range(0, size, 7):
            path = self.put("cut.pcap", "dns/ipv6", n)
            self.replay("-p", path, status=INPUT, lines=1)

    def test_absurd_record(self):
        path = self.put("absurd.pcap", "redis/inline")
        with open(path, "r+b") as file:
            file.seek(24 + 8)
            file.write(struct.pack("<I", 0x7fffffff))
        self.replay("-p", path, status=INPUT, lines=1)

    def test_no_permission(self):
        path = self.put("closed.pcap", "redis/inline")
        os.chmod(self.folder, 0o755)
        os.chmod(path, 0)
        more = {"user": "nobody"} if os.geteuid() == 0 else {}
        try:
            status, _, errors = self.run_program("-p", path, **more)
        except (PermissionError, KeyError):
            self.skipTest("another user cannot run this program")
        self.assertEqual(status, INPUT)
        self.assertEqual(len(errors.splitlines()), 1)
        self.assertIn("permission", errors.lower())


class Inputs(Program):
    def test_directories(self):
        for name in ("b/2.pcap", "b/10.pcap", "a.pcap", "b/c/d.pcapng", "Z.cap", "b.pcap"):
            self.put(name, "dns/ipv6")
        self.put("b/notes.txt", "dns/ipv6", 0)
        events = self.replay("-p", self.folder)
        self.assertEqual(self.files_in_order(events),
                         ["Z.cap", "a.pcap", "b/10.pcap", "b/2.pcap", "b/c/d.pcapng", "b.pcap"])

    def test_each_is_a_world(self):
        """The same sessions again: the same events again, none lasts from the capture before."""
        events = self.replay("-p", pcap("redis/inline"), "-p", pcap("redis/inline"))
        flows = [e for e in events if e["event_type"] == "flow"]
        self.assertEqual(len(flows), 2)
        self.assertNotEqual(flows[0]["flow_id"], flows[1]["flow_id"])
        self.assertEqual(flows[0]["flow"], flows[1]["flow"])

    def test_standard_input(self):
        with open(pcap("redis/inline"), "rb") as file:
            out, _ = self.run_status(DONE, "-p", "-", "--json", "-", stdin=file)
        self.assertIn('"redis"', out)


class Outputs(Program):
    def test_json_file(self):
        path = self.at("events")
        out, _ = self.run_status(DONE, "-p", pcap("redis/inline"), "--json", path)
        self.assertEqual(out, "")
        with open(path, "rb") as file:
            lines = file.read().splitlines()
        self.assertEqual(json.loads(lines[-1])["event_type"], "stats")

    def test_trace_beside_json(self):
        out, errors = self.run_status(DONE, "-p", pcap("redis/inline"), "--json", "-", "--trace", "all")
        golden.parse_events(out.encode())
        self.assertIn("frame 1", errors)

    def written(self, *cases):
        path = self.at("out.pcap")
        arguments = [a for case in cases for a in ("-p", pcap(case))]
        _, errors = self.run_status(DONE, *arguments, "--inline", "--write", path)
        return path, errors

    def test_round_trip(self):
        """What passes untouched is the capture itself, whatever its link type; read again it tells
        the same."""
        for case in ("redis/pipelined", "dns/ipv6", "engine/link-cooked2", "engine/link-raw",
                     "engine/link-null", "engine/nested", "engine/tcp-backwards"):
            path, _ = self.written(case)
            self.assertEqual(golden.read_frames(path), golden.read_frames(pcap(case)), case)
            with open(path, "rb") as one, open(pcap(case), "rb") as other:
                self.assertEqual(one.read(24)[20:], other.read(24)[20:], case)
            before, after = self.replay("-p", pcap(case)), self.replay("-p", path)
            for event in before + after:
                event.pop("pcap_filename")
            self.assertEqual(after, before)

    def test_fragments_are_released(self):
        """Held until the datagram is whole, then all of it leaves."""
        for case in ("engine/fragments-ipv6", "engine/fragments-reversed"):
            path, _ = self.written(case)
            wanted, found = golden.read_frames(pcap(case)), golden.read_frames(path)
            self.assertEqual(sorted(found), sorted(wanted), case)
            self.assertEqual(found[0], wanted[0])
        path, _ = self.written("engine/fragments-incomplete")
        self.assertEqual(len(golden.read_frames(path)), 1)

    def test_junk_does_not_leave(self):
        path, _ = self.written("engine/tcp-retransmission-lies")
        lie = golden.read_frames(pcap("engine/tcp-retransmission-lies"))[4]
        self.assertNotIn(lie, golden.read_frames(path))
        self.assertTrue(any(e["event_type"] == "http" for e in self.replay("-p", path)))

    def test_two_link_types(self):
        path, errors = self.written("dns/ipv6", "engine/link-raw")
        self.assertEqual(len(errors.splitlines()), 1, errors)
        self.assertEqual(len(golden.read_frames(path)), 2)


class Signals(Program):
    def stop(self, number):
        """A replay that waits for a pipe, and is told to end."""
        fifo = self.at("pipe.pcap")
        if not os.path.exists(fifo):
            os.mkfifo(fifo)
        with subprocess.Popen([SLUICED, "-p", fifo, "--json", "-"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            with open(fifo, "wb") as writer, open(pcap("redis/inline"), "rb") as source:
                writer.write(source.read(1000))
                writer.flush()
                time.sleep(0.3)
                process.send_signal(number)
                begin = time.monotonic()
                out, _ = process.communicate(timeout=30)
            self.assertLess(time.monotonic() - begin, 2)
            self.assertEqual(process.returncode, DONE)
        return golden.parse_events(out)

    def test_stop(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            events = self.stop(number)
            self.assertTrue(any(e["event_type"] == "flow" for e in events), number)


if __name__ == "__main__":
    PCAPS = sys.argv.pop()
    SLUICED = sys.argv.pop()
    unittest.main()
