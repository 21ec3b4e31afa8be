# SPDX-License-Identifier: Apache-2.0
"""An agent: asks as it does, reads what it is told, and knows every request with usual values."""
import json
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
# pylint: disable=wrong-import-position
import live  # noqa: E402
import wire  # noqa: E402

MAC, OTHER = "02:42:ac:11:00:02", "02:42:ac:11:00:03"

RULES = [
    {"id": 10001, "sip": "172.17.0.3", "dip": "172.17.0.2", "port": 80, "portr": 80, "proto": 6,
     "action": 5, "ingress": True, "apps": [{"app": 1001, "action": 2, "rid": 10001},
                                            {"app": 0, "action": 7, "rid": 0}]},
    {"id": 7, "sip": "0.0.0.0", "dip": "172.17.0.2", "port": 0, "portr": 65535, "proto": 0,
     "action": 2, "ingress": True},
    {"id": 8, "sip": "172.17.0.2", "dip": "10.0.0.1", "dipr": "10.0.0.9", "port": 443,
     "portr": 443, "proto": 6, "action": 2, "ingress": False},
    {"id": 9, "sip": "172.17.0.2", "dip": "0.0.0.0", "port": 443, "portr": 443, "proto": 6,
     "action": 2, "ingress": False, "fqdn": "*.example.com", "vhost": True},
]

# Every request with the values that an agent sends.
REQUESTS = {
    "ctrl_keep_alive": {"seq_num": 7},
    "ctrl_set_debug": {"categories": ["ctrl", "policy"]},
    "ctrl_add_srvc_port": {"iface": "none0", "jumboframe": False},
    "ctrl_del_srvc_port": {"iface": "none0"},
    "ctrl_add_tap_port": {"netns": "/proc/0/ns/net", "iface": "eth0", "epmac": MAC},
    "ctrl_del_tap_port": {"netns": "/proc/0/ns/net", "iface": "eth0", "epmac": ""},
    "ctrl_add_port_pair": {"vex_iface": "none1", "vin_iface": "none2", "epmac": MAC, "quar": False},
    "ctrl_del_port_pair": {"vex_iface": "none1", "vin_iface": "none2", "epmac": ""},
    "ctrl_add_nfq_port": {"netns": "/proc/0/ns/net", "iface": "eth0", "qnum": 1, "epmac": MAC,
                          "jumboframe": False},
    "ctrl_del_nfq_port": {"netns": "/proc/0/ns/net", "iface": "eth0", "qnum": 0, "epmac": ""},
    "ctrl_add_mac": {"iface": "vth-neuv", "mac": MAC, "ucmac": "4e:65:75:56:00:07",
                     "bcmac": "ff:ff:ff:00:00:07", "oldmac": "", "pmac": "", "pips": None},
    "ctrl_del_mac": {"iface": "vth-neuv", "mac": MAC},
    "ctrl_cfg_mac": {"macs": [MAC], "tap": False,
                     "apps": [{"ip_proto": 6, "port": 80, "app": 1001, "server": 0}]},
    "ctrl_cfg_nbe": {"macs": [MAC], "nbe": True},
    "ctrl_refresh_app": {},
    "ctrl_stats_macs": {"macs": [MAC]},
    "ctrl_stats_device": {},
    "ctrl_counter_device": {},
    "ctrl_count_session": {},
    "ctrl_list_session": {},
    "ctrl_clear_session": {"filter_id": 0},
    "ctrl_list_meter": {},
    "ctrl_cfg_policy": {"cmd": 1, "flag": 3, "defact": 7, "dir": 1, "mac": [MAC], "rules": RULES},
    "ctrl_cfg_set_fqdn": {"fqdn_name": "*.example.com", "fqdn_ips": ["93.184.216.34"],
                          "vhost": False},
    "ctrl_cfg_del_fqdn": {"names": ["*.example.com", "www.example.org"]},
    "ctrl_cfg_internal_net": {"flag": 3, "subnet_addr": [{"ip": "10.42.0.0",
                                                          "mask": "255.255.0.0"}]},
    "ctrl_cfg_specip_net": {"flag": 3, "subnet_addr": [{"ip": "10.96.0.0", "mask": "255.240.0.0",
                                                        "iptype": "svcip"}]},
    "ctrl_cfg_policy_addr": {"flag": 3, "subnet_addr": [{"ip": "172.17.0.2",
                                                         "mask": "255.255.255.255"}]},
    "ctrl_cfg_dlp": {"flag": 3, "mac": [MAC], "dlp_rule_names": [{"id": 20001, "action": 1}],
                     "waf_rule_names": [{"id": 40001, "action": 2}], "rule_ids": [10001],
                     "waf_rule_ids": None, "ruletype": "inside", "wafruletype": "wafoutside"},
    "ctrl_cfg_dlpmac": {"delmac": [MAC]},
    "ctrl_bld_dlp": {"flag": 3, "dir": 1,
                     "dlp_rules": [{"name": "dlp.ssn", "id": 20001,
                                    "patterns": ["/\\d{3}-\\d{2}-\\d{4}/is; context body"]}],
                     "mac": [MAC], "delmac": []},
    "ctrl_bld_dlpmac": {"oldmac": [MAC], "addmac": [OTHER], "delmac": []},
    "ctrl_sys_conf": {"xff_enabled": True},
    "ctrl_disable_net_policy": {"disable_net_policy": False},
    "ctrl_detect_unmanaged_wl": {"detect_unmanaged_wl": True},
    "ctrl_enable_icmp_policy": {"enable_icmp_policy": True},
    "ctrl_strict_group_mode": {"strict_group_mode": False},
}

