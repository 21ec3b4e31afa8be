# SPDX-License-Identifier: Apache-2.0
# Two transmission-cli, a small tracker of our own. Packages: transmission-cli python3

area_bittorrent() {
    local dir=$WORK/bittorrent
    mkdir -p "$dir/seed" "$dir/leech" "$dir/seed.conf" "$dir/leech.conf"
    head -c 20000 /dev/urandom >"$dir/seed/file"
    transmission-create -t udp://$SERVER:6969/announce -o "$dir/file.torrent" "$dir/seed/file" \
        >>"$WORK/server.log" 2>&1
    # No table of peers: there is no network to ask.
    local conf
    for conf in seed leech; do
        echo '{"dht-enabled": false, "encryption": 0, "utp-enabled": '"${1:-false}"'}' \
            >"$dir/$conf.conf/settings.json"
    done
    serve python3 "$HERE/tracker.py" $SERVER 6969
    wait_udp 6969
}

bittorrent_run() {
    local dir=$WORK/bittorrent
    serve env TR_CURL_VERBOSE=0 transmission-cli -g "$dir/seed.conf" -et -M -p 51413 \
        -w "$dir/seed" "$dir/file.torrent"
    sleep 3
    try timeout 12 transmission-cli -g "$dir/leech.conf" -et -M -p 51414 -w "$dir/leech" \
        "$dir/file.torrent"
}

transmission_version() { transmission-cli -V; }

case_bittorrent_file() {
    about "A file of 20 KB: the leecher learns from the tracker (over UDP) where the seeder is, and" \
        "takes the file over TCP or uTP."
    made_with transmission_version
    capture "host $CLIENT and (udp or tcp)"
    bittorrent_run
}
