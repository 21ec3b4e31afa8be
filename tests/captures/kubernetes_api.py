#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kubernetes_api.py: a small part of Kubernetes' API for kubectl, and of a kubelet.

    kubernetes_api.py ADDRESS API_PORT KUBELET_PORT

Discovery, pods and secrets of the namespace "shop", a watch, token reviews. Who brings no token may
only look at pods. Headers are those of an API server of 1.20.
"""
import http.server
import json
import sys
import threading

POD = {"metadata": {"name": "web-0", "namespace": "shop", "uid": "1", "resourceVersion": "7"},
       "spec": {"containers": [{"name": "nginx", "image": "nginx"}]},
       "status": {"phase": "Running"}}
RESOURCES = [
    {"name": "pods", "singularName": "", "namespaced": True, "kind": "Pod", "shortNames": ["po"],
     "verbs": ["create", "delete", "get", "list", "watch"]},
    {"name": "secrets", "singularName": "", "namespaced": True, "kind": "Secret",
     "verbs": ["get", "list"]},
    {"name": "nodes", "singularName": "", "namespaced": False, "kind": "Node", "shortNames": ["no"],
     "verbs": ["get", "list"]},
]


def listed(kind, items):
    return {"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": items}


def status(code, reason, message):
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code}


ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": RESOURCES},
    "/version": {"major": "1", "minor": "20", "gitVersion": "v1.20.2", "gitTreeState": "clean"},
    "/api/v1/namespaces/shop/pods": listed("PodList", [POD]),
    "/api/v1/namespaces/shop/pods/web-0": {"kind": "Pod", "apiVersion": "v1", **POD},
}


class Api(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, value, kind="application/json"):
        body = value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n"
        self.send_response_only(code)
        self.send_header("Audit-Id", "2f9d6a9c-1c55-4a55-9b8a-6a6d5f0d1e11")
        self.send_header("Cache-Control", "no-cache, private")
        self.send_header("Content-Type", kind)
        self.send_header("X-Kubernetes-Pf-Flowschema-Uid", "6b1c2c1e-7a8b-4a8e-a0b3-1f6f3a0a7f10")
        self.send_header("X-Kubernetes-Pf-Prioritylevel-Uid", "0e9d5bd8-9e0a-4b2a-8a53-2f4c0e9b7a20")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def watch(self):
        self.send_response_only(200)
        self.send_header("Audit-Id", "2f9d6a9c-1c55-4a55-9b8a-6a6d5f0d1e12")
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for kind in ("ADDED", "MODIFIED", "DELETED"):
            event = {"type": kind, "object": {"kind": "Pod", "apiVersion": "v1", **POD}}
            line = json.dumps(event).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.write(b"0\r\n\r\n")

    def refuse(self, what):
        self.answer(403, status(403, "Forbidden", what + " is forbidden: User \"system:anonymous\""
                                " cannot list resource \"" + what + "\""))

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if "watch=true" in query or "watch=1" in query:
            self.watch()
        elif path.endswith("/secrets"):
            if self.headers["Authorization"]:
                self.answer(200, listed("SecretList", []))
            else:
                self.refuse("secrets")
        elif path.endswith("/log"):
            self.answer(200, b"started\n", "text/plain")
        elif path in ANSWERS:
            self.answer(200, ANSWERS[path])
        else:
            self.answer(404, status(404, "NotFound", "not found"))

    def do_POST(self):
        n = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(n)
        if self.path.endswith("/tokenreviews"):
            review = json.loads(body)
            review["status"] = {"authenticated": True, "user": {"username": "amy"}}
            self.answer(201, review)
        else:
            self.answer(400, status(400, "BadRequest", "Upgrade request required"))

    def do_DELETE(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(200, {"kind": "Pod", "apiVersion": "v1", **POD})


class Kubelet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, code, body, kind):
        self.send_response_only(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/pods":
            body = json.dumps({"kind": "PodList", "apiVersion": "v1", "metadata": {},
                               "items": [POD]}).encode()
            self.answer(200, body, "application/json")
        else:
            self.answer(404, b"404 page not found\n", "text/plain")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(200, b"uid=0(root) gid=0(root)\n", "text/plain")


def main():
    address, api, kubelet = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    threading.Thread(target=http.server.ThreadingHTTPServer((address, kubelet), Kubelet)
                     .serve_forever, daemon=True).start()
    http.server.ThreadingHTTPServer((address, api), Api).serve_forever()


main()
