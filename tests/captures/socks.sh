# SPDX-License-Identifier: Apache-2.0
# Dante, microsocks and OpenSSH's own proxy, with nginx and OpenSSH behind them; curl, netcat.
# dnsmasq behind the datagrams, which socks_udp.py sends.
# Packages: dante-server microsocks nginx-light openssh-server curl netcat-openbsd dnsmasq-base

area_socks() {
    local dir=$WORK/socks
    mkdir -p "$dir/www" /run/sshd
    printf '<!doctype html><p>Welcome to the shop.</p>\n' >"$dir/www/index.html"
    cat >"$dir/nginx.conf" <<N
daemon off; worker_processes 1; pid $dir/pid; error_log $dir/error; user root;
events { worker_connections 64; }
http {
    access_log off; default_type text/html;
    client_body_temp_path $dir/b; proxy_temp_path $dir/p;
    fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
    server { listen 80; root $dir/www; }
}
N
    cat >"$dir/danted.conf" <<C
logoutput: stderr
internal: $SERVER port = 1080
external: eth0
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
socks block { from: 0.0.0.0/0 to: 0.0.0.0/0 port = 25 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
C
    printf '%s shop.example\n' $SERVER >"$dir/hosts"
    ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
    serve nginx -c "$dir/nginx.conf"
    # The names a proxy resolves stand in a file that only it sees.
    serve sh -c "mount --bind $dir/hosts /etc/hosts; exec danted -f $dir/danted.conf"
    serve sh -c "mount --bind $dir/hosts /etc/hosts
        exec microsocks -i $SERVER -p 1081 -u amy -P secret"
    serve sh -c "mount --bind $dir/hosts /etc/hosts
        exec /usr/sbin/sshd -D -e -f /dev/null -o ListenAddress=$SERVER -o HostKey=$dir/key \
            -o PidFile=none -o AuthorizedKeysFile=$dir/key.pub -o StrictModes=no"
    wait_tcp 22
    serve ssh -N -D $SERVER:1082 -i "$dir/key" -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null root@$SERVER
    serve dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --port=53 \
        --listen-address=$SERVER --bind-interfaces --host-record=shop.example,10.20.5.1
    wait_udp 53
    local port
    for port in 80 1080 1081 1082; do wait_tcp $port; done
}

dante_version() { danted -v; }
microsocks_version() { dpkg-query -W -f 'microsocks ${Version}\n' microsocks; }
curl_socks() { curl --version | cut -d' ' -f1-3; }

case_socks_v4() {
    about "SOCKS 4: a page by address, then a port where nobody listens."
    made_with dante_version
    made_with curl_socks
    capture tcp port 1080
    client curl -sS --socks4 "amy@$SERVER:1080" "http://$SERVER/"
    try curl -sS --socks4 "amy@$SERVER:1080" "http://$SERVER:81/"
}

case_socks_v4a() {
    about "SOCKS 4a, which sends a name: OpenSSH's proxy finds a page, Dante refuses."
    made_with ssh -V
    made_with dante_version
    made_with curl_socks
    capture tcp port 1080 or tcp port 1082
    client curl -sS --socks4a "$SERVER:1082" "http://shop.example/"
    try curl -sS --socks4a "amy@$SERVER:1080" "http://shop.example/"
}

case_socks_v5() {
    about "SOCKS 5 without a login: a page by name, a page by address, a port where nobody listens" \
        "and one that the proxy's rules forbid."
    made_with dante_version
    made_with curl_socks
    capture tcp port 1080
    client curl -sS --socks5-hostname "$SERVER:1080" "http://shop.example/"
    client curl -sS --socks5 "$SERVER:1080" "http://$SERVER/"
    try curl -sS --socks5-hostname "$SERVER:1080" "http://shop.example:81/"
    try curl -sS --socks5-hostname "$SERVER:1080" "smtp://shop.example/"
}

case_socks_login() {
    about "SOCKS 5 with a user and a password, on another port; then with a wrong one."
    made_with microsocks_version
    made_with curl_socks
    capture tcp port 1081
    client curl -sS --socks5-hostname "amy:secret@$SERVER:1081" "http://shop.example/"
    try curl -sS --socks5-hostname "amy:wrong@$SERVER:1081" "http://shop.example/"
}

case_socks_ssh() {
    about "SSH through the proxy: the server behind it speaks first. The login is refused."
    made_with dante_version
    made_with ssh -V
    capture tcp port 1080
    try ssh -o ProxyCommand="nc -X 5 -x $SERVER:1080 %h %p" -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o BatchMode=yes john@$SERVER true
}

case_socks_udp() {
    about "Datagrams through the proxy: it says where it waits for them, and a question about a" \
        "name goes that way."
    made_with dante_version
    made_with dnsmasq --version
    capture tcp port 1080 or udp
    client /usr/bin/python3 "$HERE/socks_udp.py" $SERVER 1080 $SERVER shop.example
}
