# SPDX-License-Identifier: Apache-2.0
# GStreamer's RTSP server, ffmpeg as player.
# Packages: gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-base ffmpeg
#           gstreamer1.0-plugins-good

area_rtsp() {
    serve /usr/bin/python3 "$HERE/rtsp_server.py" $SERVER 8554
    wait_tcp 8554
}

rtsp_version() { dpkg-query -W -f '${Package} ${Version}\n' gir1.2-gst-rtsp-server-1.0; }
ffmpeg_version() { ffmpeg -version; }
rtsp_tools() {
    made_with rtsp_version
    made_with ffmpeg_version
}

play() { # transport seconds
    client ffmpeg -nostdin -loglevel error -rtsp_transport "$1" -min_port 16000 -max_port 16001 \
        -i rtsp://$SERVER:8554/tone \
        -t "$2" -f null -
}

case_rtsp_udp() {
    about "A second of a tone: the media (RTP) and their reports (RTCP) come over UDP, to the" \
        "ports that SETUP agreed upon."
    rtsp_tools
    capture port 8554 or udp
    play udp 1
}

case_rtsp_interleaved() {
    about "The same with the media inside the connection."
    rtsp_tools
    capture tcp port 8554
    play tcp 1
}

case_rtsp_tunnel() {
    about "RTSP through HTTP: a GET whose answer does not end, and a POST whose body is RTSP in" \
        "base64."
    rtsp_tools
    capture tcp port 8554
    play http 0.4
}

case_rtsp_not_found() {
    about "A name that the server does not have."
    rtsp_tools
    capture tcp port 8554
    try ffmpeg -nostdin -loglevel error -rtsp_transport tcp -i rtsp://$SERVER:8554/none -f null -
}
