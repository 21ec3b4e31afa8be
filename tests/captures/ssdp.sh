# SPDX-License-Identifier: Apache-2.0
# MiniDLNA, found by the client of MiniUPnP. Packages: minidlna miniupnpc

area_ssdp() {
    local dir=$WORK/dlna ns
    mkdir -p "$dir/media" "$dir/db" "$dir/log"
    for ns in $NS_S $NS_C; do ip -n $ns route add 239.0.0.0/8 dev eth0; done
    cat >"$dir/conf" <<C
port=8200
network_interface=eth0
friendly_name=Shop window
media_dir=$dir/media
db_dir=$dir/db
log_dir=$dir/log
inotify=no
notify_interval=60
C
}

minidlna_version() { minidlnad -V; }
miniupnpc_version() { dpkg-query -W -f 'miniupnpc ${Version}\n' miniupnpc; }

media_server() { serve minidlnad -S -f "$WORK/dlna/conf" -P "$WORK/dlna/pid"; }

case_ssdp_notify() {
    about "A media server comes and goes: NOTIFY to all."
    made_with minidlna_version
    capture udp port 1900
    media_server
    sleep 3
    stop "${SERVERS[-1]}"
}

case_ssdp_search() {
    about "A search for routers of several kinds and for any root device; the media server answers" \
        "from port 1900 to where the search came from."
    made_with minidlna_version
    made_with miniupnpc_version
    media_server
    wait_tcp 8200
    sleep 3
    capture udp and host $CLIENT
    try upnpc -m eth0 -s
}
