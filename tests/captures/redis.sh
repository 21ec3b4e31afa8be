# SPDX-License-Identifier: Apache-2.0
# Redis and its client; netcat for what the client does not do. Packages: redis netcat-openbsd

# Without COMMAND: the client's first question has an answer of 180 KB.
area_redis() {
    local port
    for port in 6379 6380; do
        mkdir -p "$WORK/redis$port"
        serve redis-server --port $port --bind $SERVER --save '' --appendonly no \
            --protected-mode no --dir "$WORK/redis$port" --rename-command COMMAND '' \
            $([ $port = 6380 ] && echo --requirepass secret)
        wait_tcp $port
    done
}

redis_tools() {
    made_with redis-server --version
}

case_redis_commands() {
    about "Commands and their replies: strings, numbers, lists, nothing, errors, a transaction."
    redis_tools
    capture tcp port 6379
    printf '%s\n' 'SET user:1 "John Smith" EX 100' 'GET user:1' 'GET missing' 'INCR visits' \
        'LPUSH queue a b c' 'LRANGE queue 0 -1' 'HSET item:7 name hat price 20' 'HGETALL item:7' \
        'INCR user:1' 'NOSUCH x' MULTI 'SET a 1' 'INCR a' EXEC 'EVAL "return {1,2,KEYS[1]}" 1 k' \
        >"$WORK/commands"
    client sh -c "redis-cli -h $SERVER <$WORK/commands"
}

case_redis_auth() {
    about "A server with a password, on another port: refused without it, a wrong one, the right" \
        "one with a user name."
    redis_tools
    capture tcp port 6380
    printf '%s\n' 'GET a' 'AUTH wrong' 'AUTH default secret' 'SET a 1' >"$WORK/commands"
    client sh -c "redis-cli -h $SERVER -p 6380 <$WORK/commands"
}

case_redis_pipelined() {
    about "Three hundred commands written without waiting for replies."
    redis_tools
    capture tcp port 6379
    seq 300 | sed 's/.*/SET key:& value-&\r/' >"$WORK/commands"
    client sh -c "redis-cli -h $SERVER --pipe <$WORK/commands"
}

case_redis_inline() {
    about "Inline commands: plain lines, as typed into netcat."
    redis_tools
    capture tcp port 6379
    client sh -c "(printf 'PING\r\n'; sleep 0.2; printf 'SET city Paris\r\nGET city\r\n'; sleep 0.2;
        printf 'QUIT\r\n') | nc -N $SERVER 6379"
}

case_redis_resp3() {
    about "RESP3 after HELLO 3: maps, sets, doubles, and a push message of a subscription."
    redis_tools
    capture tcp port 6379
    printf '%s\n' 'HSET h a 1 b 2' 'HGETALL h' 'SADD s x y' 'SMEMBERS s' 'ZADD z 1.5 m' \
        'ZSCORE z m' >"$WORK/commands"
    client sh -c "redis-cli -3 -h $SERVER <$WORK/commands"
    (sleep 1; client redis-cli -h $SERVER PUBLISH news hello) &
    try timeout 2 redis-cli -3 -h $SERVER SUBSCRIBE news
}
