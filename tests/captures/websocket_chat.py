#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""websocket_chat.py: a server that sends everything back, and clients for it."""
import asyncio
import sys

import websockets

CONNECT = b"\x10\x10\x00\x04MQTT\x04\x02\x00<\x00\x04shop"
CONNACK = b"\x20\x02\x00\x00"


async def echo(socket):
    async for message in socket:
        await socket.send(CONNACK if message == CONNECT else message)


async def serve(host, port):
    async with websockets.serve(echo, host, port, subprotocols=["chat", "mqtt"]):
        await asyncio.Future()


async def talk(uri, messages, protocol, compression):
    async with websockets.connect(uri, subprotocols=[protocol], compression=compression) as socket:
        for message in messages:
            await socket.send(message)
            await socket.recv()
        await (await socket.ping(b"still there?"))
        await socket.close(code=1000, reason="good bye")


MESSAGES = ['{"jsonrpc": "2.0", "method": "join", "id": 1}', "hello", b"\x00\x01\x02",
            ["in ", "three ", "frames"], "long " * 400]

if __name__ == "__main__":
    what, host, port = sys.argv[1:]
    uri = f"ws://{host}:{port}/room?id=7"
    asyncio.run({
        "serve": lambda: serve(host, int(port)),
        "chat": lambda: talk(uri, MESSAGES, "chat", None),
        "compressed": lambda: talk(uri, MESSAGES, "chat", "deflate"),
        "mqtt": lambda: talk(uri, [CONNECT], "mqtt", None),
    }[what]())
