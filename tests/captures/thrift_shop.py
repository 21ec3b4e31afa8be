#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""thrift_shop.py: both ends of a Thrift service, by Apache's library and its compiler's code.

    thrift_shop.py idl                                   the service, for the compiler
    thrift_shop.py server PORT binary|compact [framed]   with GEN (the compiler's code) in PYTHONPATH
    thrift_shop.py client HOST PORT binary|compact [framed]
"""
import sys

IDL = """
struct Item { 1: string name, 2: i32 pieces, 3: map<string, double> prices, 4: list<string> tags }
exception Missing { 1: string name }
service Shop {
    bool put(1: Item item),
    Item get(1: string name) throws (1: Missing missing),
    set<i64> count(1: list<Item> items),
    oneway void note(1: string text),
    i32 later(1: i32 x),
}
"""


def protocol_of(args):
    from thrift.protocol import TBinaryProtocol, TCompactProtocol
    from thrift.transport import TTransport

    protocol = {
        "binary": TBinaryProtocol.TBinaryProtocolFactory(),
        "compact": TCompactProtocol.TCompactProtocolFactory(),
    }[args[0]]
    framed = "framed" in args
    transport = TTransport.TFramedTransportFactory() if framed else TTransport.TBufferedTransportFactory()
    return transport, protocol


def serve(args):
    from shop import Shop
    from shop.ttypes import Missing
    from thrift.TMultiplexedProcessor import TMultiplexedProcessor
    from thrift.server import TServer
    from thrift.transport import TSocket

    class Handler:
        def __init__(self):
            self.items = {}

        def put(self, item):
            self.items[item.name] = item
            return True

        def get(self, name):
            if name not in self.items:
                raise Missing(name)
            return self.items[name]

        def count(self, items):
            return {i.pieces for i in items}

        def note(self, text):
            pass

    plain, both = Shop.Processor(Handler()), TMultiplexedProcessor()
    both.registerProcessor("Shop", plain)
    both.registerDefault(plain)
    transport, protocol = protocol_of(args[1:])
    TServer.TThreadedServer(both, TSocket.TServerSocket("0.0.0.0", int(args[0])), transport, protocol).serve()


def ask(args):
    from shop import Shop
    from shop.ttypes import Item, Missing
    from thrift.Thrift import TApplicationException
    from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
    from thrift.transport import TSocket

    transport, protocol = protocol_of(args[2:])
    socket = transport.getTransport(TSocket.TSocket(args[0], int(args[1])))
    protocol = protocol.getProtocol(socket)
    shop = Shop.Client(protocol)
    socket.open()
    apple = Item("apple", 3, {"eur": 0.5, "usd": 0.6}, ["fruit", "red"])
    shop.put(apple)
    shop.get("apple")
    try:
        shop.get("pear")
    except Missing:
        pass
    shop.note("seen")
    shop.count([apple, Item("plum", 9, {}, [])])
    try:
        shop.later(1)
    except (TApplicationException, AttributeError):
        pass
    Shop.Client(TMultiplexedProtocol(protocol, "Shop")).get("apple")
    socket.close()


if sys.argv[1] == "idl":
    print(IDL)
elif sys.argv[1] == "server":
    serve(sys.argv[2:])
else:
    ask(sys.argv[2:])
