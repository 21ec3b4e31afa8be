# SPDX-License-Identifier: Apache-2.0
# Samba's name server and its client. Packages: samba samba-common-bin

area_netbios() {
    local dir=$WORK/netbios
    mkdir -p "$dir"/{private,lock,state,cache,run,log}
    cat >"$dir/smb.conf" <<N
[global]
workgroup = OFFICE
netbios name = FILES
interfaces = $SERVER/24
bind interfaces only = yes
local master = yes
wins support = yes
private dir = $dir/private
lock directory = $dir/lock
state directory = $dir/state
cache directory = $dir/cache
pid directory = $dir/run
log file = $dir/log/nmbd
N
    sed "s/^interfaces.*/interfaces = $CLIENT\/24/; s/^wins.*//" "$dir/smb.conf" >"$dir/client.conf"
}

nmb_version() { nmbd --version; }

case_netbios_names() {
    about "A name server makes itself known; a client asks for its name, asks it for all its names," \
        "and for a name that nobody has."
    made_with nmb_version
    capture udp port 137 or udp port 138
    serve nmbd --foreground -s "$WORK/netbios/smb.conf"
    wait_udp 137
    sleep 3
    client nmblookup -s "$WORK/netbios/client.conf" --unicast=$SERVER FILES
    client nmblookup -s "$WORK/netbios/client.conf" -A $SERVER
    try nmblookup -s "$WORK/netbios/client.conf" --recursion --unicast=$SERVER NOBODY
}
