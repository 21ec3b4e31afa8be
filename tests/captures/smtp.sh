# SPDX-License-Identifier: Apache-2.0
# Postfix, which throws away what it takes, with logins by Dovecot; swaks, and netcat for what it
# does not do. Packages: postfix swaks dovecot-imapd netcat-openbsd

area_smtp() {
    local dir=$WORK/postfix sbin
    sbin=$(postconf -d -h daemon_directory)
    mkdir -p "$dir/queue" "$dir/data"
    chown postfix "$dir/data"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mx.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    cat >"$dir/main.cf" <<C
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
myhostname = mx.example
mydestination = b.example
mynetworks = 127.0.0.0/8
inet_interfaces = all
disable_dns_lookups = yes
local_recipient_maps =
local_transport = discard:
default_transport = discard:
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
smtpd_tls_security_level = may
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:12345
smtpd_recipient_restrictions = permit_sasl_authenticated, reject_unauth_destination
maillog_file = /dev/null
maillog_file_prefixes = /dev
alias_maps =
C
    sed 's/^\([a-z].* \)y\( .*\)$/\1n\2/' /etc/postfix/master.cf | grep -v '^postlog' >"$dir/master.cf"
    dovecot_start
    postfix -c "$dir" check >>"$WORK/server.log" 2>&1 || true
    serve "$sbin/master" -c "$dir" -d
    wait_tcp 25
}

smtp_tools() {
    made_with postconf -d mail_version
}

case_smtp_mail() {
    about "A message with an attachment in base64, to two recipients; a second one in the same" \
        "session after RSET."
    smtp_tools
    made_with swaks --version
    capture tcp port 25
    printf 'account 1234-5678-9012\n' >"$WORK/accounts.csv"
    client swaks --server $SERVER --ehlo client.example --from amy@a.example \
        --to bob@b.example,carl@b.example --header 'Subject: invoice' --body 'See the file.' \
        --attach-type text/csv --attach-name accounts.csv --attach "@$WORK/accounts.csv"
}

case_smtp_pipelined() {
    about "Commands written without waiting for answers, two messages, one sender refused."
    smtp_tools
    capture tcp port 25
    client sh -c "(sleep 0.3; printf 'EHLO client.example\r\n'; sleep 0.3
        printf 'MAIL FROM:<amy@a.example>\r\nRCPT TO:<bob@b.example>\r\nDATA\r\n'; sleep 0.3
        printf 'Subject: one\r\n\r\n..first\r\n.\r\nMAIL FROM:<amy@a.example>\r\n'
        printf 'RCPT TO:<eve@elsewhere.example>\r\nRSET\r\nMAIL FROM:<amy@a.example> BODY=8BITMIME\r\n'
        printf 'RCPT TO:<bob@b.example>\r\nDATA\r\n'; sleep 0.3
        printf 'Subject: two\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
        printf 'caf=C3=A9 =\r\nau lait\r\n.\r\nQUIT\r\n'; sleep 0.3) | nc -q 1 $SERVER 25"
}

case_smtp_chunks() {
    about "A message in two chunks (BDAT)."
    smtp_tools
    capture tcp port 25
    client sh -c "(sleep 0.3; printf 'EHLO client.example\r\n'; sleep 0.3
        printf 'MAIL FROM:<amy@a.example>\r\nRCPT TO:<bob@b.example>\r\nBDAT 20\r\n'
        printf 'Subject: three\r\n\r\nabBDAT 6 LAST\r\ncd\r\n.\nQUIT\r\n'; sleep 0.5) |
        nc -q 1 $SERVER 25"
}

case_smtp_login() {
    about "A login with a wrong password, and the right one (LOGIN, PLAIN)."
    smtp_tools
    made_with swaks --version
    capture tcp port 25
    try swaks --server $SERVER --ehlo client.example --from amy@a.example --to bob@c.example \
        --auth LOGIN --auth-user amy --auth-password wrong
    client swaks --server $SERVER --ehlo client.example --from amy@a.example --to bob@c.example \
        --auth PLAIN --auth-user amy --auth-password secret
}

case_smtp_starttls() {
    about "STARTTLS, and a message under TLS 1.2."
    smtp_tools
    made_with openssl version
    capture tcp port 25
    try sh -c "(sleep 0.5; printf 'EHLO client.example\r\nMAIL FROM:<amy@a.example>\r\n'; sleep 0.3
        printf 'RCPT TO:<bob@b.example>\r\nDATA\r\n'; sleep 0.3
        printf 'Subject: four\r\n\r\nx\r\n.\r\nQUIT\r\n'; sleep 0.5) |
        openssl s_client -quiet -tls1_2 -crlf -starttls smtp -name client.example \
            -connect $SERVER:25"
}
