# SPDX-License-Identifier: Apache-2.0
# PostgreSQL, psql and pgbench. Packages: postgresql

PG=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)

area_postgresql() {
    local dir=$WORK/postgresql
    mkdir -p "$dir"
    chown postgres "$dir"
    su postgres -c "$PG/initdb -D $dir/data -A trust -E UTF8 --no-locale" >>"$WORK/server.log" 2>&1
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=db.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    chmod 600 "$dir/key.pem"
    chown postgres "$dir"/*.pem
    printf 'ssl = on\nssl_cert_file = %s\nssl_key_file = %s\n' "'$dir/cert.pem'" "'$dir/key.pem'" \
        >>"$dir/data/postgresql.conf"
    cat >"$dir/data/pg_hba.conf" <<'H'
local   all all trust
hostssl all all 10.20.0.0/24 scram-sha-256
host    all old 10.20.0.0/24 md5
host    all open 10.20.0.0/24 trust
host    all all 10.20.0.0/24 scram-sha-256
H
    serve su postgres -c "exec $PG/postgres -D $dir/data -h $SERVER -p 5432 -k $dir -c fsync=off"
    wait_tcp 5432
    su postgres -c "psql -q -h $dir postgres" <<'SQL'
CREATE DATABASE shop;
CREATE ROLE app LOGIN SUPERUSER PASSWORD 'pass';
CREATE ROLE open LOGIN SUPERUSER;
SET password_encryption = 'md5';
CREATE ROLE old LOGIN PASSWORD 'pass';
SQL
    su postgres -c "psql -q -h $dir shop" <<'SQL'
CREATE TABLE items (id serial PRIMARY KEY, name text, price numeric(8,2));
INSERT INTO items (name, price) VALUES ('shoe', 12.50), ('sock', 3.00), ('hat', 20.25);
SQL
}

postgresql_tools() {
    made_with "$PG/postgres" --version
}

ask_postgresql() { # user option...
    local user=$1
    shift
    try env PGPASSWORD=pass PGAPPNAME=shop psql -X "host=$SERVER dbname=shop user=$user \
        sslmode=${MODE:-disable}" "$@"
}

case_postgresql_queries() {
    about "A login with SCRAM-SHA-256; queries with rows, an error, a transaction, several" \
        "statements in one message."
    postgresql_tools
    capture tcp port 5432
    ask_postgresql app -c 'SELECT id, name FROM items WHERE price < 15' \
        -c 'SELECT * FROM nowhere' -c 'BEGIN; UPDATE items SET price = price + 1; COMMIT' \
        -c 'SHOW server_version'
}

case_postgresql_md5() {
    about "A login with an MD5 answer, and one with a wrong password."
    postgresql_tools
    capture tcp port 5432
    ask_postgresql old -c 'SELECT 1'
    try env PGPASSWORD=wrong psql -X "host=$SERVER dbname=shop user=old sslmode=disable" -c 'SELECT 1'
}

case_postgresql_copy() {
    about "COPY from the client and to it."
    postgresql_tools
    capture tcp port 5432
    seq 4 60 | sed 's/\(.*\)/\1\titem \1\t\1.50/' >"$WORK/items"
    ask_postgresql open -c "\\copy items FROM '$WORK/items'" -c '\copy items TO STDOUT'
}

case_postgresql_prepared() {
    about "The extended protocol: pgbench prepares its statements and executes them."
    postgresql_tools
    local bench="env PGSSLMODE=disable $PG/pgbench -h $SERVER -U open"
    client $bench -i -s 1 -q shop
    capture tcp port 5432
    client $bench -c 1 -t 3 -n -S -M prepared shop
}

case_postgresql_tls() {
    about "The client asks for TLS, the server agrees with one byte, a handshake follows."
    postgresql_tools
    capture tcp port 5432
    MODE=require ask_postgresql app -c 'SELECT 1'
}

case_postgresql_no_tls() {
    about "The client would like TLS for a user without it; it is refused and both go on in clear."
    postgresql_tools
    su postgres -c "psql -q -h $WORK/postgresql postgres -c 'ALTER SYSTEM SET ssl = off' \
        -c 'SELECT pg_reload_conf()'" >>"$WORK/server.log"
    sleep 1
    capture tcp port 5432
    MODE=prefer ask_postgresql app -c 'SELECT 1'
}

case_postgresql_injection() {
    about "Queries, and a prepared statement, into which somebody has put more than a value; harmless" \
        "ones before them."
    postgresql_tools
    printf '%s;\n' "SELECT name FROM items WHERE name = 'hat' OR 'a'='a'" >"$WORK/script"
    capture tcp port 5432
    ask_postgresql open -c '\d items' -c "SELECT name FROM items WHERE name = 'it''s -- a hat'" \
        -c "SELECT name FROM items WHERE id = 1; DROP TABLE items_of_others" \
        -c "SELECT name FROM items WHERE id = (SELECT 1 FROM pg_sleep(0))"
    try env PGSSLMODE=disable "$PG/pgbench" -h $SERVER -U open -n -t 1 -M extended -f "$WORK/script" \
        shop
}
