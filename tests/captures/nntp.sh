# SPDX-License-Identifier: Apache-2.0
# The reader's server of INN, and Python's client. Packages: inn2

area_nntp() {
    local dir=$WORK/news
    mkdir -p "$dir/db" "$dir/spool/articles/shop/hats" "$dir/spool/overview" "$dir/log" "$dir/run" \
        "$dir/tmp" "$dir/etc"
    cp /etc/news/storage.conf "$dir/etc/"
    sed -e "s,^pathnews:.*,pathnews: /usr/lib/news," -e "s,^pathdb:.*,pathdb: $dir/db," \
        -e "s,^patharticles:.*,patharticles: $dir/spool/articles," \
        -e "s,^pathoverview:.*,pathoverview: $dir/spool/overview," \
        -e "s,^pathlog:.*,pathlog: $dir/log," -e "s,^pathrun:.*,pathrun: $dir/run," \
        -e "s,^pathtmp:.*,pathtmp: $dir/tmp," -e "s,^pathetc:.*,pathetc: $dir/etc," \
        -e "s,^pathspool:.*,pathspool: $dir/spool," -e "s,^pathhost:.*,pathhost: server.example," \
        -e "s,^#*domain:.*,domain: example," -e "s,^ovmethod:.*,ovmethod: tradindexed," \
        /etc/news/inn.conf >"$dir/inn.conf"
    printf 'method tradspool {\n    newsgroups: *\n    class: 0\n}\n' >"$dir/etc/storage.conf"
    printf 'shop.hats 0000000000 0000000001 y\nshop.shoes 0000000000 0000000001 y\n' >"$dir/db/active"
    printf 'shop.hats 1700000000 amy\nshop.shoes 1700000000 amy\n' >"$dir/db/active.times"
    printf 'shop.hats\tFor heads\nshop.shoes\tFor feet\n' >"$dir/db/newsgroups"
    : >"$dir/db/history"
    cat >"$dir/etc/readers.conf" <<'C'
auth "all" {
    hosts: "*"
    auth: "ckpasswd -f users"
    default: "<nobody>"
}
access "guests" {
    users: "<nobody>"
    newsgroups: "shop.shoes"
}
access "all" {
    users: "amy"
    newsgroups: "*"
}
C
    printf 'amy:%s\n' "$(openssl passwd -1 secret)" >"$dir/etc/users"
    sed -i "s,-f users,-f $dir/etc/users," "$dir/etc/readers.conf"
    chown -R news:news "$dir"
    setpriv --reuid news --regid news --clear-groups env INNCONF="$dir/inn.conf" \
        /usr/lib/news/bin/makehistory -b -O -T "$dir/tmp" >>"$WORK/server.log" 2>&1
    serve env INNCONF="$dir/inn.conf" /usr/lib/news/bin/nnrpd -D -f -p 119 -c "$dir/etc/readers.conf"
    wait_tcp 119
}

# Commands in a file, one line every 0.2 seconds.
nntp_slowly() {
    client sh -c "while IFS= read -r l; do sleep 0.2; printf '%s\r\n' \"\$l\"; done <$WORK/commands |
        nc -q 1 $SERVER 119"
}

nntp_version() { dpkg-query -W -f 'inn2 ${Version}\n' inn2; }

case_nntp_session() {
    about "A reader logs in, lists the groups and looks at one."
    made_with nntp_version
    capture tcp port 119
    printf '%s\n' CAPABILITIES 'MODE READER' 'AUTHINFO USER amy' 'AUTHINFO PASS secret' LIST \
        'LIST NEWSGROUPS' 'GROUP shop.hats' 'ARTICLE 1' 'HEAD <none@server.example>' DATE QUIT \
        >"$WORK/commands"
    nntp_slowly
}

case_nntp_refused() {
    about "A wrong password, and a group for which a login is wanted."
    made_with nntp_version
    capture tcp port 119
    printf '%s\n' 'GROUP shop.hats' 'AUTHINFO USER amy' 'AUTHINFO PASS wrong' NOOP NOOP NOOP NOOP NOOP \
        NOOP NOOP NOOP NOOP NOOP QUIT >"$WORK/commands"
    nntp_slowly
}
