# SPDX-License-Identifier: Apache-2.0
# Spark: what its processes say, written down in spark.py. Packages: python3

area_spark() { :; }

spark_talk() { # port name
    made_with python3 --version
    capture tcp port "$1"
    serve python3 "$HERE/talk.py" server "$1" spark "$2"
    wait_tcp "$1"
    client python3 "$HERE/talk.py" client $SERVER "$1" spark "$2"
}

case_spark_driver() {
    about "An executor and its driver: is the endpoint there, registration, a jar that is fetched," \
        "one that is missing, a heartbeat. The words are written down (spark.py)."
    spark_talk 7078 DRIVER
}

case_spark_blocks() {
    about "A block of a shuffle is fetched from another executor."
    spark_talk 41234 BLOCKS
}
