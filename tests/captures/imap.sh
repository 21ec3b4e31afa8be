# SPDX-License-Identifier: Apache-2.0
# Dovecot; openssl s_client for STARTTLS, curl. Packages: dovecot-imapd dovecot-pop3d curl openssl

# Also serves POP3, and logins for Postfix on port 12345.
dovecot_start() {
    local dir=$WORK/dovecot
    [ ! -e "$dir/run/master.pid" ] || return 0 # another area's, still running
    mkdir -p "$dir/run" "$dir/mail/cur" "$dir/mail/new" "$dir/mail/tmp"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mail.example \
        -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
    echo 'amy:{PLAIN}secret:::::' >"$dir/users"
    printf '%s\r\n' 'From: Bob <bob@b.example>' 'To: amy@a.example' 'Subject: invoice' \
        'MIME-Version: 1.0' 'Content-Type: multipart/mixed; boundary="part"' '' '--part' \
        'Content-Type: text/plain' '' 'See the file.' '--part' \
        'Content-Type: text/csv; name="accounts.csv"' 'Content-Transfer-Encoding: base64' '' \
        "$(printf 'account 1234-5678-9012' | base64)" '--part--' >"$dir/mail/new/1"
    chown -R nobody:nogroup "$dir/mail"
    cat >"$dir/dovecot.conf" <<C
base_dir = $dir/run
protocols = imap pop3
listen = *, ::
log_path = $dir/log
ssl = yes
ssl_cert = <$dir/cert.pem
ssl_key = <$dir/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:$dir/mail
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = $dir/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$dir
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = 12345
  }
}
C
    serve dovecot -F -c "$dir/dovecot.conf"
    wait_tcp 143
    wait_tcp 12345
}

area_imap() {
    dovecot_start
}

# Commands in a file, one line every 0.2 seconds.
slowly() { # host port file
    client sh -c "while IFS= read -r l; do sleep 0.2; printf '%s\r\n' \"\$l\"; done <$3 |
        nc -q 1 $1 $2"
}

imap_tools() {
    made_with dovecot --version
}

case_imap_session() {
    about "Login, folders, a message fetched whole and in parts, one appended."
    imap_tools
    made_with curl --version
    capture tcp port 143
    cat >"$WORK/commands" <<'C'
a1 CAPABILITY
a2 LOGIN amy secret
a3 LIST "" "*"
a4 CREATE Archive
a5 SELECT INBOX
a6 FETCH 1 (FLAGS BODY.PEEK[])
a7 UID FETCH 1:* BODY[TEXT]
a8 APPEND Archive {36+}
Subject: note
From: amy@a.example

a9 STATUS Archive (MESSAGES)
b1 COPY 9 Archive
b2 LOGOUT
C
    slowly $SERVER 143 "$WORK/commands"
    client curl -s "imap://$SERVER/INBOX;MAILINDEX=1" -u amy:secret
}

case_imap_login_refused() {
    about "A wrong password with LOGIN and with AUTHENTICATE."
    imap_tools
    capture tcp port 143
    printf '%s\n' 'a1 LOGIN amy wrong' 'a2 AUTHENTICATE PLAIN' 'AGFteQB3cm9uZw==' 'a3 LOGOUT' \
        >"$WORK/commands"
    client sh -c "while IFS= read -r l; do printf '%s\r\n' \"\$l\"; sleep 3; done <$WORK/commands |
        nc -q 1 $SERVER 143"
}

case_imap_starttls() {
    about "STARTTLS, and what is said afterwards under TLS 1.2."
    imap_tools
    made_with openssl version
    capture tcp port 143
    try sh -c "(sleep 0.5; printf 'a1 LOGIN amy secret\r\na2 LOGOUT\r\n'; sleep 1) |
        openssl s_client -quiet -tls1_2 -starttls imap -connect $SERVER:143"
}
