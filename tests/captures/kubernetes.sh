# SPDX-License-Identifier: Apache-2.0
# kubectl and curl against a small part of the API without TLS (kubernetes_api.py).
# Packages: kubectl curl

area_kubernetes() {
    serve python3 "$HERE/kubernetes_api.py" $SERVER 8001 10255
    wait_tcp 8001
    wait_tcp 10255
}

kubectl_shop() {
    client env HOME="$WORK" kubectl --server=http://$SERVER:8001 --namespace=shop "$@"
}

case_kubernetes_pods() {
    about "kubectl looks at the pods of a namespace, one by one, watches them, reads a log and deletes" \
        "one."
    made_with kubectl version --client
    capture tcp port 8001
    kubectl_shop get pods
    kubectl_shop get pod web-0 -o name
    kubectl_shop get pods --watch --watch-only -o name
    kubectl_shop logs web-0
    kubectl_shop delete pod web-0 --wait=false
}

case_kubernetes_inside() {
    about "What a workload should not do: a command in another pod, which is refused here; secrets," \
        "refused without a token and listed with one; a review of a token."
    made_with kubectl version --client
    made_with curl --version
    capture tcp port 8001
    try env HOME="$WORK" kubectl --server=http://$SERVER:8001 --namespace=shop exec web-0 -- id
    try curl -s "http://$SERVER:8001/api/v1/namespaces/shop/secrets"
    client curl -s -H 'Authorization: Bearer abc' "http://$SERVER:8001/api/v1/secrets"
    client curl -s -H 'Content-Type: application/json' \
        -d '{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{"token":"abc"}}' \
        "http://$SERVER:8001/apis/authentication.k8s.io/v1/tokenreviews"
}

case_kubernetes_kubelet() {
    about "A node's kubelet on the port that asks for no login: its pods, and a command in one."
    made_with curl --version
    capture tcp port 10255
    client curl -s "http://$SERVER:10255/pods"
    client curl -s -d cmd=id "http://$SERVER:10255/run/shop/web-0/nginx"
}
