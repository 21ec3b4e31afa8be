# SPDX-License-Identifier: Apache-2.0
# Elasticsearch: what two nodes say, written down in elasticsearch.py. Packages: python3

area_elasticsearch() { :; }

elasticsearch_talk() { # name
    made_with python3 --version
    capture tcp port 9300
    serve python3 "$HERE/talk.py" server 9300 elasticsearch "$1"
    wait_tcp 9300
    client python3 "$HERE/talk.py" client $SERVER 9300 elasticsearch "$1"
}

case_elasticsearch_transport() {
    about "A handshake, pings, a search, and a script that may not be stored, of version 7.17. The" \
        "words are written down (elasticsearch.py)."
    elasticsearch_talk ELASTICSEARCH
}

case_elasticsearch_opensearch() {
    about "The same of OpenSearch 2.4."
    elasticsearch_talk OPENSEARCH
}
