# SPDX-License-Identifier: Apache-2.0
"""What the processes of Apache Spark say: an executor, its driver, and another executor."""
import struct


def text(s):
    return struct.pack(">I", len(s)) + s


def frame(kind, fields, body=b""):
    return struct.pack(">QB", 9 + len(fields) + len(body), kind) + fields + body


def utf(s):
    return struct.pack(">H", len(s)) + s


def call(endpoint, java_class):
    java = b"\xac\xed\0\5sr" + utf(java_class) + bytes(8) + b"\2\0\0xp"
    address = b"\1" + utf(b"10.20.0.2") + struct.pack(">I", 40123)
    return address + b"\1" + utf(b"10.20.0.1") + struct.pack(">I", 7078) + utf(endpoint) + java


def rpc(number, body):
    return frame(3, struct.pack(">QI", number, len(body)), body)


def reply(number, body):
    return frame(4, struct.pack(">QI", number, len(body)), body)


CHECK = call(b"endpoint-verifier", b"org.apache.spark.rpc.netty.RpcEndpointVerifier$CheckExistence")
REGISTER = call(b"CoarseGrainedScheduler",
                b"org.apache.spark.scheduler.cluster.CoarseGrainedClusterMessages$RegisterExecutor")
BEAT = call(b"HeartbeatReceiver", b"org.apache.spark.Heartbeat")
TRUE = b"\xac\xed\0\5sr\0\x11java.lang.Boolean\xcd r\x80\xd5\x9c\xfa\xee\2\0\1Z\0\5valuexp\1"
JAR = b"/jars/shop.jar"
OPEN = b"\0" + text(b"app-20240101120000-0001") + text(b"2") + struct.pack(">I", 1) \
    + text(b"shuffle_0_1_2")
HANDLE = b"\3" + struct.pack(">QI", 77001, 1)

DRIVER = [
    ("client", rpc(4611686018427387001, CHECK)),
    ("server", reply(4611686018427387001, TRUE)),
    ("client", rpc(4611686018427387002, REGISTER)),
    ("server", reply(4611686018427387002, TRUE)),
    ("client", frame(6, text(JAR))),
    ("server", frame(7, text(JAR) + struct.pack(">Q", 1200)) + b"PK\3\4" + bytes(1196)),
    ("client", frame(6, text(b"/jars/none.jar"))),
    ("server", frame(8, text(b"/jars/none.jar") + text(b"Stream '/jars/none.jar' was not found."))),
    ("client", frame(9, struct.pack(">I", len(BEAT)), BEAT)),
]

BLOCKS = [
    ("client", rpc(4611686018427387003, OPEN)),
    ("server", reply(4611686018427387003, HANDLE)),
    ("client", frame(0, struct.pack(">QI", 77001, 0))),
    ("server", frame(1, struct.pack(">QI", 77001, 0), b"row one, row two" * 40)),
]
