# SPDX-License-Identifier: Apache-2.0
# Dovecot's ManageSieve server; its commands from a file.
# Packages: dovecot-managesieved netcat-openbsd

area_sieve() {
    local dir=$WORK/sieve
    mkdir -p "$dir/run" "$dir/home"
    echo 'amy:{PLAIN}secret:::::' >"$dir/users"
    chown -R nobody:nogroup "$dir/home"
    cat >"$dir/dovecot.conf" <<C
base_dir = $dir/run
protocols = sieve
listen = *
log_path = $dir/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:$dir/home/mail
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = $dir/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$dir/home
}
plugin {
  sieve = file:$dir/home/sieve;active=$dir/home/active.sieve
}
C
    serve dovecot -F -c "$dir/dovecot.conf"
    wait_tcp 4190
}

# Commands in a file, one line every 0.2 seconds.
sieve_slowly() {
    client sh -c "while IFS= read -r l; do sleep 0.2; printf '%s\r\n' \"\$l\"; done <$WORK/commands |
        nc -q 1 $SERVER 4190"
}

case_sieve_session() {
    about "A login, a script that is put, listed, made the active one, read and deleted."
    made_with dovecot --version
    capture tcp port 4190
    cat >"$WORK/commands" <<C
CAPABILITY
AUTHENTICATE "PLAIN" "$(printf '\0amy\0secret' | base64)"
HAVESPACE "away" 64
PUTSCRIPT "away" {8+}
discard;
SETACTIVE "away"
LISTSCRIPTS
GETSCRIPT "away"
SETACTIVE ""
DELETESCRIPT "away"
LOGOUT
C
    sieve_slowly
}

case_sieve_refused() {
    about "A wrong password."
    made_with dovecot --version
    capture tcp port 4190
    cat >"$WORK/commands" <<C
AUTHENTICATE "PLAIN" "$(printf '\0amy\0wrong' | base64)"
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
NOOP
LOGOUT
C
    sieve_slowly
}
