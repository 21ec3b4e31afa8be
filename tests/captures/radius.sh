# SPDX-License-Identifier: Apache-2.0
# FreeRADIUS, radclient and radeapclient. Packages: freeradius freeradius-utils

area_radius() {
    local dir=$WORK/radius
    mkdir -p "$dir"
    cat >"$dir/users" <<N
alice Cleartext-Password := "wonder"
    Framed-IP-Address = 10.20.0.77, Service-Type = Framed-User, Reply-Message = "Welcome"
N
    cat >"$dir/radiusd.conf" <<N
prefix = /usr
libdir = /usr/lib/freeradius
logdir = $dir
raddbdir = $dir
run_dir = $dir
db_dir = $dir
pidfile = $dir/pid
security {
    reject_delay = 0
    status_server = yes
}
client lan {
    ipaddr = 10.20.0.0/24
    proto = *
    secret = testing123
}
modules {
    pap {
    }
    files {
        filename = $dir/users
    }
    eap {
        default_eap_type = md5
        md5 {
        }
    }
    always ok {
        rcode = ok
    }
}
server default {
$(radius_listen auth 1812 udp)
$(radius_listen auth 1812 tcp)
$(radius_listen acct 1813 udp)
    authorize {
        eap {
            ok = return
        }
        files
        pap
    }
    authenticate {
        Auth-Type PAP {
            pap
        }
        eap
    }
    preacct {
        ok
    }
    accounting {
        ok
    }
}
N
    serve freeradius -f -l stdout -d "$dir"
    wait_udp 1812
    wait_udp 1813
}

radius_listen() {
    printf '    listen {\n        %s\n        %s\n        %s\n        %s\n    }\n' \
        "type = $1" "ipaddr = $SERVER" "port = $2" "proto = $3"
}

radius_version() { freeradius -v; }

ask() { # attributes port type more...
    local attributes=$1
    shift
    echo "$attributes" >"$WORK/radius/question"
    client radclient -f "$WORK/radius/question" -r 1 "${@:3}" $SERVER:$1 $2 testing123
}

case_radius_login() {
    about "An access request that is accepted, one that is rejected, and the state of the server."
    made_with radius_version
    capture udp port 1812
    local nas='NAS-IP-Address = 10.20.0.2, NAS-Identifier = "gate"'
    nas+=', Calling-Station-Id = "02-00-00-00-00-77"'
    ask "User-Name = \"alice\", User-Password = \"wonder\", $nas" 1812 auth
    ask "User-Name = \"alice\", User-Password = \"looking-glass\", $nas" 1812 auth || true
    ask 'Message-Authenticator = 0x00' 1812 status
}

case_radius_accounting() {
    about "A session's begin and end are accounted for."
    made_with radius_version
    capture udp port 1813
    local who='User-Name = "alice", Acct-Session-Id = "7", Called-Station-Id = "gate"'
    who+=', Framed-IP-Address = 10.20.0.77'
    ask "$who, Acct-Status-Type = Start" 1813 acct
    ask "$who, Acct-Status-Type = Stop, Acct-Session-Time = 9" 1813 acct
}

case_radius_eap() {
    about "EAP-MD5: identity, challenge, answer, success."
    made_with radius_version
    capture udp port 1812
    echo 'User-Name = "alice", Cleartext-Password = "wonder", EAP-MD5-Password = "wonder",' \
        'EAP-Code = Response, EAP-Id = 210, EAP-Type-Identity = "alice",' \
        'NAS-IP-Address = 10.20.0.2, Message-Authenticator = 0x00' >"$WORK/radius/eap"
    client radeapclient -f "$WORK/radius/eap" $SERVER:1812 auth testing123
}

case_radius_tcp() {
    about "An access request over TCP."
    made_with radius_version
    capture tcp port 1812
    ask 'User-Name = "alice", User-Password = "wonder", NAS-Identifier = "gate"' 1812 auth -P tcp
}
