# SPDX-License-Identifier: Apache-2.0
# nginx, nghttpd and nghttpx without TLS; curl, nghttp and h2load.
# Packages: nginx-light nghttp2-server nghttp2-proxy nghttp2-client curl

area_http2() {
    local www=$WORK/www2 i
    mkdir -p "$www" "$WORK/nginx2"
    printf '<!doctype html><title>shop</title><p>Welcome to the shop.</p>\n' >"$www/index.html"
    printf 'p { color: blue }\n' >"$www/style.css"
    for i in $(seq 400); do printf '{"id":%d,"name":"item %d"}\n' "$i" "$i"; done >"$www/items.json"
    cat >"$WORK/nginx2.conf" <<N
daemon off; worker_processes 1; pid $WORK/nginx2/pid; error_log $WORK/nginx2/error; user root;
events { worker_connections 64; }
http {
    access_log off; default_type text/html; types { application/json json; text/css css; }
    client_body_temp_path $WORK/nginx2/b; proxy_temp_path $WORK/nginx2/p;
    fastcgi_temp_path $WORK/nginx2/f; uwsgi_temp_path $WORK/nginx2/u; scgi_temp_path $WORK/nginx2/s;
    server {
        listen 8082 http2; root $www;
        location /form { proxy_pass http://127.0.0.1:8083/form; }
        location /old { return 301 http://shop.example/new; }
    }
    server { listen 127.0.0.1:8083; location /form { return 200 "stored\n"; } }
    server { listen 127.0.0.1:8084; root $www; }
}
N
    serve nginx -c "$WORK/nginx2.conf"
    serve nghttpd --no-tls -d "$www" -p/index.html=/style.css --address=$SERVER 8085
    serve nghttpx "-f$SERVER,8086;no-tls" -b127.0.0.1,8084 --errorlog-file="$WORK/nghttpx.log" --workers=1
    wait_tcp 8082
    wait_tcp 8085
    wait_tcp 8086
}

curl2_version() { curl --version | cut -d' ' -f1-3; }
nginx2_version() { nginx -v; }

case_http2_prior_knowledge() {
    about "nginx: one request of curl, then a page, JSON, a redirection and a page that is not" \
        "there over one connection of nghttp, then a form."
    made_with nginx2_version
    made_with curl2_version
    made_with nghttp --version
    capture tcp port 8082
    local url=http://$SERVER:8082 host='-H:authority: shop.example'
    client curl -sS --http2-prior-knowledge "$url/"
    client nghttp -nv "$host" "$url/index.html" "$url/items.json" "$url/old" "$url/missing"
    printf 'name=John+Smith&note=blue+shoes' >"$WORK/form"
    client nghttp -nv "$host" -H'content-type: application/x-www-form-urlencoded' -d "$WORK/form" \
        "$url/form"
}

case_http2_streams() {
    about "nghttp asks for four files at once over one connection, with priorities; the answers" \
        "are mixed, and the server pushes a style sheet."
    made_with nghttpd --version
    capture tcp port 8085
    local url=http://$SERVER:8085
    client nghttp -nv -H 'user-agent: nghttp' "$url/index.html" "$url/items.json" "$url/style.css" \
        "$url/missing"
}

case_http2_upgrade() {
    about "HTTP/1.1 becomes HTTP/2 by Upgrade: h2c; the first answer stands on stream 1. The" \
        "second request goes out as HTTP/2."
    made_with nghttpx --version
    capture tcp port 8086
    local url=http://$SERVER:8086
    client nghttp -nvu -H 'user-agent: nghttp' "$url/index.html" "$url/style.css"
}

case_http2_load() {
    about "h2load: 60 requests over two connections, ten streams at a time. All header fields but" \
        "the first come out of the table."
    made_with h2load --version
    capture tcp port 8085
    client h2load -n60 -c2 -m10 "http://$SERVER:8085/style.css"
}

case_http2_forwarded() {
    about "Requests that say for whom they ask: two over one connection by X-Forwarded-For, one over" \
        "another by Forwarded."
    made_with nginx2_version
    made_with nghttp --version
    capture tcp port 8082
    local url=http://$SERVER:8082
    client nghttp -nv -H 'x-forwarded-for: 203.0.113.7' -H 'x-forwarded-proto: https' \
        "$url/index.html" "$url/items.json"
    client nghttp -nv -H 'forwarded: for="[2001:db8::17]";proto=http' "$url/missing"
}
