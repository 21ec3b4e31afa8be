# SPDX-License-Identifier: Apache-2.0
# What the areas share: two namespaces, servers, and one capture at a time.
#
#   serve CMD...           a server in its namespace, until the area ends
#   client CMD...          run in the client's namespace; its output goes to the log
#   beside CMD..., stop $! the same beside the case; a server can be stopped, too
#   wait_tcp PORT          until the server listens
#   about TEXT...          first thing in a case: what the capture holds, for its README.md
#   made_with CMD...       the version line of a program, for the README.md
#   capture FILTER         starts tcpdump

SERVER=10.20.0.1 CLIENT=10.20.0.2
SERVER6=fd00:20::1 CLIENT6=fd00:20::2
NS_S=sluice-srv-$$ NS_C=sluice-cli-$$
WORK=$(mktemp -d /tmp/sluice-captures.XXXXXX)
chmod 755 "$WORK"
SERVERS=()
DUMP="" OUT=""

net_down() {
    servers_stop
    local ns i
    for ns in $NS_S $NS_C; do
        ip netns pids $ns 2>/dev/null | xargs -r kill 2>/dev/null || true
        for i in $(seq 50); do
            [ -n "$(ip netns pids $ns 2>/dev/null)" ] || break
            sleep 0.1
        done
        ip netns del $ns 2>/dev/null || true
    done
    rm -rf "$WORK"
}

net_up() {
    trap net_down EXIT
    trap 'exit 1' INT TERM
    exec 3>&2 # client() has standard error somewhere else
    trap 'echo "make.sh: failed in $OUT: $BASH_COMMAND" >&3; tail -n 5 "$WORK"/*.log >&3' ERR
    ip netns add $NS_S
    ip netns add $NS_C
    ip link add eth0 netns $NS_S address 02:00:00:00:00:01 type veth \
        peer name eth0 netns $NS_C address 02:00:00:00:00:02
    local ns
    for ns in $NS_S $NS_C; do
        # Frames as they are on a wire: no segmentation by hardware, checksums complete.
        ip netns exec $ns ethtool -K eth0 tso off gso off gro off tx off rx off sg off \
            >"$WORK/ethtool" 2>&1 || true
        ip -n $ns link set lo up
        ip -n $ns link set eth0 up
    done
    ip -n $NS_S addr add $SERVER/24 dev eth0
    ip -n $NS_C addr add $CLIENT/24 dev eth0
    ip -n $NS_S addr add $SERVER6/64 dev eth0 nodad
    ip -n $NS_C addr add $CLIENT6/64 dev eth0 nodad
    # Known neighbours: no frame is about finding them.
    local ip
    for ip in $CLIENT $CLIENT6; do
        ip -n $NS_S neigh add $ip lladdr 02:00:00:00:00:02 dev eth0 nud permanent
    done
    for ip in $SERVER $SERVER6; do
        ip -n $NS_C neigh add $ip lladdr 02:00:00:00:00:01 dev eth0 nud permanent
    done
}

# Programs that tell their host's name tell this one.
within() { # namespace hostname cmd...
    local ns=$1 name=$2
    shift 2
    ip netns exec "$ns" unshare --uts sh -c 'hostname "$0"; exec "$@"' "$name" "$@"
}

# A program of the client that goes on beside the case: `beside CMD...`, later `stop $!`.
beside() {
    (within $NS_C client "$@" || true) >>"$WORK/client.log" 2>&1 &
}

# The shell that waits for it has the program as its only child.
stop() { # pid
    local child
    child=$(cat "/proc/$1/task/$1/children" 2>/dev/null || true)
    [ -z "$child" ] || kill $child 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

client() { within $NS_C client "$@" >>"$WORK/client.log" 2>&1; }
try() { client "$@" || true; } # a refusal is what the capture is about

serve() {
    (within $NS_S server "$@" || true) >>"$WORK/server.log" 2>&1 &
    SERVERS+=($!)
}

servers_stop() {
    local pid
    [ -n "$DUMP" ] && { kill -INT "$DUMP" 2>/dev/null || true; DUMP=""; }
    for pid in "${SERVERS[@]}"; do stop "$pid"; done
    SERVERS=()
}

wait_tcp() {
    local i
    for i in $(seq 100); do
        ip netns exec $NS_S ss -Hltn "sport = :$1" | grep -q . && return 0
        sleep 0.1
    done
    echo "make.sh: nothing listens on port $1:" >&2
    tail -5 "$WORK/server.log" >&2
    return 1
}

wait_udp() {
    local i
    for i in $(seq 100); do
        ip netns exec $NS_S ss -Hlun "sport = :$1" | grep -q . && return 0
        sleep 0.1
    done
    return 1
}

capture_begin() { # area case
    OUT=$PCAPS/$1/${2//_/-}
    TITLE="$1: ${2//_/ }"
    ABOUT="" VERSIONS=""
    mkdir -p "$OUT"
}

about() { ABOUT=$*; }
made_with() { VERSIONS+="- $("$@" 2>&1 | sed -n '1{s/[[:space:]]*$//;p}')"$'\n'; }

capture() {
    : >"$WORK/dump.log"
    # The first frames must not be lost: wait until it listens.
    ip netns exec $NS_S tcpdump -Z root -i eth0 -s0 -U --immediate-mode -nn \
        -w "$OUT/input.pcap" "$@" 2>"$WORK/dump.log" &
    DUMP=$!
    local i
    for i in $(seq 100); do
        grep -q listening "$WORK/dump.log" && return 0
        sleep 0.05
    done
    cat "$WORK/dump.log" >&2
    return 1
}

capture_end() {
    sleep 0.6
    kill -INT "$DUMP"
    wait "$DUMP" || true
    DUMP=""
    grep -q '^0 packets dropped by kernel' "$WORK/dump.log" || echo "$OUT: frames were lost" >&2
    {
        printf '# %s\n\n' "$TITLE"
        fold -s -w 100 <<<"$ABOUT" | sed 's/ *$//'
        printf '\nMade by `tests/captures/make.sh` with\n\n%s' "$VERSIONS"
    } >"$OUT/README.md"
    local size
    size=$(stat -c %s "$OUT/input.pcap")
    printf '%-34s %7d bytes %s\n' "${OUT#"$PCAPS"/}" "$size" \
        "$(sed -n 's/ packets captured/ frames/p' "$WORK/dump.log")"
    [ "$size" -le 102400 ] || echo "$OUT: more than 100 KB: take less" >&2
    [ "$size" -gt 100 ] || { echo "$OUT: nothing was captured" >&2; tail -5 "$WORK"/*.log >&2; }
}

# Client libraries that are no Debian package come from the registry of Node.js, into a folder that
# stays for the next time.
NODE=${NODE_CLIENTS:-/tmp/sluice-node-clients}

node_package() { # name
    [ -d "$NODE/node_modules/$1" ] || {
        mkdir -p "$NODE"
        npm install --prefix "$NODE" --no-audit --no-fund --ignore-scripts "$1" \
            >>"$WORK/server.log" 2>&1
    }
    VERSIONS+="- node $(node --version)"$'\n'
    VERSIONS+="- $1 $(node -p "require('$NODE/node_modules/$1/package.json').version")"$'\n'
}

node_client() { # text of a program
    client timeout 60 env NODE_PATH="$NODE/node_modules" node -e "$1"
}
