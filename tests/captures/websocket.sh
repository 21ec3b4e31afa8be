# SPDX-License-Identifier: Apache-2.0
# WebSocket by a library that also compresses.
# Packages: python3-websockets

area_websocket() {
    serve /usr/bin/python3 "$HERE/websocket_chat.py" serve $SERVER 8765
    wait_tcp 8765
}

websockets_version() { /usr/bin/python3 -c 'import websockets; print("websockets", websockets.__version__)'; }

case_websocket_chat() {
    about "A subprotocol is agreed on; texts, bytes, a message in three frames, a long one and" \
        "pings both ways, JSON-RPC at first; an orderly close with a reason."
    made_with websockets_version
    capture tcp port 8765
    client /usr/bin/python3 "$HERE/websocket_chat.py" chat $SERVER 8765
}

case_websocket_compressed() {
    about "The same conversation with permessage-deflate."
    made_with websockets_version
    capture tcp port 8765
    client /usr/bin/python3 "$HERE/websocket_chat.py" compressed $SERVER 8765
}

case_websocket_mqtt() {
    about "MQTT inside of WebSocket: a client logs in and is accepted."
    made_with websockets_version
    capture tcp port 8765
    client /usr/bin/python3 "$HERE/websocket_chat.py" mqtt $SERVER 8765
}
