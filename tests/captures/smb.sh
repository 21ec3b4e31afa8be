# SPDX-License-Identifier: Apache-2.0
# Samba, server and client. Packages: samba smbclient

area_smb() {
    local dir=$WORK/smb
    mkdir -p "$dir"/{share,private,lock,state,cache,run,log,ncalrpc}
    chmod 777 "$dir/share"
    head -c 1500 /etc/services >"$dir/share/notes.txt"
    cat >"$dir/smb.conf" <<N
[global]
workgroup = OFFICE
netbios name = FILES
interfaces = $SERVER/24
bind interfaces only = yes
smb ports = 445 139
server min protocol = NT1
client min protocol = NT1
ntlm auth = ntlmv2-only
map to guest = never
disable spoolss = yes
load printers = no
security = user
passdb backend = tdbsam:$dir/private/passdb.tdb
private dir = $dir/private
lock directory = $dir/lock
state directory = $dir/state
cache directory = $dir/cache
pid directory = $dir/run
ncalrpc dir = $dir/ncalrpc
log file = $dir/log/smbd
[plans]
path = $dir/share
read only = no
force user = root
[sealed]
path = $dir/share
read only = no
force user = root
smb encrypt = required
N
    printf 'wonder\nwonder\n' | smbpasswd -c "$dir/smb.conf" -s -a root >"$dir/smbpasswd" 2>&1
    head -c 9000 /etc/services >"$dir/report.txt"
    serve smbd --foreground -s "$dir/smb.conf"
    wait_tcp 445
    wait_tcp 139
}

smb_version() { smbd --version; }

smb() { # share password commands more...
    client smbclient -s "$WORK/smb/smb.conf" "//$SERVER/$1" -U "OFFICE/root%$2" -c "$3" "${@:4}"
}

case_smb_smb3() {
    about "Version 3 as it is spoken today: login with NTLM, a listing, a file fetched, one of" \
        "9 KB stored, a folder made, a name that is not there, a file removed."
    made_with smb_version
    capture tcp port 445
    local get="get notes.txt /dev/null" put="put $WORK/smb/report.txt report.txt"
    smb plans wonder "ls; $get; $put; mkdir new; del report.txt; rmdir new; get none.txt" || true
}

case_smb_smb2() {
    about "The first dialect of version 2."
    made_with smb_version
    capture tcp port 445
    smb plans wonder "get notes.txt /dev/null" -m SMB2_02 --option='client max protocol=SMB2_02'
}

case_smb_smb1() {
    about "Version 1, behind a NetBIOS session."
    made_with smb_version
    capture tcp port 139
    local get="get notes.txt /dev/null" put="put $WORK/smb/report.txt report.txt"
    smb plans wonder "ls; $get; $put; del report.txt" -p 139 -m NT1 \
        --option='client max protocol=NT1'
}

case_smb_sealed() {
    about "A share that demands encryption."
    made_with smb_version
    capture tcp port 445
    smb sealed wonder "get notes.txt /dev/null"
}

case_smb_refused() {
    about "A wrong password, and nobody at all."
    made_with smb_version
    capture tcp port 445
    smb plans guess "ls" || true
    try smbclient -s "$WORK/smb/smb.conf" "//$SERVER/plans" -N -c ls
}
