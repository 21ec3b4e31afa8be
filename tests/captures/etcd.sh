# SPDX-License-Identifier: Apache-2.0
# etcd 3.4 without TLS, with its old HTTP interface; etcdctl speaks both.
# Packages: etcd-server etcd-client

area_etcd() {
    serve etcd --name shop --data-dir "$WORK/etcd" --enable-v2 \
        --listen-client-urls http://$SERVER:2379,http://127.0.0.1:2379 \
        --advertise-client-urls http://$SERVER:2379 --listen-peer-urls http://127.0.0.1:2380 \
        --initial-advertise-peer-urls http://127.0.0.1:2380 \
        --initial-cluster shop=http://127.0.0.1:2380
    wait_tcp 2379
    sleep 2
}

ctl3() { client env ETCDCTL_API=3 etcdctl --endpoints=http://$SERVER:2379 "$@"; }

case_etcd_keys() {
    about "Version 3 of the interface: a key is put, read by prefix and deleted;" \
        "a lease is granted and a key bound to it."
    made_with etcd --version
    capture tcp port 2379
    ctl3 put /shop/items/1 hat
    ctl3 get --prefix /shop/items/
    ctl3 lease grant 60
    local lease
    lease=$(sed -n 's/^lease \([0-9a-f]*\) granted.*/\1/p' "$WORK/client.log" | tail -1)
    ctl3 put --lease="$lease" /shop/lock mine
    ctl3 lease timetolive "$lease"
    ctl3 del /shop/items/1
}

case_etcd_watch() {
    about "A key is watched while others change it; both on connections of their own."
    made_with etcd --version
    capture tcp port 2379
    ctl3 watch /shop/price &
    local watcher=$!
    sleep 1
    ctl3 put /shop/price 10
    ctl3 put /shop/price 12
    sleep 0.5
    kill "$watcher" 2>/dev/null || true
    local pid
    for pid in $(ip netns pids $NS_C); do kill "$pid" 2>/dev/null || true; done
    wait "$watcher" 2>/dev/null || true
}

case_etcd_version_2() {
    about "Version 2 of the interface is JSON over HTTP/1."
    made_with etcd --version
    capture tcp port 2379
    client env ETCDCTL_API=2 etcdctl --endpoints=http://$SERVER:2379 set /shop/name Corner
    client env ETCDCTL_API=2 etcdctl --endpoints=http://$SERVER:2379 get /shop/name
    client env ETCDCTL_API=2 etcdctl --endpoints=http://$SERVER:2379 ls /
}

case_etcd_refused() {
    about "Accounts are set up and switched on; a login with the wrong password, a user who may" \
        "not write, and nobody at all are refused."
    made_with etcd --version
    capture tcp port 2379
    ctl3 user add root:secret
    ctl3 user grant-role root root || true
    ctl3 role add reader
    ctl3 role grant-permission --prefix=true reader read /shop/
    ctl3 user add amy:secret
    ctl3 user grant-role amy reader
    ctl3 auth enable
    ctl3 --user=amy:wrong get /shop/name || true
    ctl3 --user=amy:secret get /shop/name
    ctl3 --user=amy:secret put /shop/name Mine || true
    ctl3 get /shop/name || true
}
