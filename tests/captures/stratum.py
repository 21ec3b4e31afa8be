# SPDX-License-Identifier: Apache-2.0
"""stratum.py: what miners, pools and nodes say, for talk.py. Names and numbers are made up; the forms
are those of the stratum protocol, of XMRig's and of Ethereum's interface.
"""
import json


def line(who, **members):
    return who, (json.dumps(members) + "\n").encode()


def rpc(who, **members):
    return line(who, jsonrpc="2.0", **members)


BITCOIN = [
    line("client", id=1, method="mining.subscribe", params=["cgminer/4.12.1"]),
    line("server", id=1, error=None,
         result=[[["mining.set_difficulty", "b4b6"], ["mining.notify", "ae68"]], "08000002", 4]),
    line("client", id=2, method="mining.authorize", params=["amy.rig7", "guess"]),
    line("server", id=2, result=False, error=[24, "Unauthorized worker", None]),
    line("client", id=3, method="mining.authorize", params=["amy.rig8", "secret"]),
    line("server", id=3, result=True, error=None),
    line("server", id=None, method="mining.set_difficulty", params=[2048]),
    line("server", id=None, method="mining.notify",
         params=["bf", "4d16b6f85af6e219" * 4, "01000000" * 8, "072f736c7573682f" * 4, [], "00000002",
                 "1c2ac4af", "504e86b9", False]),
    line("client", id=4, method="mining.submit",
         params=["amy.rig8", "bf", "00000001", "504e86ed", "b2957c02"]),
    line("server", id=4, result=True, error=None),
]

AGENT = "XMRig/6.20.0 (Linux x86_64) libuv/1.44.2 gcc/12.2.0"

MONERO = [
    rpc("client", id=1, method="login",
        params={"login": "44wallet", "pass": "x", "agent": AGENT, "rigid": "rig7",
                "algo": ["rx/0", "cn/r"]}),
    rpc("server", id=1, error={"code": -1, "message": "Unauthenticated"}),
    rpc("client", id=2, method="login",
        params={"login": "44walletofamy", "pass": "x", "agent": AGENT, "algo": ["rx/0"]}),
    rpc("server", id=2, error=None,
        result={"id": "9a1c", "status": "OK",
                "job": {"blob": "0e0e" * 38, "job_id": "5", "target": "b88d0600", "algo": "rx/0",
                        "height": 2900000, "seed_hash": "ab" * 32}}),
    rpc("client", id=3, method="submit",
        params={"id": "9a1c", "job_id": "5", "nonce": "d0030040", "result": "e1" * 32}),
    rpc("server", id=3, error=None, result={"status": "OK"}),
    rpc("server", method="job",
        params={"blob": "0e0f" * 38, "job_id": "6", "target": "b88d0600", "algo": "rx/0"}),
]

ETHEREUM = [
    rpc("client", id=67, method="web3_clientVersion", params=[]),
    rpc("server", id=67, result="Geth/v1.13.4/linux-amd64/go1.21"),
    rpc("client", id=68, method="eth_getBalance",
        params=["0x407d73d8a49eeb85d32cf465507dd71d507100c1", "latest"]),
    rpc("server", id=68, result="0x0234c8a3397aab58"),
    rpc("client", id=69, method="eth_sign", params=["0x9b2055d370f73ec7d8a03e965129118dc8f5bf83"]),
    rpc("server", id=69, error={"code": -32000, "message": "unknown account"}),
]
