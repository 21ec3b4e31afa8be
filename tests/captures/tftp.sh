# SPDX-License-Identifier: Apache-2.0
# tftpd-hpa; tftp-hpa, curl and busybox as clients. Packages: tftpd-hpa tftp-hpa curl busybox

area_tftp() {
    mkdir -p "$WORK/tftp"
    seq 400 >"$WORK/tftp/boot.cfg"
    : >"$WORK/tftp/upload"
    chmod 777 "$WORK/tftp" "$WORK/tftp/upload"
    serve in.tftpd -L -s -u nobody --address $SERVER:69 "$WORK/tftp"
    wait_udp 69
}

tftpd_version() { in.tftpd -V; }
tftp_version() { tftp -V; }

case_tftp_read() {
    about "A file read in blocks of 512 bytes; the data come from a port of their own."
    made_with tftpd_version
    made_with tftp_version
    capture udp
    client tftp -m binary $SERVER -c get boot.cfg "$WORK/got"
}

case_tftp_options() {
    about "A file read with options: the server answers them first (OACK)."
    made_with tftpd_version
    capture udp
    client curl -sS --tftp-blksize 1024 "tftp://$SERVER/boot.cfg" -o "$WORK/got"
}

case_tftp_write() {
    about "A file written."
    made_with tftpd_version
    made_with tftp_version
    capture udp
    seq 200 >"$WORK/upload"
    client sh -c "cd $WORK && tftp -m binary $SERVER -c put upload upload"
}

case_tftp_missing() {
    about "A file that is not there: an error instead of data."
    made_with tftpd_version
    made_with tftp_version
    capture udp
    try tftp -m octet $SERVER -c get nowhere.cfg "$WORK/got"
}
