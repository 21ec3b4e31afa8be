# SPDX-License-Identifier: Apache-2.0
# RabbitMQ's node, and nodes of Erlang that join it or may not. Packages: rabbitmq-server erlang-base

# Short names of nodes are names of hosts, which nothing else here resolves.
area_erlang() {
    local dir=$WORK/erlang
    mkdir -p "$dir"
    printf '{host, {10,20,0,1}, ["server"]}.\n{host, {10,20,0,2}, ["client"]}.\n{lookup, [file]}.\n' \
        >"$dir/inetrc"
    export ERL_INETRC=$dir/inetrc HOME=$dir
    serve epmd
    wait_tcp 4369
    RABBITMQ_NODENAME=rabbit@server RABBITMQ_MNESIA_BASE=$dir RABBITMQ_LOG_BASE=$dir \
        RABBITMQ_ENABLED_PLUGINS_FILE=$dir/plugins RABBITMQ_SERVER_ERL_ARGS="-setcookie shop" \
        serve /usr/lib/rabbitmq/bin/rabbitmq-server
    wait_tcp 25672
    sleep 4
}

# Its start script does not take it along when it ends.
erlang_stop() {
    local pid=$(ip netns exec $NS_S ss -Hltnp "sport = :25672" | sed -n 's/.*pid=\([0-9]*\).*/\1/p')
    kill "$pid"
    tail --pid="$pid" -f /dev/null
}

erlang_tools() {
    VERSIONS+="- rabbitmq-server $(dpkg-query -W -f '${Version}' rabbitmq-server)"$'\n'
    VERSIONS+="- erlang $(dpkg-query -W -f '${Version}' erlang-base)"$'\n'
}

erlang_node() { # cookie expression
    try timeout 20 erl -noshell -sname visitor@client -setcookie "$1" -eval "$2, halt()."
}

case_erlang_rabbitmq() {
    about "A node of Erlang asks for the names on the server's host, then for RabbitMQ's port, and" \
        "joins its node to call a function there."
    erlang_tools
    capture 'tcp port 4369 or tcp port 25672'
    erlang_node shop "net_adm:names(server), rpc:call(rabbit@server, erlang, node, [])"
}

case_erlang_refused() {
    about "The same with another cookie: the server ends the connection."
    erlang_tools
    capture 'tcp port 4369 or tcp port 25672'
    erlang_node other "net_adm:ping(rabbit@server)"
    erlang_stop
}
