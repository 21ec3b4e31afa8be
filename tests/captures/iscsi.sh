# SPDX-License-Identifier: Apache-2.0
# The SCSI target framework in user space, the commands of libiscsi. Packages: tgt libiscsi-bin

area_iscsi() {
    local name=iqn.2026-01.example.disks
    truncate -s 4M "$WORK/disk"
    # It does not end when it is asked to.
    serve timeout -k 1 300 tgtd -f --iscsi portal=$SERVER:3260 -C 7
    wait_tcp 3260
    administer --mode target --op new --tid 1 --targetname $name:open
    administer --mode target --op new --tid 2 --targetname $name:closed
    administer --mode logicalunit --op new --tid 1 --lun 1 --backing-store "$WORK/disk"
    administer --mode target --op bind --tid 1 --initiator-address ALL
    administer --mode target --op bind --tid 2 --initiator-address ALL
    administer --mode account --op new --user alice --password wonderlandia
    administer --mode account --op bind --tid 2 --user alice
}

administer() { within $NS_S server tgtadm -C 7 --lld iscsi "$@" >>"$WORK/server.log" 2>&1; }
tgt_version() { dpkg-query -W -f '${Package} ${Version}\n' tgt; }
libiscsi_version() { dpkg-query -W -f '${Package} ${Version}\n' libiscsi-bin; }
iscsi_tools() {
    made_with tgt_version
    made_with libiscsi_version
}

case_iscsi_discovery() {
    about "What the server has: a session of discovery, and one to each disk to see what it is."
    iscsi_tools
    capture tcp port 3260
    try iscsi-ls -i iqn.2026-01.example.client "iscsi://$SERVER"
}

case_iscsi_session() {
    about "A disk is asked what it is."
    iscsi_tools
    capture tcp port 3260
    client iscsi-inq -i iqn.2026-01.example.client \
        "iscsi://$SERVER/iqn.2026-01.example.disks:open/1"
}

case_iscsi_chap() {
    about "A disk behind a password: the right one, and a wrong one."
    iscsi_tools
    capture tcp port 3260
    try iscsi-inq -i iqn.2026-01.example.client \
        "iscsi://alice%wonderlandia@$SERVER/iqn.2026-01.example.disks:closed/0"
    try iscsi-inq -i iqn.2026-01.example.client \
        "iscsi://alice%looking-glass@$SERVER/iqn.2026-01.example.disks:closed/0"
}
