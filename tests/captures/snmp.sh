# SPDX-License-Identifier: Apache-2.0
# Net-SNMP's agent and commands. Packages: snmpd snmp snmptrapd

area_snmp() {
    local dir=$WORK/snmp
    mkdir -p "$dir"
    cat >"$dir/snmpd.conf" <<N
agentaddress udp:$SERVER:161
rocommunity public
rwcommunity private
createUser carol SHA "authentication" AES "privacy-of-it"
createUser dave MD5 "authentication"
rouser carol priv
rouser dave auth
sysLocation cellar
sysContact admin@lab.example
sysName box.lab.example
sysDescr A box in the cellar
N
    serve env SNMP_PERSISTENT_DIR="$dir" snmpd -f -C -c "$dir/snmpd.conf" -Lo -I -smux
    wait_udp 161
}

snmp_version() { snmpd -v | sed '/^$/d'; }
asks() { client env SNMP_PERSISTENT_DIR="$WORK/snmp-client" MIBS= "$@"; }

case_snmp_v1() {
    about "Version 1: a question, the next one, and a name that is not there."
    made_with snmp_version
    capture udp port 161
    asks snmpget -v1 -c public $SERVER 1.3.6.1.2.1.1.5.0
    asks snmpgetnext -v1 -c public $SERVER 1.3.6.1.2.1.1.5.0
    asks snmpget -v1 -c public $SERVER 1.3.6.1.2.1.99.0 || true
}

case_snmp_v2c() {
    about "Version 2: a question for several values, a walk in bulk, a value that may not be set," \
        "and a community that is not known."
    made_with snmp_version
    capture udp port 161
    asks snmpget -v2c -c public $SERVER 1.3.6.1.2.1.1.1.0 1.3.6.1.2.1.1.4.0
    asks snmpbulkget -v2c -c public -Cr4 $SERVER 1.3.6.1.2.1.1
    asks snmpset -v2c -c public $SERVER 1.3.6.1.2.1.1.6.0 s attic || true
    asks snmpget -v2c -c guess -r 0 -t 0.3 $SERVER 1.3.6.1.2.1.1.1.0 || true
}

case_snmp_v3() {
    about "Version 3: discovery, then a question in the clear, then one encrypted, and a wrong" \
        "password."
    made_with snmp_version
    capture udp port 161
    asks snmpget -v3 -l authNoPriv -u dave -a MD5 -A authentication $SERVER 1.3.6.1.2.1.1.5.0
    asks snmpget -v3 -l authPriv -u carol -a SHA -A authentication -x AES -X privacy-of-it $SERVER \
        1.3.6.1.2.1.1.5.0
    asks snmpget -v3 -l authNoPriv -u dave -a MD5 -A guess-of-mine $SERVER 1.3.6.1.2.1.1.5.0 || true
}

case_snmp_trap() {
    about "Messages that nobody asked for: traps of both versions, and one that wants an answer."
    made_with snmp_version
    capture udp port 162
    echo 'disableAuthorization yes' >"$WORK/snmp/trapd.conf"
    serve env SNMP_PERSISTENT_DIR="$WORK/snmp" snmptrapd -f -C -c "$WORK/snmp/trapd.conf" -Lo \
        udp:$SERVER:162
    wait_udp 162
    local port="1.3.6.1.2.1.2.2.1.1.2 i 2" link=1.3.6.1.6.3.1.1.5
    asks snmptrap -v1 -c public $SERVER 1.3.6.1.4.1.8072.9999 10.20.0.2 2 0 '' $port
    asks snmptrap -v2c -c public $SERVER '' $link.4 $port
    asks snmpinform -v2c -c public $SERVER '' $link.3 $port
}
