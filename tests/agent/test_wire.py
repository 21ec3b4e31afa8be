# SPDX-License-Identifier: Apache-2.0
"""The strict reader itself: takes the documented examples, and nothing that differs from them. It
needs no daemon."""
import struct
import unittest

import wire

MAC = bytes.fromhex("02420a000002")


def message(kind, body, more=0):
    return struct.pack(">BBH", kind, more, 4 + len(body)) + body


def ip4(text):
    return bytes(int(part) for part in text.split(".")) + bytes(12)


def session():
    entry = bytearray(140)
    struct.pack_into(">I6sH", entry, 0, 7, MAC, 0x0800)
    entry[24:40], entry[40:56] = ip4("10.0.0.99"), ip4("10.0.0.2")
    entry[62] = 6
    return bytes(entry)


CONNECTION = bytes.fromhex(
    "070000680001000002420a00000206000050 0000" + "0a000063" + "00" * 12 + "0a000002" + "00" * 12 +
    "0800000100000118000000016b033cf16b033cf103e90100000000000000000000000000000000010000000000000000"
    "00000000")

GOOD = {
    wire.APP_UPDATE: bytes.fromhex("0100001602420a0000020001005003e907e600000600"),
    wire.SESSION_LIST: message(2, struct.pack(">HH", 1, 0) + session(), more=1),
    wire.SESSION_COUNT: bytes.fromhex("030000180000000300000002000000010000000000000000"),
    wire.DEVICE_COUNTER: message(4, bytes(568)),
    wire.METER_LIST: message(5, struct.pack(">HH", 1, 0) + MAC + bytes(10) + ip4("10.0.0.9") +
                             bytes((0, 1, 5, 0)) + struct.pack(">II", 800, 600), more=1),
    wire.THREAT_LOG: message(6, struct.pack(">IIIBBBB6sH", 2013, 1, 1, 2, 4, 6, 1, MAC, 0x0800) +
                             ip4("10.0.0.9") + ip4("10.0.0.2") + struct.pack(">HHHHHH", 1, 80, 0, 0,
                                                                             3, 5) +
                             b"text".ljust(64, b"\0") + b"abc".ljust(2048, b"\0") + bytes(4)),
    wire.CONNECTION: CONNECTION,
    wire.MAC_STATS: message(8, struct.pack(">I", 5) + bytes(172)),
    wire.DEVICE_STATS: message(9, struct.pack(">I", 5) + bytes(172)),
    wire.KEEP_ALIVE: bytes.fromhex("0a00000800000007"),
    wire.FQDN_UPDATE: message(11, b"*.example.com".ljust(256, b"\0") + struct.pack(">HHBB", 1, 0, 1,
                                                                                  0) +
                              ip4("192.0.2.1")),
    wire.FQDN_STORAGE: message(12, ip4("192.0.2.1") + b"www.example.com".ljust(256, b"\0")),
    wire.FQDN_RELEASE: message(13, ip4("1.2.3.4")),
}

# Offsets in the datagram of what must be zero, or of this size.
ZERO = {
    wire.APP_UPDATE: (1, 21),
    wire.SESSION_LIST: (6, 7, 8 + 28, 8 + 55, 8 + 63, 8 + 120, 8 + 139),
    wire.SESSION_COUNT: (1,),
    wire.DEVICE_COUNTER: (1,),
    wire.METER_LIST: (6, 7, 8 + 20, 8 + 35),
    wire.THREAT_LOG: (1, 32, 59, 4 + 68 + 5, 4 + 131, 4 + 132 + 3, 4 + 2179, 4 + 2180, 4 + 2183),
    wire.CONNECTION: (1, 6, 7, 15, 24, 51),
    wire.MAC_STATS: (1, 8, 11),
    wire.DEVICE_STATS: (1, 8, 11),
    wire.KEEP_ALIVE: (1,),
    wire.FQDN_UPDATE: (1, 4 + 14, 4 + 255, 262, 263, 265, 270),
    wire.FQDN_STORAGE: (1, 8, 19, 20 + 16, 275),
    wire.FQDN_RELEASE: (1, 8, 19),
}


class Wire(unittest.TestCase):
    def test_all_kinds(self):
        self.assertEqual(set(GOOD), set(range(1, 14)))
        self.assertEqual(set(ZERO), set(GOOD))
        for kind, datagram in GOOD.items():
            self.assertEqual(wire.read(datagram)["kind"], kind)

    def test_values(self):
        self.assertEqual(wire.read(GOOD[wire.APP_UPDATE]), {
            "kind": 1, "more": False, "mac": "02:42:0a:00:00:02",
            "ports": [{"port": 80, "proto": 1001, "server": 2022, "application": 0,
                       "ip_proto": 6}]})
        self.assertEqual(wire.read(GOOD[wire.SESSION_COUNT])["tcp"], 2)
        one = wire.read(CONNECTION)["entries"][0]
        self.assertEqual((one["client_ip"], one["server_ip"], one["server_port"], one["bytes"]),
                         ("10.0.0.99", "10.0.0.2", 80, 280))
        self.assertEqual((one["application"], one["action"], one["open"]), (1001, 1, 1))
        meter = wire.read(GOOD[wire.METER_LIST])["entries"][0]
        self.assertEqual((meter["peer"], meter["upper"], meter["lower"]), ("10.0.0.9", 800, 600))

    def test_lengths(self):
        for datagram in GOOD.values():
            for wrong in (datagram[:-1], datagram + b"\0", datagram[:3], b""):
                self.assertRaises(wire.Broken, wire.read, wrong)
            # The same with a header that agrees.
            for body in (datagram[4:-1], datagram[4:] + b"\0", b""):
                self.assertRaises(wire.Broken, wire.read,
                                  message(datagram[0], body, more=datagram[1]))

    def test_what_must_be_zero(self):
        for kind, offsets in ZERO.items():
            for at in offsets:
                wrong = bytearray(GOOD[kind])
                self.assertEqual(wrong[at], 0, (kind, at))
                wrong[at] = 0x11
                with self.assertRaises(wire.Broken, msg=(kind, at)):
                    wire.read(bytes(wrong))

    def test_ends_of_lists(self):
        for kind in (wire.SESSION_LIST, wire.METER_LIST):
            self.assertEqual(wire.read(message(kind, bytes(4)))["entries"], [])
            self.assertRaises(wire.Broken, wire.read, message(kind, bytes(4), more=1))
            self.assertRaises(wire.Broken, wire.read, message(kind, GOOD[kind][4:], more=0))
        self.assertRaises(wire.Broken, wire.read, message(wire.CONNECTION, bytes(4)))

    def test_kinds_that_there_are_not(self):
        for kind in (0, 14, 255):
            self.assertRaises(wire.Broken, wire.read, message(kind, bytes(4)))


if __name__ == "__main__":
    unittest.main(argv=["test_wire"])
