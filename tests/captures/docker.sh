# SPDX-License-Identifier: Apache-2.0
# Docker's engine on TCP, without containers; its own client, and curl. Packages: docker.io curl

area_docker() {
    # The namespace has a /sys of its own, without control groups.
    serve sh -c 'mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' sh \
        dockerd --host tcp://$SERVER:2375 --data-root "$WORK/docker" \
        --exec-root "$WORK/docker-run" \
        --pidfile "$WORK/docker.pid" --bridge none --iptables=false --ip6tables=false \
        --storage-driver vfs --tls=false
    local i
    for i in $(seq 150); do # it waits because nobody has to log in
        ip netns exec $NS_S ss -Hltn "sport = :2375" | grep -q . && break
        sleep 0.2
    done
    wait_tcp 2375
}

case_docker_engine() {
    about "docker looks at the engine: its version, containers, a volume that it makes and removes;" \
        "a command in a container that is not there."
    made_with docker --version
    made_with dockerd --version
    capture tcp port 2375
    client docker --host tcp://$SERVER:2375 version
    client docker --host tcp://$SERVER:2375 ps --all
    client docker --host tcp://$SERVER:2375 volume create data
    client docker --host tcp://$SERVER:2375 volume rm data
    try docker --host tcp://$SERVER:2375 exec web id
}

case_docker_curl() {
    about "The same without a version in the paths, as whoever finds the open port asks."
    made_with curl --version
    made_with dockerd --version
    capture tcp port 2375
    client curl -s http://$SERVER:2375/_ping
    client curl -s http://$SERVER:2375/containers/json
    client curl -s http://$SERVER:2375/version
}
