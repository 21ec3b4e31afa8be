# SPDX-License-Identifier: Apache-2.0
# gRPC by Google's library: a server and a client in Python.
# Packages: python3-grpcio

area_grpc() {
    serve /usr/bin/python3 "$HERE/grpc_calls.py" serve $SERVER 50051
    wait_tcp 50051
}

grpc_version() { /usr/bin/python3 -c 'import grpc; print("grpcio", grpc.__version__)'; }

case_grpc_calls() {
    about "Calls of all four kinds over one connection: one message each way, a stream of answers," \
        "a stream of requests, both at once; with a deadline, and compressed."
    made_with grpc_version
    capture tcp port 50051
    client /usr/bin/python3 "$HERE/grpc_calls.py" calls $SERVER 50051
}

case_grpc_refused() {
    about "Calls that fail: not permitted, without credentials, a method that does not exist, one" \
        "that the client gives up, and a listing of the services (reflection)."
    made_with grpc_version
    capture tcp port 50051
    client /usr/bin/python3 "$HERE/grpc_calls.py" refused $SERVER 50051
}

case_grpc_web() {
    about "gRPC-Web over HTTP/1.1, both sides made for this (grpc_web.py): a call that is answered," \
        "and one that is not permitted."
    made_with python3 --version
    serve python3 "$HERE/grpc_web.py" serve $SERVER 8080
    wait_tcp 8080
    capture tcp port 8080
    client python3 "$HERE/grpc_web.py" call $SERVER 8080 Get hat
    client python3 "$HERE/grpc_web.py" call $SERVER 8080 Cancel hat
}
