# SPDX-License-Identifier: Apache-2.0
# OpenSSH. Packages: openssh-server openssh-client

area_ssh() {
    mkdir -p /run/sshd "$WORK/ssh"
    ssh-keygen -q -t ed25519 -N '' -C server -f "$WORK/ssh/host"
    ssh-keygen -q -t ed25519 -N '' -C client -f "$WORK/ssh/user"
    ssh-keygen -q -t ed25519 -N '' -C other -f "$WORK/ssh/stranger"
    cp "$WORK/ssh/user.pub" "$WORK/ssh/authorized"
    local port
    for port in 22 2222; do
        serve /usr/sbin/sshd -D -e -f /dev/null -p $port -o ListenAddress=$SERVER \
            -o HostKey="$WORK/ssh/host" -o AuthorizedKeysFile="$WORK/ssh/authorized" \
            -o StrictModes=no -o PermitRootLogin=yes -o UsePAM=no -o PidFile=none
        wait_tcp $port
    done
}

ssh_version() { ssh -V; }

ssh_options() { # key
    echo -q -F none -i "$1" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null
}

case_ssh_command() {
    about "A login with a key and one command."
    made_with ssh_version
    capture tcp port 22
    client ssh $(ssh_options "$WORK/ssh/user") root@$SERVER 'echo hello'
}

case_ssh_copy() {
    about "A small file copied with the SFTP subsystem of scp, on another port."
    made_with ssh_version
    capture tcp port 2222
    head -c 3000 /etc/services >"$WORK/ssh/file"
    client scp -O -P 2222 $(ssh_options "$WORK/ssh/user") "$WORK/ssh/file" root@$SERVER:/dev/null
}

case_ssh_refused() {
    about "A key that the server does not know."
    made_with ssh_version
    capture tcp port 22
    try ssh $(ssh_options "$WORK/ssh/stranger") root@$SERVER true
}
