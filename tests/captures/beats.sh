# SPDX-License-Identifier: Apache-2.0
# Lumberjack: its second version by beats.py, whose server also answers the client library of
# Node.js, which makes frames of the first. Packages: python3, nodejs, npm

area_beats() {
    serve python3 "$HERE/beats.py" server 5044
    wait_tcp 5044
}

case_beats_plain() {
    about "Two batches of events, not compressed, by our own client (beats.py)."
    made_with python3 --version
    capture tcp port 5044
    client python3 "$HERE/beats.py" client $SERVER 5044 0
}

case_beats_compressed() {
    about "Two batches of events, compressed, by our own client (beats.py)."
    made_with python3 --version
    capture tcp port 5044
    client python3 "$HERE/beats.py" client $SERVER 5044 3
}

case_beats_version1() {
    about "Events of pairs, in frames made by a library. It speaks TLS only, so they are sent by hand."
    node_package lumberjack-protocol
    capture tcp port 5044
    node_client "
        const frames = require('lumberjack-protocol/lib/lumberjack');
        const socket = require('net').connect(5044, '$SERVER', () => {
            socket.write(frames.makeWindowSizeFrame(1000));
            socket.write(frames.makeDataFrame(1, {line: 'two apples', host: 'till.example'}));
            socket.write(frames.makeDataFrame(2, {line: 'a pear', host: 'till.example'}));
        });
        socket.on('data', () => setTimeout(() => socket.end(), 300));"
}
