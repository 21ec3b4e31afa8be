# SPDX-License-Identifier: Apache-2.0
"""What the daemon tells its agent, read strictly: every length, every offset, every byte of padding.

Written after the documented layouts, not after the daemon's encoder.
"""
import ipaddress
import struct

APP_UPDATE, SESSION_LIST, SESSION_COUNT, DEVICE_COUNTER, METER_LIST, THREAT_LOG = 1, 2, 3, 4, 5, 6
CONNECTION, MAC_STATS, DEVICE_STATS, KEEP_ALIVE, FQDN_UPDATE = 7, 8, 9, 10, 11
FQDN_STORAGE, FQDN_RELEASE = 12, 13
FORWARDED = 0x0010  # of the flags of a session
LISTS = (SESSION_LIST, METER_LIST)  # what comes in parts


class Broken(AssertionError):
    """A message that is not as documented."""


def demand(truth, what):
    if not truth:
        raise Broken(what)


def mac(data):
    return ":".join(f"{byte:02x}" for byte in data)


def address(data, ether_type):
    """IPv4 in the first four bytes, and then nothing; IPv6 in all."""
    if ether_type == 0x86DD:
        return str(ipaddress.IPv6Address(data))
    demand(data[4:] == bytes(12), "bytes behind an IPv4 address")
    return str(ipaddress.IPv4Address(data[:4]))


def text(data):
    end = data.find(b"\0")
    demand(end >= 0, "a text without its end")
    demand(data[end:] == bytes(len(data) - end), "bytes behind the end of a text")
    return data[:end].decode()


def numbers(data, offset, names, form):
    """Consecutive numbers of one size as a dictionary."""
    size = {"I": 4, "Q": 8, "H": 2, "B": 1}[form]
    values = struct.unpack_from(f">{len(names)}{form}", data, offset)
    return dict(zip(names, values)), offset + size * len(names)


def keep_alive(body):
    demand(len(body) == 4, "KEEP_ALIVE")
    return {"seq": struct.unpack(">I", body)[0]}


def session_count(body):
    demand(len(body) == 20, "SESSION_COUNT")
    return numbers(body, 0, ("all", "tcp", "udp", "icmp", "ip"), "I")[0]


def app_update(body):
    demand(len(body) >= 8, "APP_UPDATE")
    count = struct.unpack_from(">H", body, 6)[0]
    demand(len(body) == 8 + 10 * count, "APP_UPDATE")
    ports = []
    for i in range(count):
        port, proto, server, app, ip_proto, pad = struct.unpack_from(">HHHHBB", body, 8 + 10 * i)
        demand(pad == 0, "padding of a port")
        ports.append({"port": port, "proto": proto, "server": server, "application": app,
                      "ip_proto": ip_proto})
    return {"mac": mac(body[:6]), "ports": ports}


def entries(body, size, one):
    demand(len(body) >= 4, "a list")
    count, reserved = struct.unpack_from(">HH", body)
    demand(reserved == 0, "reserved bytes of a list")
    demand(len(body) == 4 + size * count, f"a list of {count} entries in {len(body)} bytes")
    return {"entries": [one(body[4 + size * i:4 + size * (i + 1)]) for i in range(count)]}


