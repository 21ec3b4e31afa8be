# SPDX-License-Identifier: Apache-2.0
# etcd, its client and curl. Packages: etcd-server etcd-client curl

area_etcd() {
    serve env ETCD_UNSUPPORTED_ARCH=arm64 etcd --name shop --data-dir "$WORK/etcd" --enable-v2=true \
        --listen-client-urls http://$SERVER:2379 --advertise-client-urls http://$SERVER:2379 \
        --listen-peer-urls http://$SERVER:2380 \
        --initial-advertise-peer-urls http://$SERVER:2380 \
        --initial-cluster shop=http://$SERVER:2380
    wait_tcp 2379
    sleep 2 # an election of one
}

etcd_version() { etcd --version; }

v3() { client env ETCDCTL_API=3 etcdctl --endpoints "http://$SERVER:2379" "$@"; }

case_etcd_v3() {
    about "etcdctl over gRPC: values put, read, a range of them, deleted, and the members."
    made_with etcd_version
    capture tcp port 2379
    v3 put /shop/price/7 20
    v3 get --prefix /shop/price
    v3 del /shop/price/7
    v3 member list
}

case_etcd_auth() {
    about "A user and a password are asked for, but the server has no users yet."
    made_with etcd_version
    capture tcp port 2379
    try env ETCDCTL_API=3 etcdctl --endpoints "http://$SERVER:2379" --user john:secret get /shop
}

case_etcd_v2() {
    about "The second version over HTTP: X-Etcd-Index and X-Etcd-Cluster-Id stand in the answers."
    made_with etcd_version
    capture tcp port 2379
    client curl -sS "http://$SERVER:2379/version" \
        --next -sS -X PUT -d value=20 "http://$SERVER:2379/v2/keys/price" \
        --next -sS "http://$SERVER:2379/v2/keys/price" \
        --next -sS "http://$SERVER:2379/v2/keys/missing"
}

case_etcd_peer() {
    about "What members ask each other, here asked by curl: X-Etcd-Cluster-Id in the answers."
    made_with etcd_version
    capture tcp port 2380
    client curl -sS "http://$SERVER:2380/members" \
        --next -sS "http://$SERVER:2380/raft/probing"
}
