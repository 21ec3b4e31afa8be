# SPDX-License-Identifier: Apache-2.0
# FFmpeg sends a tone to a port where netcat listens. Packages: ffmpeg netcat-openbsd

area_rtp() {
    serve nc -u -l -k $SERVER 5004
    serve nc -u -l -k $SERVER 5005
    wait_udp 5004
    wait_udp 5005
}

ffmpeg_version() { ffmpeg -version | sed -n 1p; }

case_rtp_tone() {
    about "A tone of half a second, and what is reported about it on the port beside, without a" \
        "word in advance."
    made_with ffmpeg_version
    capture udp
    client ffmpeg -v error -re -f lavfi -i sine=duration=0.5 -ar 8000 -c:a pcm_mulaw \
        -f rtp rtp://$SERVER:5004
}
