# SPDX-License-Identifier: Apache-2.0
# MIT Kerberos. Packages: krb5-kdc krb5-admin-server krb5-user

area_kerberos() {
    local dir=$WORK/krb5 how
    mkdir -p "$dir"
    for how in udp tcp rc4; do
        cat >"$dir/$how.conf" <<C
[libdefaults]
default_realm = A.EXAMPLE
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
udp_preference_limit = $([ $how = tcp ] && echo 1 || echo 4000)
$([ $how = rc4 ] && printf 'allow_weak_crypto = true\npermitted_enctypes = rc4-hmac\n')
[realms]
A.EXAMPLE = {
    kdc = $SERVER
    admin_server = $SERVER
    kpasswd_server = $SERVER
}
C
    done
    cat >"$dir/kdc.conf" <<C
[kdcdefaults]
kdc_ports = 88
kdc_tcp_ports = 88
[realms]
A.EXAMPLE = {
    database_name = $dir/principal
    key_stash_file = $dir/stash
    acl_file = $dir/acl
    supported_enctypes = aes256-cts:normal aes128-cts:normal rc4-hmac:normal
}
C
    : >"$dir/acl"
    export KRB5_KDC_PROFILE=$dir/kdc.conf KRB5CCNAME=FILE:$dir/cache
    export KRB5_CONFIG=$dir/udp.conf
    kdb5_util create -s -r A.EXAMPLE -P master >>"$WORK/server.log" 2>&1
    kadmin.local -q 'addprinc -pw secret +requires_preauth amy' >>"$WORK/server.log" 2>&1
    kadmin.local -q 'addprinc -randkey HTTP/web.a.example' >>"$WORK/server.log" 2>&1
    serve krb5kdc -n
    serve kadmind -nofork
    wait_tcp 88
    wait_udp 464
}

krb5_tools() {
    made_with sh -c 'dpkg-query -W -f "krb5-kdc \${Version}\n" krb5-kdc'
}

krb5_login() { # password principal
    client sh -c "echo $1 | kinit $2"
}

case_kerberos_udp() {
    about "Over UDP: pre-authentication asked for, a login, a ticket for a service, a password" \
        "that is changed."
    krb5_tools
    capture udp port 88 or port 464
    krb5_login secret amy
    client kvno HTTP/web.a.example
    client sh -c "printf 'secret\nnewer\nnewer\n' | kpasswd amy"
    kadmin.local -q 'cpw -pw secret amy' >>"$WORK/server.log" 2>&1
}

case_kerberos_tcp() {
    about "Over TCP: a login and a ticket for a service."
    krb5_tools
    capture port 88
    export KRB5_CONFIG=$WORK/krb5/tcp.conf
    krb5_login secret amy
    client kvno HTTP/web.a.example
    export KRB5_CONFIG=$WORK/krb5/udp.conf
}

case_kerberos_refused() {
    about "A wrong password, a client and a service that nobody knows, a login with RC4 alone."
    krb5_tools
    capture port 88
    try sh -c 'echo wrong | kinit amy'
    try sh -c 'echo secret | kinit nobody'
    krb5_login secret amy
    try kvno HTTP/none.a.example
    export KRB5_CONFIG=$WORK/krb5/rc4.conf
    try sh -c 'echo secret | kinit amy'
    export KRB5_CONFIG=$WORK/krb5/udp.conf
}
