# SPDX-License-Identifier: Apache-2.0
# Dovecot, as in imap.sh. Packages: dovecot-pop3d curl openssl netcat-openbsd

area_pop3() {
    dovecot_start
    wait_tcp 110
}

case_pop3_session() {
    about "Login, capabilities, lists, a message fetched with an attachment, one that is not there."
    imap_tools
    capture tcp port 110
    printf '%s\n' CAPA 'USER amy' 'PASS secret' STAT LIST UIDL 'TOP 1 1' 'RETR 1' 'RETR 7' QUIT \
        >"$WORK/commands"
    slowly $SERVER 110 "$WORK/commands"
}

case_pop3_login_refused() {
    about "A wrong password with PASS and with AUTH PLAIN."
    imap_tools
    capture tcp port 110
    printf '%s\n' 'USER amy' 'PASS wrong' 'AUTH PLAIN' 'AGFteQB3cm9uZw==' QUIT >"$WORK/commands"
    client sh -c "while IFS= read -r l; do printf '%s\r\n' \"\$l\"; sleep 3; done <$WORK/commands |
        nc -q 1 $SERVER 110"
}

case_pop3_stls() {
    about "STLS, and what is said afterwards under TLS 1.2."
    imap_tools
    made_with openssl version
    capture tcp port 110
    try sh -c "(sleep 0.5; printf 'USER amy\r\nPASS secret\r\nQUIT\r\n'; sleep 1) |
        openssl s_client -quiet -tls1_2 -starttls pop3 -connect $SERVER:110"
}
