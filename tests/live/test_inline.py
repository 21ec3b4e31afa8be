# SPDX-License-Identifier: Apache-2.0
"""Inline: a service port and pairs pass bytes unchanged, whole datagrams, frames that offloads left
large, and nothing else."""
import os
import socket
import subprocess
import time

import live

UNICAST = "4e:65:75:56:00:07"


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(int.from_bytes(data[i:i + 2], "big") for i in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return (~total & 0xffff).to_bytes(2, "big")


def ip_packet(payload, protocol, number, offset=0, more=False):
    flags = (0x2000 if more else 0) | offset // 8
    head = (bytes([0x45, 0]) + (20 + len(payload)).to_bytes(2, "big") + number.to_bytes(2, "big")
            + flags.to_bytes(2, "big") + bytes([64, protocol, 0, 0])
            + socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.2.2"))
    return head[:10] + checksum(head) + head[12:] + payload


def udp(payload, port):
    return (port.to_bytes(2, "big") + b"\x13\x88" + (8 + len(payload)).to_bytes(2, "big") + b"\0\0"
            + payload)


class Service(live.Live):
    """The far end of the cable is ours: what goes in there comes back, or not."""

    def setUp(self):
        super().setUp()
        self.home = self.namespace("home")
        self.veth((self.home, "vth-neuv", None), (self.home, "vbr-neuv", None))
        self.server = self.daemon(self.home, "-s", "-n", "2")
        self.server.ask("ctrl_add_srvc_port", iface="vth-neuv", jumboframe=False)
        self.server.workload("02:00:00:00:00:02", tap=False, unicast=UNICAST)
        self.cable = self.packet_socket(self.home, "vbr-neuv")

    def frame(self, packet):
        return mac_bytes(UNICAST) + mac_bytes("02:00:00:00:00:01") + b"\x08\x00" + packet

    def received(self, count, patience=live.PATIENCE):
        frames, end = [], time.monotonic() + patience
        while len(frames) < count and time.monotonic() < end:
            self.cable.settimeout(max(0.01, end - time.monotonic()))
            try:
                bytes_of_it, origin = self.cable.recvfrom(65536)
            except TimeoutError:
                break
            if origin[2] != 4:  # PACKET_OUTGOING: our own
                frames.append(bytes_of_it)
        return frames

    def test_bytes_come_back_unchanged(self):
        sent = [self.frame(ip_packet(udp(os.urandom(20 + i), 4000), 17, i)) for i in range(100)]
        for frame in sent:
            self.cable.send(frame)
        self.assertEqual(self.received(100), sent)

    def test_fragments_come_back_together(self):
        datagram = udp(os.urandom(3000), 4001)
        parts = [(0, 1480), (1480, 2960), (2960, len(datagram))]
        frames = [self.frame(ip_packet(datagram[a:b], 17, 77, a, b < len(datagram)))
                  for a, b in parts]
        for frame in frames[:2]:
            self.cable.send(frame)
        self.assertEqual(self.received(1, 0.4), [])  # they wait
        self.cable.send(frames[2])
        self.assertEqual(self.received(3), frames)
        # All of them in one batch.
        frames = [self.frame(ip_packet(datagram[a:b], 17, 78, a, b < len(datagram)))
                  for a, b in parts]
        for frame in frames:
            self.cable.send(frame)
        self.assertEqual(sorted(self.received(3)), sorted(frames))

    def test_fragments_that_overlap_do_not(self):
        datagram = udp(os.urandom(2000), 4002)
        self.cable.send(self.frame(ip_packet(datagram[:1480], 17, 79, 0, True)))
        self.cable.send(self.frame(ip_packet(datagram[1472:], 17, 79, 1472, False)))
        self.assertEqual(self.received(1, 0.5), [])

    def test_an_interface_made_anew(self):
        self.ip(self.home, "link", "del", "vth-neuv")
        time.sleep(0.3)
        self.veth((self.home, "vth-neuv", None), (self.home, "vbr-neuv", None))
        live.wait_for(lambda: "opened again" in self.server.log(), "the port again")
        self.cable = self.packet_socket(self.home, "vbr-neuv")
        frame = self.frame(ip_packet(udp(b"again", 4003), 17, 80))
        self.cable.send(frame)
        self.assertEqual(self.received(1), [frame])

    def tearDown(self):
        self.server.end()


class Pair(live.Live):
    """A client, a pod, and the daemon on the cable between them."""

    def setUp(self):
        super().setUp()
        self.client, self.pod = self.namespace("client"), self.namespace("pod")
        self.home = self.namespace("home")
        self.veth((self.client, "c0", "192.0.2.1"), (self.home, "vex0", None))
        self.veth((self.pod, "eth0", "192.0.2.2"), (self.home, "vin0", None))
        self.pod_mac = self.mac(self.pod, "eth0")
        self.web_server(self.pod, "192.0.2.2")
        self.server = self.daemon(self.home, "-s", "-n", "1")
        self.server.workload(self.pod_mac, tap=False)

    def pair(self, quarantine=False, done=True):
        self.server.ask("ctrl_add_port_pair", vex_iface="vex0", vin_iface="vin0",
                        epmac=self.pod_mac, quar=quarantine)
        if done:
            self.server.done()

    def fetch(self, patience=5):
        return live.fetch(self.client, "http://192.0.2.2/", patience)

    def test_forwards_what_is_not_forbidden(self):
        self.pair()
        self.assertEqual(self.fetch(), "200")
        live.wait_for(lambda: self.server.events("http"), "the transaction")
        self.server.end()
        flow = [f for f in self.server.events("flow") if f["proto"] == "TCP"][0]
        self.assertEqual(flow["app_proto"], "http")

    def test_large_segments_pass(self):
        """Offloads are on: segments of 64 KiB that nobody has cut or summed yet."""
        with open(os.path.join(self.folder, "large"), "wb") as file:
            file.write(os.urandom(8 << 20))
        self.pair()
        got = os.path.join(self.folder, "got")
        subprocess.run(["ip", "netns", "exec", self.client, "curl", "-s", "-m", "20", "-o", got,
                        "--noproxy", "*", "http://192.0.2.2/large"], check=True)
        with open(got, "rb") as file, open(os.path.join(self.folder, "large"), "rb") as large:
            self.assertEqual(file.read(), large.read())
        self.server.end()

    def test_quarantine_stops_all_but_broadcast(self):
        self.pair()
        self.assertEqual(self.fetch(), "200")
        self.pair(quarantine=True)
        self.assertEqual(self.fetch(1), "000")
        cable = self.packet_socket(self.pod, "eth0")
        out = self.packet_socket(self.client, "c0")
        frame = b"\xff" * 6 + mac_bytes("02:00:00:00:00:99") + b"\x88\xb5" + b"to all" + bytes(40)
        out.send(frame)
        live.wait_for(lambda: cable.recv(65536) == frame, "the broadcast")
        self.pair(quarantine=False)
        self.assertEqual(self.fetch(), "200")
        self.server.end()

    def test_removed_and_added_again(self):
        self.pair()
        self.assertEqual(self.fetch(), "200")
        self.server.ask("ctrl_del_port_pair", vex_iface="vex0", vin_iface="vin0", epmac="")
        self.server.done()
        live.wait_for(lambda: not self.server.packet_sockets(), "the end of both sockets")
        self.assertEqual(self.fetch(1), "000")
        self.pair()
        self.assertEqual(self.fetch(), "200")
        self.server.end()

    def test_both_sides_or_none(self):
        self.server.ask("ctrl_add_port_pair", vex_iface="vex0", vin_iface="nosuch0",
                        epmac=self.pod_mac, quar=False)
        self.server.done()
        self.assertEqual(self.server.packet_sockets(), 0)
        self.pair()
        self.ip(self.home, "link", "del", "vin0")
        self.veth((self.pod, "eth0", "192.0.2.2"), (self.home, "vin0", None))
        self.ip(self.pod, "link", "set", "eth0", "down")
        self.ip(self.pod, "link", "set", "eth0", "address", self.pod_mac)
        self.ip(self.pod, "link", "set", "eth0", "up")
        self.pair()
        live.wait_for(lambda: self.server.packet_sockets() == 2, "the end of the old sockets")
        self.assertEqual(self.fetch(), "200")
        self.server.end()


if __name__ == "__main__":
    live.main()
