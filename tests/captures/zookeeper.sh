# SPDX-License-Identifier: Apache-2.0
# ZooKeeper, its shell, and an ensemble of two. Packages: zookeeper netcat-openbsd

zookeeper_config() { # id port extra...
    local dir=$WORK/zookeeper$1
    mkdir -p "$dir"
    echo "$1" >"$dir/myid"
    {
        printf '%s\n' tickTime=500 initLimit=10 syncLimit=5 "dataDir=$dir" "clientPort=$2" \
            admin.enableServer=false '4lw.commands.whitelist=*'
        shift 2
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } >"$dir/zoo.cfg"
}

zookeeper_java() { # class args...
    local class=$1
    shift
    set -- /bin/sh -c '. /usr/share/zookeeper/bin/zkEnv.sh >/dev/null 2>&1
        exec java -cp "/usr/share/java/*" -Dzookeeper.root.logger=ERROR,CONSOLE "$@"' zk "$class" "$@"
    ZOOKEEPER=("$@")
}

area_zookeeper() {
    zookeeper_config 1 2181
    zookeeper_java org.apache.zookeeper.server.quorum.QuorumPeerMain "$WORK/zookeeper1/zoo.cfg"
    serve "${ZOOKEEPER[@]}"
    wait_tcp 2181
}

zookeeper_tools() {
    VERSIONS+="- zookeeper $(dpkg-query -W -f '${Version}' zookeeper)"$'\n'
}

case_zookeeper_session() {
    about "Its shell: nodes created, read, written, listed, missing, a login by digest, a node that" \
        "only its owner may read, the end of the session."
    zookeeper_tools
    capture tcp port 2181
    printf '%s\n' 'create /shop open' 'get /shop' 'set /shop closed' 'get /nowhere' \
        'addauth digest alice:secret' 'create /safe money auth::r' 'ls /' 'set /safe none' quit \
        >"$WORK/commands"
    zookeeper_java org.apache.zookeeper.ZooKeeperMain -server $SERVER:2181
    try sh -c '"$@" <'"$WORK/commands" sh "${ZOOKEEPER[@]}"
}

case_zookeeper_words() {
    about "The administrator's words ruok, srvr, mntr and isro, each on a connection of its own."
    zookeeper_tools
    capture tcp port 2181
    local word
    for word in ruok srvr mntr isro; do
        client sh -c "printf $word | nc $SERVER 2181"
    done
}

case_zookeeper_ensemble() {
    about "Two servers elect a leader and join: election on port 3888, follower and leader on 2888."
    zookeeper_tools
    local servers=("server.2=$SERVER:2888:3888" "server.3=$CLIENT:2888:3888")
    zookeeper_config 2 2182 "${servers[@]}"
    zookeeper_config 3 2183 "${servers[@]}"
    capture 'tcp port 2888 or tcp port 3888'
    zookeeper_java org.apache.zookeeper.server.quorum.QuorumPeerMain "$WORK/zookeeper2/zoo.cfg"
    serve "${ZOOKEEPER[@]}"
    zookeeper_java org.apache.zookeeper.server.quorum.QuorumPeerMain "$WORK/zookeeper3/zoo.cfg"
    try timeout 6 "${ZOOKEEPER[@]}"
}
