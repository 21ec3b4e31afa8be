#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""test_golden.py: the golden runner finds what is wrong, and says it.

    test_golden.py BUILD/src/sluiced CASE      any case that passes
"""
import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import unittest
from unittest import mock

import golden

SLUICED, CASE = "", ""
EVENTS = [
    {"event_type": "redis", "timestamp": "t", "flow_id": 1, "tx_id": 0, "app_proto": "redis",
     "redis": {"command": "SET", "key": "a", "arguments": 2}},
    {"event_type": "redis", "timestamp": "t", "flow_id": 1, "tx_id": 1, "app_proto": "redis",
     "redis": {"command": "GET", "key": "a", "arguments": 1, "list": [1, {"x": 1, "y": 2}, 3]}},
    {"event_type": "flow", "timestamp": "t", "flow_id": 1, "proto": "TCP", "app_proto": "redis",
     "dest_port": 6379, "flow": {"state": "closed", "alerted": False}},
    {"event_type": "flow", "timestamp": "t", "flow_id": 2, "proto": "TCP", "app_proto": "failed",
     "flow": {"state": "new"}},
]


def check(entry, events=None):
    events = EVENTS if events is None else events
    return golden.check_entry(entry, events, golden.by_session(events))


class Entries(unittest.TestCase):
    HOLD = [
        {"flow": {}},
        {"flow": {}, "count": 2},
        {"flow": {"proto": "TCP", "state": "closed"}},
        {"flow": {"flow.state": "closed", "dest_port": 6379}},
        {"flow": {"dest_port": "*"}, "count": 1},
        {"flow": {"dest_port": None}, "count": 1},
        {"tx": {"app_proto": "redis"}, "count": 2},
        {"redis": {"command": "GET", "list.1.y": 2}},
        {"redis": {"list": [1, {"x": 1}, 3]}},
        {"redis": {"list": [1, "..."]}},
        {"redis": {"list": [1, {"y": 2}, 3, "..."]}},
        {"redis": {"redis": {"command": "SET"}}},
        {"flow": {"app_proto": "redis"}, "has": [{"redis": {"command": "GET"}}, {"tx": {}, "count": 2}]},
        {"flow": {"app_proto": "failed"}, "has": [{"absent": {"tx": {}}}]},
        {"absent": {"alert": {}}},
        {"absent": {"redis": {"command": "DEL"}}},
    ]
    FAIL = [
        {"flow": {}, "count": 3},
        {"flow": {}, "count": 0},
        {"flow": {"proto": "UDP"}},
        {"flow": {"dest_port": "6379"}},
        {"flow": {"alerted": 0}},
        {"flow": {"nowhere": "*"}},
        {"tls": {}},
        {"redis": {"command": "SET", "arguments": 1}},
        {"redis": {"list": [1, {"x": 1}]}},
        {"redis": {"list": [1, {"x": 2}, 3]}},
        {"redis": {"list": [1, {"x": 1}, 3, 4, "..."]}},
        {"flow": {}, "has": [{"redis": {"command": "DEL"}}]},
        {"flow": {"app_proto": "failed"}, "has": [{"redis": {"command": "GET"}}]},
        {"absent": {"flow": {}}},
        {"absent": {"redis": {"command": "GET"}}},
    ]

    def test_hold(self):
        for entry in self.HOLD:
            self.assertEqual(check(entry), [], entry)

    def test_fail(self):
        for entry in self.FAIL:
            self.assertNotEqual(check(entry), [], entry)

    def test_no_event_holds_nothing(self):
        for entry in self.HOLD:
            if "absent" not in entry:
                self.assertNotEqual(check(entry, []), [], entry)

    def test_malformed(self):
        for entry in ({}, {"count": 1}, {"flow": {}, "redis": {}}, {"flow": 1}):
            with self.assertRaises(golden.Broken):
                check(entry)

    def test_nearest_first(self):
        lines = check({"redis": {"command": "GET", "key": "b", "arguments": 1}})
        self.assertIn('"command": "GET"', lines[1])
        self.assertEqual(lines[2].strip(), 'key: wanted "b", is "a"')

    def test_lost_session(self):
        self.assertEqual(golden.check_sense(EVENTS), [])
        self.assertEqual(len(golden.check_sense(EVENTS[:2])), 2)


class Program(unittest.TestCase):
    """The runner as ctest starts it, over the real daemon."""

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        for name in os.listdir(CASE):
            shutil.copy(os.path.join(CASE, name), self.folder)
        with open(os.path.join(self.folder, "expect.json"), encoding="utf-8") as file:
            self.expect = json.load(file)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def golden(self, *more):
        text = io.StringIO()
        with contextlib.redirect_stdout(text), \
                mock.patch.object(sys, "argv", ["golden.py", "--sluiced", SLUICED, *more, self.folder]):
            return golden.main(), text.getvalue()

    def write(self):
        with open(os.path.join(self.folder, "expect.json"), "w", encoding="utf-8") as file:
            json.dump(self.expect, file)

    def refuse(self, *words):
        self.write()
        status, text = self.golden()
        self.assertEqual(status, 1, text)
        for word in words:
            self.assertIn(word, text)

    def test_passes(self):
        self.assertEqual(self.golden(), (0, ""))

    def test_wrong_application(self):
        flow = next(e for e in self.expect["expect"] if "flow" in e)
        flow["flow"]["app_proto"] = "gopher"
        self.refuse('app_proto: wanted "gopher"', "nearest")

    def test_wrong_count(self):
        self.expect["expect"].append({"flow": {}, "count": 77})
        self.refuse("wanted 77")

    def test_unwanted(self):
        self.expect["expect"].append({"absent": {"flow": {}}})
        self.refuse("must not be there")

    def test_wrong_verdicts(self):
        self.expect["expect"].append({"inline": {"dropped": [1]}})
        self.refuse("inline, dropped: wanted [1], is []")

    def test_wrong_status(self):
        self.expect["status"] = 3
        self.refuse("exit status: wanted 3, is 0")

    def test_no_capture(self):
        os.unlink(os.path.join(self.folder, "input.pcap"))
        self.refuse("input.pcap")

    def test_no_expectation(self):
        os.unlink(os.path.join(self.folder, "expect.json"))
        self.assertEqual(self.golden()[0], 1)

    def test_no_daemon(self):
        with mock.patch.object(sys.modules[__name__], "SLUICED", "/nonexistent"):
            self.refuse("FileNotFoundError")

    def test_bless(self):
        self.expect["expect"] = [{"tls": {"sni": "wrong"}}]
        self.write()
        self.assertEqual(self.golden("--bless")[0], 0)
        self.assertEqual(self.golden(), (0, ""))


if __name__ == "__main__":
    CASE = sys.argv.pop()
    SLUICED = sys.argv.pop()
    unittest.main()
