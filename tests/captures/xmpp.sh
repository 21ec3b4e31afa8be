# SPDX-License-Identifier: Apache-2.0
# Prosody; a client with slixmpp (xmpp_client.py). Packages: prosody python3-slixmpp

area_xmpp() {
    local dir=$WORK/xmpp
    mkdir -p "$dir/data"
    cat >"$dir/prosody.cfg.lua" <<C
daemonize = false
pidfile = "$dir/pid"
data_path = "$dir/data"
log = { info = "$dir/log" }
interfaces = { "$SERVER" }
run_as_root = true
authentication = "internal_plain"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
modules_enabled = { "roster", "saslauth", "disco", "ping", "posix" }
modules_disabled = { "tls", "s2s" }
VirtualHost "a.example"
C
    chown -R prosody:prosody "$dir"
    serve prosodyctl --config "$dir/prosody.cfg.lua" register amy a.example secret
    sleep 2
    serve prosodyctl --config "$dir/prosody.cfg.lua" register bob a.example secret
    sleep 2
    serve prosody --config "$dir/prosody.cfg.lua"
    wait_tcp 5222
}

case_xmpp_message() {
    about "A login without encryption, a roster, presence, and a message to oneself."
    made_with prosodyctl --config "$WORK/xmpp/prosody.cfg.lua" about
    capture tcp port 5222
    client timeout 15 /usr/bin/python3 "$HERE/xmpp_client.py" $SERVER amy@a.example secret
}

case_xmpp_refused() {
    about "A wrong password."
    made_with prosodyctl --config "$WORK/xmpp/prosody.cfg.lua" about
    capture tcp port 5222
    try timeout 15 /usr/bin/python3 "$HERE/xmpp_client.py" $SERVER bob@a.example wrong
}
