# SPDX-License-Identifier: Apache-2.0
"""What is carried: requests of wrk to nginx, and iperf3, all on one CPU."""
import json
import os
import re

from ground import Failed, LOAD_CPU, wait_for

FILES = {"small": 612, "page": 16384}
MANY, SINGLE = 32, 1
UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}
NGINX = """daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
user root;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 10000000;
    sendfile on;
    server {{ listen 80; root {folder}/www; }}
}}
"""


def microseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * UNITS[unit]


class Load:
    """Servers in one namespace, clients in the other."""

    def __init__(self, ground, client, server, address):
        self.ground, self.client, self.address = ground, client, address
        self.serve(server)

    def serve(self, namespace):
        root = self.ground.path("www")
        os.makedirs(root, exist_ok=True)
        for name, size in FILES.items():
            with open(os.path.join(root, name), "wb") as file:
                line = b"What was asked for, in as many words as it takes to fill the file.\n"
                file.write((line * (size // len(line) + 1))[:size])
        config = self.ground.path("nginx.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(NGINX.format(folder=self.ground.folder))
        self.ground.start(namespace, LOAD_CPU, "nginx", "-c", config)
        self.ground.start(namespace, LOAD_CPU, "iperf3", "-s")

        def listen():
            listening = self.ground.run_in(namespace, LOAD_CPU, "ss", "-ltn")
            return ":80 " in listening and ":5201 " in listening

        wait_for(listen, "nginx and iperf3")

    def wrk(self, name, connections, seconds):
        said = self.ground.run_in(self.client, LOAD_CPU, "wrk", "-t1", f"-c{connections}",
                                  f"-d{seconds}s", "--latency", f"http://{self.address}/{name}")
        rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
        percentiles = dict(re.findall(r"^\s+(\d+)%\s+([\d.]+[mu]?s)", said, re.M))
        if not rate or float(rate[1]) == 0:
            raise Failed(f"wrk got no answer: {said}")
        return {"rps": float(rate[1]), "p50": microseconds(percentiles["50"]),
                "p99": microseconds(percentiles["99"])}

    def bulk(self, seconds):
        said = json.loads(self.ground.run_in(self.client, LOAD_CPU, "iperf3", "-J", "-c",
                                             self.address, "-t", str(seconds)))
        return said["end"]["sum_received"]["bits_per_second"] / 1e9

    def mixture(self):
        """A second of many small answers and some larger ones, side by side."""
        programs = [self.ground.start(self.client, LOAD_CPU, "wrk", "-t1", f"-c{connections}",
                                      "-d1s", f"http://{self.address}/{name}")
                    for name, connections in (("small", 24), ("page", 8))]
        for program in programs:
            program.wait()