def session(e):
    ether = struct.unpack_from(">H", e, 10)[0]
    demand(ether in (0x0800, 0x86DD), f"ether type {ether:#x}")
    demand(e[63] == 0, "padding of a session")
    s = {"id": struct.unpack_from(">I", e)[0], "mac": mac(e[4:10]), "ether": ether,
         "client_mac": mac(e[12:18]), "server_mac": mac(e[18:24]),
         "client_ip": address(e[24:40], ether), "server_ip": address(e[40:56], ether)}
    s["client_port"], s["server_port"] = struct.unpack_from(">HH", e, 56)
    s["icmp_code"], s["icmp_type"], s["ip_proto"] = e[60:63]
    counts, _ = numbers(e, 64, ("client_packets", "server_packets", "client_bytes", "server_bytes",
                                "client_held", "server_held", "client_held_bytes",
                                "server_held_bytes"), "I")
    s.update(counts)
    s["client_state"], s["server_state"] = e[96], e[97]
    demand(e[96] <= 11 and e[97] <= 11, "a state that TCP has not")
    s["idle"], s["age"], s["life"], s["application"] = struct.unpack_from(">HIHH", e, 98)
    s["threat"], s["policy"], s["action"], s["severity"], s["flags"] = struct.unpack_from(
        ">IIBBH", e, 108)
    demand(s["action"] <= 7 and s["severity"] <= 5 and s["flags"] < 0x1000, "flags of a session")
    s["xff_ip"] = address(e[120:136], ether)
    s["xff_app"], s["xff_port"] = struct.unpack_from(">HH", e, 136)
    if not s["flags"] & FORWARDED:
        demand(e[120:] == bytes(20), "for whom it asks, and it asks for nobody")
    return s


def connection(e):
    ether = struct.unpack_from(">H", e, 44)[0]
    demand(ether in (0x0800, 0x86DD), f"ether type {ether:#x}")
    demand(e[7] == 0, "padding of a connection")
    c = {"mac": mac(e[:6]), "ip_proto": e[6], "client_ip": address(e[12:28], ether),
         "server_ip": address(e[28:44], ether)}
    c["server_port"], c["client_port"] = struct.unpack_from(">HH", e, 8)
    c["flags"] = struct.unpack_from(">H", e, 46)[0]
    first, _ = numbers(e, 48, ("bytes", "sessions", "first", "last"), "I")
    c.update(first)
    c["application"], c["action"], c["severity"] = struct.unpack_from(">HBB", e, 64)
    rest, _ = numbers(e, 68, ("policy", "violates", "threat", "open", "sessions_minute"), "I")
    c.update(rest)
    c["bytes_minute"] = struct.unpack_from(">Q", e, 88)[0]
    demand(c["first"] <= c["last"], "a connection that was seen last before it was seen first")
    demand(c["action"] <= 7 and c["severity"] <= 5, "an action or severity that is none")
    return c


def meter(e):
    demand(e[35] == 0, "padding of a meter")
    m = {"mac": mac(e[:6]), "meter": e[32], "flags": e[33], "span": e[34]}
    demand(m["meter"] <= 3 and m["flags"] < 4, "a meter that there is not")
    m["idle"], m["count"], m["last_count"] = struct.unpack_from(">HII", e, 6)
    m["peer"] = address(e[16:32], 0x0800 if m["flags"] & 1 or e[16:32] == bytes(16) else 0x86DD)
    m["upper"], m["lower"] = struct.unpack_from(">II", e, 36)
    demand(m["lower"] <= m["upper"], "the limits of a meter")
    return m


def threat_log(body):
    demand(len(body) == 2184, "THREAT_LOG")
    ether = struct.unpack_from(">H", body, 22)[0]
    packet, captured = struct.unpack_from(">HH", body, 64)
    demand(packet <= 2048 and packet <= captured, "lengths of the packet of a threat")
    demand(body[132 + packet:132 + 2048] == bytes(2048 - packet), "bytes behind a packet")
    demand(body[2180:] == bytes(4), "the hash of a name")
    t, _ = numbers(body, 0, ("threat", "at", "count"), "I")
    demand(t["count"] >= 1, "a threat that has not happened")
    t["action"], t["severity"], t["ip_proto"], t["flags"] = body[12:16]
    demand(1 <= t["action"] <= 5 and 1 <= t["severity"] <= 5 and t["flags"] < 8, "a threat's flags")
    t.update(mac=mac(body[16:22]), src=address(body[24:40], ether),
             dst=address(body[40:56], ether), packet=body[132:132 + packet],
             text=text(body[68:132]))
    t["src_port"], t["dst_port"] = struct.unpack_from(">HH", body, 56)
    t["icmp_code"], t["icmp_type"], t["application"] = struct.unpack_from(">BBH", body, 60)
    return t


