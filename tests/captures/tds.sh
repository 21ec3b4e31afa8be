# SPDX-License-Identifier: Apache-2.0
# SQL Server: tsql of FreeTDS and the driver tedious against tds.py, for no package brings a server.
# Packages: freetds-bin nodejs npm; tedious comes from the registry of Node.js.

area_tds() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=db.example \
        -keyout "$WORK/tds.key" -out "$WORK/tds.pem" 2>/dev/null
    serve python3 "$HERE/tds.py" serve $SERVER 1433
    serve python3 "$HERE/tds.py" serve $SERVER 14330 "$WORK/tds.pem" "$WORK/tds.key"
    serve python3 "$HERE/tds.py" browse $SERVER 1434
    wait_tcp 1433
    wait_tcp 14330
    wait_udp 1434
    printf '[global]\n encryption = off\n' >"$WORK/freetds.conf"
}

tds_ask() { # version user statement...
    local version=$1 user=$2
    shift 2
    printf '%s\ngo\n' "$@" exit >"$WORK/statements"
    try sh -c "FREETDSCONF=$WORK/freetds.conf TDSVER=$version timeout 10 \
        tsql -H $SERVER -p 1433 -U $user -P secret -D orders -a shop <$WORK/statements"
}

case_tds_batches() {
    about "FreeTDS: statements with answers, one that is refused, and a login that is."
    made_with sh -c 'tsql -C | grep Version: | tr -s " "'
    capture tcp port 1433
    tds_ask 7.4 shop 'SELECT id, name FROM items' 'SELECT * FROM salaries' \
        "EXEC xp_cmdshell 'dir'"
    tds_ask 7.4 mallory 'SELECT 1'
}

case_tds_sybase() {
    about "FreeTDS speaks TDS 5.0, as to Sybase."
    made_with sh -c 'tsql -C | grep Version: | tr -s " "'
    capture tcp port 1433
    tds_ask 5.0 shop 'select name from items' 'select * from nowhere'
}

tedious() { # port encrypt
    node_client "
        const { Connection, Request, TYPES } = require('tedious');
        const c = new Connection({
            server: '$SERVER',
            authentication: { type: 'default', options: { userName: 'shop', password: 'secret' } },
            options: { port: $1, encrypt: $2, trustServerCertificate: true, database: 'orders',
                       appName: 'web', connectTimeout: 5000 },
        });
        const ask = (text, how, more) => new Promise(then => {
            const r = new Request(text, e => then(e && console.log(e.message)));
            if (more) more(r);
            c[how](r);
        });
        c.connect(async e => {
            if (e) { console.log(e); process.exit(1); }
            await ask('SELECT id, name FROM items WHERE id = @id', 'execSql',
                      r => r.addParameter('id', TYPES.Int, 7));
            await ask('SELECT \'' + 'x'.repeat(9000) + ' d\u00e9j\u00e0 vu\'', 'execSqlBatch');
            await ask('UPDATE items SET name = @name -- ' + 'y'.repeat(5000), 'execSql',
                      r => r.addParameter('name', TYPES.NVarChar, 'a name'));
            await ask('sp_orders', 'callProcedure',
                      r => r.addParameter('who', TYPES.NVarChar, 'John Smith'));
            c.close();
        });"
}

case_tds_calls() {
    about "tedious: statements as calls with parameters, a batch of several packets, a procedure."
    node_package tedious
    capture tcp port 1433
    tedious 1433 false
}

case_tds_encrypted_login() {
    about "The login is encrypted, with its handshake inside of TDS packets; what follows is not."
    made_with sh -c 'tsql -C | grep Version: | tr -s " "'
    capture tcp port 14330
    printf 'SELECT id, name FROM items\ngo\nexit\n' >"$WORK/statements"
    try sh -c "TDSVER=7.4 timeout 10 tsql -H $SERVER -p 14330 -U shop -P secret <$WORK/statements"
}

case_tds_browser() {
    about "Who asks for the instances of a host, and its answer."
    made_with python3 --version
    capture udp port 1434
    client python3 "$HERE/tds.py" ask $SERVER 1434
}
