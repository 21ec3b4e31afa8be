# SPDX-License-Identifier: Apache-2.0
# xrdp, FreeRDP. Packages: xrdp freerdp2-x11 openssl tigervnc-standalone-server

area_rdp() {
    local dir=$WORK/rdp kind
    mkdir -p "$dir"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=desk.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl"
    for kind in negotiate rdp; do
        cat >"$dir/$kind.ini" <<N
[Globals]
port=$([ $kind = rdp ] && echo 3390 || echo 3389)
security_layer=$kind
certificate=$dir/cert.pem
key_file=$dir/key.pem
crypt_level=high
address=$SERVER
[Logging]
LogFile=/dev/null
[Xorg]
name=Xorg
lib=libxup.so
N
        serve xrdp --nodaemon --config "$dir/$kind.ini"
    done
    Xvnc :77 -SecurityTypes None -geometry 320x200 >"$dir/display" 2>&1 &
    SERVERS+=($!)
    wait_tcp 3389
    wait_tcp 3390
}

xrdp_version() { xrdp --version | sed '/^$/d'; }
freerdp_version() { xfreerdp --version || true; }
rdp_tools() {
    made_with xrdp_version
    made_with freerdp_version
}
connects() { # port more...
    try env DISPLAY=:77 HOME="$WORK/rdp" timeout 3 xfreerdp /v:$SERVER:$1 /u:alice /p:wonder \
        /cert:ignore "${@:2}"
}

case_rdp_tls() {
    about "The client offers TLS, the server takes it: a connection request with the user's name," \
        "its answer, and TLS from there on."
    rdp_tools
    capture tcp port 3389
    connects 3389 /sec:tls
}

case_rdp_old() {
    about "The security of old: the client's settings are told in the clear."
    rdp_tools
    capture tcp port 3390
    connects 3390 /sec:rdp
}

case_rdp_refused() {
    about "The server has only the security of old, which the client does not want: it leaves."
    rdp_tools
    capture tcp port 3390
    connects 3390 /sec:nla
}