WINDOW = ("sessions_in", "sessions_out")
WINDOW_LONG = ("packets_in", "packets_out", "bytes_in", "bytes_out")


def stats(body):
    demand(len(body) == 176, "statistics")
    interval, pad = struct.unpack_from(">II", body)
    demand(interval == 5 and pad == 0, f"interval {interval}")
    s, at = numbers(body, 8, ("sessions_in", "sessions_out", "open_in", "open_out"), "I")
    long, at = numbers(body, at, WINDOW_LONG, "Q")
    s.update(long)
    for name in ("1", "12", "60"):
        short, at = numbers(body, at, WINDOW, "I")
        long, at = numbers(body, at, WINDOW_LONG, "Q")
        s[name] = {**short, **long}
    demand(at == 176, "the end of statistics")
    return s


COUNTERS = ("rx", "rx_drop", "tx", "tx_drop", "error", "no_workload", "ipv4", "ipv6", "tcp",
            "tcp_no_session", "udp", "icmp", "other", "held", "released", "fragments",
            "released_fragments", "timeout_fragments", "sessions", "tcp_sessions", "udp_sessions",
            "icmp_sessions", "ip_sessions", "drop_meters", "proxy_meters", "meters", "log_caches")


def counters(body):
    demand(len(body) == 568, "DEVICE_COUNTER")
    c, at = numbers(body, 0, COUNTERS, "Q")
    demand(at == 216, "the beginning of the parsers' counters")
    c["parser_sessions"] = struct.unpack_from(">20Q", body, 216)
    c["parser_packets"] = struct.unpack_from(">20Q", body, 376)
    rules, at = numbers(body, 536, ("rules", "range_rules", "domains", "domain_addresses"), "I")
    c.update(rules)
    c["refused"], c["accepted"] = struct.unpack_from(">QQ", body, at)
    return c


def fqdn_update(body):
    demand(len(body) >= 262, "FQDN_UPDATE")
    count, reserved = struct.unpack_from(">HH", body, 256)
    demand(reserved == 0 and body[260] <= 1 and body[261] == 0, "flags of a name")
    demand(len(body) == 262 + 16 * count, "FQDN_UPDATE")
    return {"name": text(body[:256]), "vhost": body[260] == 1,
            "addresses": [address(body[262 + 16 * i:278 + 16 * i], 0x0800) for i in range(count)]}


def storage(body):
    demand(len(body) == 272, "IP_FQDN_STORAGE_UPDATE")
    return {"address": address(body[:16], 0x0800), "name": text(body[16:])}


def release(body):
    demand(len(body) == 16, "IP_FQDN_STORAGE_RELEASE")
    return {"address": address(body, 0x0800)}


READERS = {
    APP_UPDATE: app_update,
    SESSION_LIST: lambda body: entries(body, 140, session),
    SESSION_COUNT: session_count,
    DEVICE_COUNTER: counters,
    METER_LIST: lambda body: entries(body, 44, meter),
    THREAT_LOG: threat_log,
    CONNECTION: lambda body: entries(body, 96, connection),
    MAC_STATS: stats,
    DEVICE_STATS: stats,
    KEEP_ALIVE: keep_alive,
    FQDN_UPDATE: fqdn_update,
    FQDN_STORAGE: storage,
    FQDN_RELEASE: release,
}


def read(datagram):
    """A message as a dictionary with its kind and whether more parts follow."""
    demand(4 <= len(datagram) <= 8192, f"a datagram of {len(datagram)} bytes")
    kind, more, length = struct.unpack_from(">BBH", datagram)
    demand(length == len(datagram), f"{length} bytes announced, {len(datagram)} came")
    demand(kind in READERS, f"kind {kind}")
    demand(more <= 1 and (kind in LISTS or not more), f"more {more} of kind {kind}")
    message = {"kind": kind, "more": bool(more), **READERS[kind](datagram[4:])}
    if kind in LISTS:
        demand(bool(message["entries"]) == message["more"],
               "parts of a list have entries, and its end has none")
    if kind == CONNECTION:
        demand(message["entries"], "a report of no connection")
    return message
