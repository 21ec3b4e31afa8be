# SPDX-License-Identifier: Apache-2.0
# MariaDB and its client; sysbench for the binary protocol. Packages: mariadb-server sysbench

area_mysql() {
    local dir=$WORK/mysql
    mkdir -p "$dir"
    chown mysql "$dir"
    mariadb-install-db --user=mysql --datadir="$dir" --auth-root-authentication-method=normal \
        >>"$WORK/server.log" 2>&1
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=db.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    chown mysql "$dir"/*.pem
    serve mariadbd --no-defaults --user=mysql --datadir="$dir" --bind-address=$SERVER --port=3306 \
        --socket="$dir/socket" --skip-name-resolve --innodb-flush-log-at-trx-commit=0 \
        --ssl-cert="$dir/cert.pem" --ssl-key="$dir/key.pem"
    wait_tcp 3306
    mariadb -S "$dir/socket" -uroot <<'SQL'
CREATE DATABASE shop;
CREATE USER app@'%' IDENTIFIED BY 'pass';
GRANT ALL ON shop.* TO app@'%';
CREATE TABLE shop.items (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40), price DECIMAL(8,2));
INSERT INTO shop.items (name, price) VALUES ('shoe', 12.50), ('sock', 3.00), ('hat', 20.25);
SQL
}

mysql_tools() {
    made_with mariadbd --version
    made_with mariadb --version
}

case_mysql_queries() {
    about "A login (mysql_native_password), queries that answer with rows, with a count and with an" \
        "error, a transaction, and a change of the database."
    mysql_tools
    capture tcp port 3306
    printf '%s;\n' 'SELECT id, name FROM items WHERE price < 15' \
        'SELECT * FROM nowhere' \
        'BEGIN' "UPDATE items SET price = price + 1 WHERE name = 'hat'" 'COMMIT' \
        'USE information_schema' 'SELECT VERSION()' >"$WORK/sql"
    try sh -c "mariadb --no-defaults --force -h $SERVER -uapp -ppass --skip-ssl shop <$WORK/sql"
}

case_mysql_refused() {
    about "A wrong password: the login ends with error 1045."
    mysql_tools
    capture tcp port 3306
    try mariadb --no-defaults -h $SERVER -uapp -pwrong --skip-ssl shop -e 'SELECT 1'
}

case_mysql_prepared() {
    about "Prepared statements in the binary protocol: prepared once, executed several times."
    mysql_tools
    made_with sysbench --version
    local bench="sysbench --mysql-host=$SERVER --mysql-user=app --mysql-password=pass
        --mysql-db=shop --mysql-ssl=off --tables=1 --table-size=20 --threads=1 oltp_point_select"
    client $bench prepare
    capture tcp port 3306
    client $bench --events=6 --time=0 run
}

case_mysql_tls() {
    about "A login over TLS: the client asks for it after the greeting; the certificate is not seen" \
        "(TLS 1.3)."
    mysql_tools
    capture tcp port 3306
    client mariadb --no-defaults -h $SERVER -uapp -ppass --ssl shop -e 'SELECT COUNT(*) FROM items'
}

case_mysql_compressed() {
    about "The compressed protocol: short packets as they are, a long statement and rows packed with" \
        "zlib."
    mysql_tools
    capture tcp port 3306
    {
        printf 'SELECT %s AS line;\n' "'$(printf 'a shoe, a sock, %.0s' $(seq 60))'"
        printf '%s;\n' "SELECT * FROM items" "SELECT * FROM nowhere"
    } >"$WORK/sql"
    try sh -c "mariadb --no-defaults --compress --force -h $SERVER -uapp -ppass --skip-ssl shop \
        <$WORK/sql"
}

case_mysql_injection() {
    about "What becomes of queries into which somebody has put more than a value: harmless ones first," \
        "then those that are told, and one that is stopped."
    mysql_tools
    capture tcp port 3306
    printf '%s;\n' "SELECT id, name FROM items WHERE 1=1 AND name = 'O''Brien -- OR 1=1'" \
        "SELECT name FROM items WHERE id = 1 AND 4711=4711" \
        "SELECT name, price FROM items WHERE id = 1 UNION SELECT 1, @@version" \
        "SELECT name FROM items WHERE id = 1 AND EXTRACTVALUE(1, CONCAT(0x7e, VERSION()))" \
        "SELECT name FROM items WHERE name = 'x' OR '1'='1'" >"$WORK/sql"
    try sh -c "mariadb --no-defaults --force -h $SERVER -uapp -ppass --skip-ssl shop <$WORK/sql"
}
