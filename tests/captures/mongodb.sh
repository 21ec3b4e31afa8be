# SPDX-License-Identifier: Apache-2.0
# MongoDB: the drivers of Python and Node.js against mongo.py, for no package brings a server.
# Packages: python3-pymongo nodejs npm; the driver of Node.js comes from its registry.

area_mongodb() {
    serve /usr/bin/python3 "$HERE/mongo.py" serve $SERVER 27017
    wait_tcp 27017
}

mongodb_driver() {
    made_with /usr/bin/python3 -c 'import pymongo; print("pymongo", pymongo.version)'
}

case_mongodb_commands() {
    about "A query, an insert, an update, a filter that is a script, and a collection that the user" \
        "may not read; the handshake tells driver and application."
    mongodb_driver
    capture tcp port 27017
    client /usr/bin/python3 "$HERE/mongo.py" talk $SERVER 27017 plain
}

case_mongodb_compressed() {
    about "The same, compressed with zlib, as client and server agreed."
    mongodb_driver
    capture tcp port 27017
    client /usr/bin/python3 "$HERE/mongo.py" talk $SERVER 27017 compressed
}

case_mongodb_refused() {
    about "A login that is refused; its password is not told."
    mongodb_driver
    capture tcp port 27017
    client /usr/bin/python3 "$HERE/mongo.py" talk $SERVER 27017 refused
}

case_mongodb_node() {
    about "The driver of Node.js: several commands at once, on connections of its pool."
    node_package mongodb
    capture tcp port 27017
    node_client "
        const { MongoClient } = require('mongodb');
        (async () => {
            const c = new MongoClient('mongodb://$SERVER/?appName=web&heartbeatFrequencyMS=60000');
            const items = c.db('shop').collection('items');
            console.log(await items.find({ name: 'shoe' }).toArray());
            await Promise.all([items.insertOne({ name: 'tie' }), items.deleteOne({ name: 'hat' }),
                               c.db('shop').command({ nonsense: 1 }).catch(console.log)]);
            await c.close();
        })();"
}
