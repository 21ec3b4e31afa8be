# SPDX-License-Identifier: Apache-2.0
# HAProxy on the client's side; nginx and MariaDB behind it, told by PROXY headers who asks.
# Packages: haproxy nginx-light mariadb-server mariadb-client curl

area_proxy() {
    local dir=$WORK/proxy
    mkdir -p "$dir/www" "$dir/db"
    printf '<!doctype html><p>Welcome to the shop.</p>\n' >"$dir/www/index.html"
    cat >"$dir/nginx.conf" <<N
daemon off; worker_processes 1; pid $dir/pid; error_log $dir/error; user root;
events { worker_connections 64; }
http {
    access_log off; default_type text/html;
    client_body_temp_path $dir/b; proxy_temp_path $dir/p;
    fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
    server { listen 8080 proxy_protocol; root $dir/www; }
}
N
    serve nginx -c "$dir/nginx.conf"
    chown mysql "$dir/db"
    mariadb-install-db --user=mysql --datadir="$dir/db" --auth-root-authentication-method=normal \
        >>"$WORK/server.log" 2>&1
    serve mariadbd --no-defaults --user=mysql --datadir="$dir/db" --bind-address=$SERVER \
        --port=3307 --socket="$dir/db/socket" --skip-name-resolve --proxy-protocol-networks='*'
    cat >"$dir/haproxy.cfg" <<C
defaults
    timeout connect 5s
    timeout client 5s
    timeout server 5s
listen web1
    mode http
    bind $CLIENT:8001
    server one $SERVER:8080 send-proxy
listen web2
    mode http
    bind $CLIENT:8002
    unique-id-format order-7
    server two $SERVER:8080 send-proxy-v2 proxy-v2-options unique-id,crc32c
listen db1
    mode tcp
    bind $CLIENT:3301
    server four $SERVER:3307 send-proxy
listen db2
    mode tcp
    bind $CLIENT:3302
    server five $SERVER:3307 send-proxy-v2
C
    cat >"$dir/checked.cfg" <<C
listen checked
    mode tcp
    bind $CLIENT:8003
    server three $SERVER:8080 send-proxy-v2 check check-send-proxy inter 60s
C
    wait_tcp 8080
    wait_tcp 3307
    mariadb -S "$dir/db/socket" -uroot <<'SQL'
CREATE USER app@'%' IDENTIFIED BY 'pass';
SQL
}

proxy_tools() {
    made_with haproxy -v
    made_with "$@"
}
proxy_nginx() { nginx -v; }

# It runs for one case: its checks are frames too.
through_proxy() { # cmd...; CHECKED: with a check
    beside haproxy -db -f "$WORK/proxy/haproxy.cfg" \
        ${CHECKED:+-f "$WORK/proxy/checked.cfg"}
    local pid=$!
    sleep 1
    client "$@"
    stop $pid
}

case_proxy_v1() {
    about "HAProxy says in a line of text whom it speaks for, then asks nginx for a page."
    proxy_tools proxy_nginx
    capture tcp port 8080
    through_proxy curl -sS -H 'Host: shop.example' "http://$CLIENT:8001/"
}

case_proxy_v2() {
    about "The binary header, with an id and a checksum behind the addresses, then a page; and the" \
        "LOCAL header of a check, which speaks for nobody."
    proxy_tools proxy_nginx
    capture tcp port 8080
    CHECKED=1 through_proxy curl -sS -H 'Host: shop.example' "http://$CLIENT:8002/"
}

case_proxy_mysql_v1() {
    about "The header of text to MariaDB, which speaks first, before or after it: a query without TLS."
    proxy_tools mariadbd --version
    capture tcp port 3307
    through_proxy mariadb --no-defaults -h $CLIENT -P 3301 -uapp -ppass --skip-ssl \
        -e 'SELECT 17 + 4'
}

case_proxy_mysql_v2() {
    about "The binary header to MariaDB, whose greeting does not wait for it and may be on the wire" \
        "before it: a refused login."
    proxy_tools mariadbd --version
    capture tcp port 3307
    through_proxy sh -c "mariadb --no-defaults -h $CLIENT -P 3302 -uapp -pwrong --skip-ssl \
        -e 'SELECT 1' || true"
}
