# SPDX-License-Identifier: Apache-2.0
# TigerVNC, server and viewer. Packages: tigervnc-standalone-server tigervnc-viewer tigervnc-tools
#           openssl

area_vnc() {
    local dir=$WORK/vnc
    mkdir -p "$dir"
    echo wonder | vncpasswd -f >"$dir/password"
    echo looking | vncpasswd -f >"$dir/wrong"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=desk.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl"
    serve_screen 1 -SecurityTypes None
    serve_screen 2 -SecurityTypes VncAuth -PasswordFile "$dir/password"
    serve_screen 3 -SecurityTypes X509None -X509Cert "$dir/cert.pem" -X509Key "$dir/key.pem"
    # Where the viewer shows what it sees.
    Xvnc :78 -SecurityTypes None -geometry 320x200 >"$dir/display" 2>&1 &
    SERVERS+=($!)
    wait_tcp 5901
    wait_tcp 5902
    wait_tcp 5903
}

serve_screen() { # number more...
    serve Xvnc :$1 -geometry 64x48 -desktop desk -interface $SERVER "${@:2}"
}

vnc_version() { Xvnc -version; }
views() { # port more...
    try env DISPLAY=:78 HOME="$WORK/vnc" timeout 2 vncviewer -ReconnectOnError=0 -RemoteResize=0 \
        -AlertOnFatalError=0 "${@:2}" $SERVER::$1
}

case_vnc_open() {
    about "A screen without a password."
    made_with vnc_version
    capture tcp port 5901
    views 5901
}

case_vnc_password() {
    about "The password of VNC, first a wrong one, then the right one."
    made_with vnc_version
    capture tcp port 5902
    views 5902 -PasswordFile "$WORK/vnc/wrong"
    views 5902 -PasswordFile "$WORK/vnc/password"
}

case_vnc_tls() {
    about "VeNCrypt: TLS from the choice of the security type on."
    made_with vnc_version
    capture tcp port 5903
    views 5903 -X509CA="$WORK/vnc/cert.pem"
}
