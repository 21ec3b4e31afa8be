# SPDX-License-Identifier: Apache-2.0
# The NFS server in user space (Ganesha), the port mapper, the commands of libnfs.
# Packages: nfs-ganesha nfs-ganesha-vfs rpcbind libnfs-utils

area_nfs() {
    local dir=$WORK/nfs
    mkdir -p "$dir/files/deep"
    head -c 1500 /etc/services >"$dir/files/notes.txt"
    head -c 6000 /etc/services >"$dir/report.txt"
    chmod -R a+rwX "$dir/files"
    cat >"$dir/ganesha.conf" <<N
NFS_CORE_PARAM {
    Protocols = 3, 4;
    Bind_addr = $SERVER;
    MNT_Port = 20048;
    NLM_Port = 20049;
    Rquota_Port = 20050;
    Enable_NLM = false;
    Enable_RQUOTA = false;
}
NFSv4 { Graceless = true; RecoveryRoot = $dir/recovery; }
EXPORT {
    Export_Id = 1;
    Path = $dir/files;
    Pseudo = /files;
    Access_Type = RW;
    Squash = No_Root_Squash;
    SecType = sys;
    FSAL { Name = VFS; }
}
LOG { Default_Log_Level = WARN; }
N
    mkdir -p "$dir/recovery"
    serve rpcbind -f -w -h $SERVER
    wait_tcp 111
    serve ganesha.nfsd -F -L "$dir/ganesha.log" -f "$dir/ganesha.conf" -p "$dir/pid"
    wait_tcp 2049
    sleep 1
}

nfs_version() { dpkg-query -W -f '${Package} ${Version}\n' nfs-ganesha; }
libnfs_version() { dpkg-query -W -f '${Package} ${Version}\n' libnfs-utils; }
nfs_tools() {
    made_with nfs_version
    made_with libnfs_version
}

case_nfs_v3() {
    about "Version 3: the port mapper, mounting, a listing, a file read, one of 6 KB written, a" \
        "name that is not there."
    nfs_tools
    capture tcp
    client nfs-ls nfs://$SERVER$WORK/nfs/files
    client nfs-cat nfs://$SERVER$WORK/nfs/files/notes.txt
    client nfs-cp "$WORK/nfs/report.txt" nfs://$SERVER$WORK/nfs/files/report.txt
    try nfs-cat nfs://$SERVER$WORK/nfs/files/none.txt
}

case_nfs_v4() {
    about "Version 4, all in compounds: a listing, a file read, a name that is not there."
    nfs_tools
    capture tcp
    client nfs-ls "nfs://$SERVER/files?version=4"
    client nfs-cat "nfs://$SERVER/files/notes.txt?version=4"
    try nfs-cat "nfs://$SERVER/files/deep/none.txt?version=4"
}

case_nfs_port_mapper() {
    about "What runs where, asked over UDP."
    nfs_tools
    capture udp
    client rpcinfo -T udp $SERVER 100003 3
    client rpcinfo -T udp $SERVER 100005 3
}
