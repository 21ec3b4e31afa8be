#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""grpc_calls.py: a shop that speaks gRPC, and its customer. Messages are plain bytes."""
import sys
import time
from concurrent import futures

import grpc

SERVICE = "shop.v1.Orders"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


def get(request, context):
    return b"order " + request


def watch(request, context):
    for state in (b"packed", b"sent", b"delivered"):
        yield request + b" " + state


def add(requests, context):
    return b"%d items" % sum(1 for _ in requests)


def chat(requests, context):
    for text in requests:
        yield b"you said " + text


def delete(request, context):
    context.abort(grpc.StatusCode.PERMISSION_DENIED, "only for managers")


def pay(request, context):
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")


def wait(request, context):
    time.sleep(2)
    return b""


def reflect(requests, context):
    for _ in requests:
        yield b"2\x10\n\x0e" + SERVICE.encode()


def serve(address):
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((
        grpc.method_handlers_generic_handler(SERVICE, {
            "Get": grpc.unary_unary_rpc_method_handler(get),
            "Watch": grpc.unary_stream_rpc_method_handler(watch),
            "Add": grpc.stream_unary_rpc_method_handler(add),
            "Chat": grpc.stream_stream_rpc_method_handler(chat),
            "Delete": grpc.unary_unary_rpc_method_handler(delete),
            "Pay": grpc.unary_unary_rpc_method_handler(pay),
            "Wait": grpc.unary_unary_rpc_method_handler(wait),
        }),
        grpc.method_handlers_generic_handler("grpc.reflection.v1alpha.ServerReflection", {
            "ServerReflectionInfo": grpc.stream_stream_rpc_method_handler(reflect),
        })))
    server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


def calls(channel):
    channel.unary_unary(f"/{SERVICE}/Get")(b"17", timeout=5)
    list(channel.unary_stream(f"/{SERVICE}/Watch")(b"17"))
    channel.stream_unary(f"/{SERVICE}/Add")(iter([b"hat", b"coat", b"shoes"]))
    list(channel.stream_stream(f"/{SERVICE}/Chat")(iter([b"hello", b"bye"])))
    channel.unary_unary(f"/{SERVICE}/Get")(b"1" * 2000, compression=grpc.Compression.Gzip)


def refused(channel):
    for method in "Delete", "Pay", "Nothing":
        try:
            channel.unary_unary(f"/{SERVICE}/{method}")(b"17")
        except grpc.RpcError as error:
            print(method, error.code())
    try:
        channel.unary_unary(f"/{SERVICE}/Wait")(b"17", timeout=0.2)
    except grpc.RpcError as error:
        print("Wait", error.code())
    list(channel.stream_stream(REFLECTION)(iter([b":\x00"])))


if __name__ == "__main__":
    what, host, port = sys.argv[1:]
    if what == "serve":
        serve(f"{host}:{port}")
    with grpc.insecure_channel(f"{host}:{port}") as connection:
        {"calls": calls, "refused": refused}[what](connection)