ANSWERED = {
    "ctrl_keep_alive": wire.KEEP_ALIVE,
    "ctrl_stats_macs": wire.MAC_STATS,
    "ctrl_stats_device": wire.DEVICE_STATS,
    "ctrl_counter_device": wire.DEVICE_COUNTER,
    "ctrl_count_session": wire.SESSION_COUNT,
    "ctrl_list_session": wire.SESSION_LIST,
    "ctrl_list_meter": wire.METER_LIST,
}


class Agent:
    """One connection to a daemon."""

    def __init__(self, folder, daemon_path, name="a"):
        self.path = os.path.join(folder, f"agent-{name}.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        self.socket.bind(self.path)
        self.socket.settimeout(live.PATIENCE)
        self.daemon_path = daemon_path

    def send_raw(self, data):
        self.socket.sendto(data, self.daemon_path)

    def send(self, name, value=None):
        self.send_raw(json.dumps({name: REQUESTS[name] if value is None else value}).encode())

    def receive(self):
        return wire.read(self.socket.recv(65536))

    def ask(self, name, value=None):
        """All parts of the answer."""
        self.send(name, value)
        parts = [self.receive()]
        while parts[-1]["more"]:
            parts.append(self.receive())
        for part in parts:
            assert part["kind"] == ANSWERED[name], part
        return parts

    def alive(self, number=9):
        """Everything before has been carried out when this returns."""
        assert self.ask("ctrl_keep_alive", {"seq_num": number})[0]["seq"] == number

    def sessions(self):
        return [s for part in self.ask("ctrl_list_session") for s in part["entries"]]

    def close(self):
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)


class Listener:
    """Where the agent listens."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(0.1)
        self.seen = []

    def read(self):
        try:
            while True:
                self.seen.append(wire.read(self.socket.recv(65536)))
        except TimeoutError:
            return self.seen

    def wait(self, kind, matches=lambda m: True, patience=live.PATIENCE):
        """The first message of a kind that matches."""
        return live.wait_for(
            lambda: next((m for m in self.read() if m["kind"] == kind and matches(m)), None),
            f"a message of kind {kind}", patience)

    def close(self):
        self.socket.close()
        os.unlink(self.path)
