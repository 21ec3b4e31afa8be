# SPDX-License-Identifier: Apache-2.0
# vsftpd; curl, netcat for what it does not do. Packages: vsftpd curl openssl netcat-openbsd

area_ftp() {
    local dir=$WORK/ftp
    mkdir -p "$dir/empty" "$dir/pub/upload"
    chmod 555 "$dir/pub"
    chown ftp "$dir/pub/upload"
    printf 'account 1234-5678-9012\n' >"$dir/pub/accounts.csv"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=ftp.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    cat >"$dir/vsftpd.conf" <<C
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
anon_root=$dir/pub
anon_upload_enable=YES
write_enable=YES
anon_umask=022
local_enable=YES
seccomp_sandbox=NO
secure_chroot_dir=$dir/empty
connect_from_port_20=YES
ssl_enable=YES
allow_anon_ssl=YES
force_local_data_ssl=NO
force_local_logins_ssl=NO
require_ssl_reuse=NO
rsa_cert_file=$dir/cert.pem
rsa_private_key_file=$dir/key.pem
C
    serve vsftpd "$dir/vsftpd.conf"
    wait_tcp 21
}

ftp_tools() {
    made_with sh -c 'vsftpd -v 0>&1'
}

case_ftp_passive() {
    about "Passive transfers: a list, a download, an upload."
    ftp_tools
    capture host $CLIENT
    client curl -s --disable-epsv "ftp://$SERVER/" --user anonymous:me@a.example
    client curl -s --disable-epsv "ftp://$SERVER/accounts.csv" --user anonymous:me@a.example
    printf 'card 4111-1111-1111-1111\n' >"$WORK/cards"
    client curl -s --disable-epsv -T "$WORK/cards" "ftp://$SERVER/upload/cards-$RANDOM" \
        --user anonymous:me@a.example
}

case_ftp_extended() {
    about "EPSV over IPv6 and over IPv4, EPRT."
    ftp_tools
    capture host $CLIENT or host $CLIENT6
    client curl -s "ftp://[$SERVER6]/accounts.csv" --user anonymous:me@a.example
    client curl -s "ftp://$SERVER/accounts.csv" --user anonymous:me@a.example
    client curl -s -P - "ftp://[$SERVER6]/accounts.csv" --user anonymous:me@a.example
}

case_ftp_active() {
    about "An active transfer (PORT): the server opens the data connection."
    ftp_tools
    capture host $CLIENT
    client curl -s --disable-eprt -P - "ftp://$SERVER/accounts.csv" --user anonymous:me@a.example
}

case_ftp_refused() {
    about "A wrong password, and a PORT command with the address of another host."
    ftp_tools
    capture host $CLIENT
    try curl -s "ftp://$SERVER/" --user amy:wrong
    client sh -c "(sleep 0.3; printf 'USER anonymous\r\n'; sleep 0.3; printf 'PASS x\r\n'; sleep 0.3
        printf 'PORT 10,20,0,99,0,22\r\n'; sleep 0.3; printf 'QUIT\r\n'; sleep 0.3) |
        nc -q 1 $SERVER 21"
}

case_ftp_tls() {
    about "AUTH TLS, then a transfer with both connections under TLS 1.2."
    ftp_tools
    capture host $CLIENT
    client curl -s -k --ssl-reqd --tls-max 1.2 "ftp://$SERVER/accounts.csv" \
        --user anonymous:me@a.example
}
