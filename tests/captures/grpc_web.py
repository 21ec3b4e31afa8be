#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""grpc_web.py: calls of gRPC-Web over HTTP/1.1.

    grpc_web.py serve ADDRESS PORT          sends back what it gets; shop.Orders/Cancel is not permitted
    grpc_web.py call ADDRESS PORT METHOD TEXT

A message is a byte of flags, four of length, protocol buffers; the trailers come as one more, its
flag 0x80.
"""
import http.client
import http.server
import struct
import sys

TYPE = "application/grpc-web+proto"


def frame(flags, body):
    return struct.pack(">BI", flags, len(body)) + body


class Orders(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        message = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.path.endswith("/Cancel")
        body = b"" if refused else message + frame(0x80, b"grpc-status: 0\r\n")
        self.send_response_only(200)
        self.send_header("Content-Type", TYPE)
        if refused:
            self.send_header("grpc-status", "7")
            self.send_header("grpc-message", "not yours")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def call(address, port, method, text):
    connection = http.client.HTTPConnection(address, port)
    message = b"\x0a" + bytes([len(text)]) + text.encode()
    connection.request("POST", "/shop.Orders/" + method, frame(0, message),
                       {"Content-Type": TYPE, "X-Grpc-Web": "1", "User-Agent": "grpc_web.py"})
    print(connection.getresponse().read())


if sys.argv[1] == "serve":
    http.server.ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), Orders).serve_forever()
call(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5])
