# SPDX-License-Identifier: Apache-2.0
# nginx, Python's http.server, Apache, Jetty, Tomcat, Node.js and a small WebSocket pair; curl and
# netcat. Packages: nginx-light apache2-bin jetty9 tomcat10 nodejs npm curl netcat-openbsd python3

URL=http://$SERVER

area_http() {
    local www=$WORK/www i
    mkdir -p "$www/api" "$WORK/nginx"
    printf '<!doctype html><title>shop</title><p>Welcome to the shop.</p>\n' >"$www/index.html"
    for i in $(seq 60); do
        printf '{"id":%d,"name":"item %d","price":%d.50}\n' "$i" "$i" $((i * 3))
    done >"$www/api/items.json"
    cat >"$WORK/nginx.conf" <<N
daemon off; worker_processes 1; pid $WORK/nginx/pid; error_log $WORK/nginx/error; user root;
events { worker_connections 64; }
http {
    access_log off; default_type text/html; types { application/json json; text/html html; }
    client_body_temp_path $WORK/nginx/b; proxy_temp_path $WORK/nginx/p;
    fastcgi_temp_path $WORK/nginx/f; uwsgi_temp_path $WORK/nginx/u; scgi_temp_path $WORK/nginx/s;
    gzip on; gzip_types application/json; gzip_min_length 200;
    server {
        listen 80; listen [::]:80; root $www;
        location /form { client_max_body_size 1m; return 200 "thanks\n"; }
        location /empty { return 204; }
        location /old { return 301 http://shop.example/new; }
        location /upload { proxy_pass http://127.0.0.1:81/form; }
    }
    server { listen 127.0.0.1:81; location /form { return 200 "stored\n"; } }
}
N
    serve nginx -c "$WORK/nginx.conf"
    serve python3 -m http.server --bind $SERVER --directory "$www" 8000
    serve python3 "$HERE/websocket.py" serve $SERVER 8001
    wait_tcp 80
    wait_tcp 8000
    wait_tcp 8001
}

nginx_version() { nginx -v; }
curl_version() { curl --version | cut -d' ' -f1-3; }
http_tools() {
    made_with nginx_version
    made_with curl_version
}

case_http_keep_alive() {
    about "One connection of curl, six requests after each other: a page, JSON that comes gzipped" \
        "in chunks, a HEAD, a redirection, a page that is not there, and an answer without a body."
    http_tools
    capture tcp port 80
    client curl -sS -H 'Host: shop.example' "$URL/" \
        --next -sS -H 'Host: shop.example' --compressed "$URL/api/items.json?limit=60" \
        --next -sS -H 'Host: shop.example' -I "$URL/index.html" \
        --next -sS -H 'Host: shop.example' "$URL/old" \
        --next -sS -H 'Host: shop.example' "$URL/missing" \
        --next -sS -H 'Host: shop.example' "$URL/empty"
}

case_http_post() {
    about "Bodies of requests: a form, JSON, multipart with 100-continue, and one in chunks."
    http_tools
    capture tcp port 80
    client curl -sS -H 'Host: shop.example' -d 'name=John+Smith&note=blue+shoes' "$URL/form" \
        --next -sS -H 'Host: shop.example' -H 'Content-Type: application/json' \
        -d '{"user":"john","password":"secret"}' "$URL/form" \
        --next -sS -H 'Host: shop.example' -H 'Expect: 100-continue' \
        -F "file=@$WORK/www/api/items.json" -F note=x "$URL/upload" \
        --next -sS -H 'Host: shop.example' -H 'Transfer-Encoding: chunked' \
        -T "$WORK/www/api/items.json" "$URL/upload"
}

case_http_pipelined() {
    about "Three requests in one segment; the answers follow each other."
    http_tools
    capture tcp port 80
    printf 'GET /%s HTTP/1.1\r\nHost: shop.example\r\n%s\r\n' index.html '' api/items.json '' \
        missing $'Connection: close\r\n' >"$WORK/requests"
    client sh -c "nc -N $SERVER 80 <$WORK/requests"
}

case_http_ipv6() {
    about "The same server over IPv6; the address stands in the Host header."
    http_tools
    capture ip6 and tcp port 80
    client curl -sS "http://[$SERVER6]/"
}

case_http_until_close() {
    about "HTTP/1.0 server on another port: every answer ends its connection."
    made_with python3 --version
    made_with curl_version
    capture tcp port 8000
    client curl -sS "http://$SERVER:8000/" "http://$SERVER:8000/api/"
}

case_http_websocket() {
    about "An upgrade to WebSocket, then text and a ping both ways and an orderly close."
    made_with python3 --version
    capture tcp port 8001
    client python3 "$HERE/websocket.py" talk $SERVER 8001
}

case_http_refused() {
    about "What is not HTTP sent to a web server: it answers with an error and closes. Whether that" \
        "is a session of HTTP is left open; there is no request."
    http_tools
    capture tcp port 80
    client sh -c "printf 'HELO shop.example\r\n\r\n' | nc -N $SERVER 80"
}

# The same little session with every product: a page, one that is not there.
ask_product() { # port
    client curl -sS -H 'Host: shop.example' "$URL:$1/" "$URL:$1/missing"
}

case_http_apache() {
    about "Apache names itself in the header Server."
    made_with apache2 -v
    made_with curl_version
    local dir=$WORK/apache
    mkdir -p "$dir"
    cat >"$dir/conf" <<C
ServerName shop.example
ServerRoot $dir
PidFile $dir/pid
ErrorLog $dir/error
Listen $SERVER:8002
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
DocumentRoot $WORK/www
C
    serve apache2 -X -f "$dir/conf"
    wait_tcp 8002
    capture tcp port 8002
    ask_product 8002
}

case_http_jetty() {
    about "Jetty names itself in the header Server."
    made_with dpkg-query -W jetty9
    made_with curl_version
    local dir=$WORK/jetty
    mkdir -p "$dir/webapps/ROOT" "$dir/resources"
    cp "$WORK/www/index.html" "$dir/webapps/ROOT/"
    serve java -Djetty.home=/usr/share/jetty9 -Djetty.base="$dir" \
        -jar /usr/share/jetty9/start.jar --module=http,deploy jetty.http.host=$SERVER \
        jetty.http.port=8003 jetty.httpConfig.sendServerVersion=true
    wait_tcp 8003
    sleep 3 # its pages come later than its port
    capture tcp port 8003
    ask_product 8003
}

case_http_tomcat() {
    about "Tomcat sends no header Server; only its page of an error tells its name."
    made_with dpkg-query -W tomcat10
    made_with curl_version
    local dir=$WORK/tomcat
    mkdir -p "$dir"/{conf,logs,temp,work,webapps/ROOT}
    cp "$WORK/www/index.html" "$dir/webapps/ROOT/"
    cp /usr/share/tomcat10/etc/web.xml "$dir/conf/"
    cat >"$dir/conf/server.xml" <<C
<Server port="-1"><Service name="shop">
<Connector address="$SERVER" port="8004" protocol="HTTP/1.1"/>
<Engine name="shop" defaultHost="shop"><Host name="shop" appBase="webapps"/></Engine>
</Service></Server>
C
    serve env CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE="$dir" \
        /usr/share/tomcat10/bin/catalina.sh run
    wait_tcp 8004
    capture tcp port 8004
    ask_product 8004
}

case_http_nodejs() {
    about "Express on Node.js names itself in the header X-Powered-By."
    node_package express
    made_with curl_version
    serve env NODE_PATH="$NODE/node_modules" node -e "const app = require('express')();
        app.get('/', (q, a) => a.send('<p>Welcome to the shop.</p>'));
        app.listen(8005, '$SERVER');"
    wait_tcp 8005
    capture tcp port 8005
    ask_product 8005
}

# nginx in the client's namespace as a proxy that says for whom it asks.
case_http_forwarded() {
    about "A proxy, nginx, adds the address of its client, a curl beside it, to X-Forwarded-For;" \
        "one request names another client before, one has headers of other kinds. By default the" \
        "first element counts."
    http_tools
    mkdir -p "$WORK/proxy"
    cat >"$WORK/proxy.conf" <<N
daemon off; worker_processes 1; pid $WORK/proxy/pid; error_log $WORK/proxy/error; user root;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $WORK/proxy/b; proxy_temp_path $WORK/proxy/p;
    fastcgi_temp_path $WORK/proxy/f; uwsgi_temp_path $WORK/proxy/u; scgi_temp_path $WORK/proxy/s;
    upstream shop { server $SERVER:80; keepalive 1; }
    server {
        listen 127.0.0.1:8090;
        location / {
            proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host shop.example;
            proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https;
            proxy_set_header X-Forwarded-Port 443;
            proxy_set_header X-Forwarded-Host \$host;
        }
        location /old {
            proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Forwarded 'for=_hidden;proto=https, for="[2001:db8::17]:4711"';
            proxy_set_header X-Real-IP 198.51.100.17;
        }
    }
}
N
    capture tcp port 80
    beside nginx -c "$WORK/proxy.conf"
    local proxy=$! i
    for i in $(seq 50); do
        client curl -s -o "$WORK/out" -H 'X-Forwarded-For: 203.0.113.7' http://127.0.0.1:8090/ && break
        sleep 0.1
    done
    client curl -sS http://127.0.0.1:8090/api/items.json
    client curl -sS http://127.0.0.1:8090/old
    stop $proxy
}

case_http_details() {
    about "What events tell when the configuration asks for header lines and request bodies: forms," \
        "JSON and multipart with passwords, an Authorization header, a cookie, an answer that comes" \
        "gzipped in chunks."
    http_tools
    capture tcp port 80
    client curl -sS -u john:secret -b 'session=abcdef; theme=blue' -d 'user=john&password=secret&age=42' \
        "$URL/form" \
        --next -sS -H 'Content-Type: application/json' \
        -d '{"user":"john","password":"secret","card":"4111111111111111"}' "$URL/form" \
        --next -sS -F user=john -F password=secret "$URL/form" \
        --next -sS --compressed "$URL/api/items.json"
}
