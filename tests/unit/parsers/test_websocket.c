/* SPDX-License-Identifier: Apache-2.0
 *
 * WebSocket: the handshake in HTTP, messages in frames, masks, compression, closing, what they
 * carry.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

/* The example of RFC 6455 section 1.3. */
#define ASK                                                                                        \
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"               \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define ANSWER(accept)                                                                             \
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"            \
    "Sec-WebSocket-Accept: " accept "\r\n\r\n"
#define ACCEPT ANSWER("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
#define ACCEPT_WITH(extensions)                                                                    \
    ANSWER("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: " extensions)
#define ACCEPT_FOR(protocol)                                                                       \
    ANSWER("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: " protocol)

/* The mask 01 02 03 04: "hi" is "ik". */
#define MASK      "\1\2\3\4"
#define MASKED_HI MASK "ik"

#define NAMES                      "app websocket", "proof certain", "protocols http,websocket"
#define TX(sender, opcode, length) "tx websocket sender=" sender " opcode=" opcode " length=" length

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_messages(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x81\5hello"), CLIENT("\x81\x82" MASKED_HI),
                 SERVER("\x82\2\1\2"), CLIENT("\x82\x80" MASK)),
           LINES(NAMES, TX("server", "text", "5"), TX("client", "text", "2"),
                 TX("server", "binary", "2"), TX("client", "binary", "0"), "buffer body hello",
                 "buffer body hi", "buffer body \\x01\\x02", "!note *",
                 "tx http http_method=GET url=/chat protocol=HTTP/1.1 hostname=a status=101 "
                 "upgrade=websocket length=0"));
}

static void joins_frames(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\1\3one\x89\2pi\0\0\x80\3two"),
                 CLIENT("\1\x82" MASKED_HI "\x8a\x82" MASK "qk\x80\x82\4\3\2\1"
                        "lj")),
           LINES(NAMES, TX("server", "text", "6") " fragments=3",
                 TX("client", "text", "4") " fragments=2", "buffer body onetwo", "buffer body hihi",
                 "!note *"));
}

static void tells_the_end(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x81\2ok"),
                 CLIENT("\x88\x85" MASK "\2\xea"
                        "a}d"),
                 SERVER("\x88\2\3\xe8")),
           LINES(NAMES,
                 "tx websocket sender=client opcode=close code=1000 reason=bye client.messages=0 "
                 "client.bytes=0 server.messages=1 server.bytes=2",
                 "tx websocket sender=server opcode=close code=1000 client.messages=0 "
                 "client.bytes=0 server.messages=1 server.bytes=2"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x88\0")),
           LINES("tx websocket sender=server opcode=close client.messages=0*"));
}

static void checks_the_handshake(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ANSWER("c3pPLMBiTxaQ9kYGzzhZRbK+xOo=") "\x81\2ok")),
           LINES(NAMES, "note WebSocket answer does not fit the key", TX("server", "text", "2")));
    speaks(TURNS(CLIENT(ASK), SERVER("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\n\r\n")),
           LINES("app websocket", "note WebSocket answer does not fit the key"));
    speaks(TURNS(SERVER(ACCEPT "\x81\2ok")), LINES("app websocket", "protocols http,websocket",
                                                   TX("server", "text", "2"), "!note *"));
    speaks(TURNS(CLIENT(ASK),
                 SERVER("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                        "Sec-WebSocket-Protocol: mqtt\r\n"
                        "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n\xc2\4JL\2\0")),
           LINES(NAMES, TX("server", "binary", "4") " compressed=true", "buffer body ab", "!note *",
                 "tx http http_method=GET url=/chat protocol=HTTP/1.1 hostname=a status=101 "
                 "upgrade=websocket sluice.websocket.protocol=mqtt "
                 "sluice.websocket.extensions=permessage-deflate length=0"));
}

static void notes_wrong_masks(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x81\x82" MASKED_HI), CLIENT("\x81\2hi\x81\2ho")),
           LINES(NAMES, "note masked WebSocket frame of a server",
                 "note WebSocket frame of a client without mask", "buffer body hi",
                 "buffer body ho"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\1\2hi\x81\2ho")),
           LINES(NAMES, "note WebSocket message inside another one"));
}

/* RFC 7692 section 7.2.3: "Hello", and what refers to it; masked, too. */
#define HELLO        "\xf2\x48\xcd\xc9\xc9\x07\0"
#define AGAIN        "\xf2\0\x11\0\0"
#define MASKED_HELLO MASK "\xf3\x4a\xce\xcd\xc8\5\3"
#define MASKED_AGAIN MASK "\xf3\2\x12\4\1"
#define DEFLATE      "permessage-deflate"
#define NO_TAKEOVER  "; server_no_context_takeover; client_no_context_takeover"
#define UNREADABLE   "note compressed WebSocket message cannot be read"

static void inflates_messages(void **state)
{
    static const char *const hello[] = {NAMES,
                                        TX("server", "text", "7") " compressed=true",
                                        TX("client", "text", "7") " compressed=true",
                                        TX("client", "text", "5") " compressed=true",
                                        "buffer body Hello",
                                        "!buffer body H\\xcd*",
                                        "!note *",
                                        NULL};

    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(DEFLATE) "\xc1\7" HELLO),
                 CLIENT("\xc1\x87" MASKED_HELLO "\xc1\x85" MASKED_AGAIN)),
           hello);
    speaks(TURNS(CLIENT(ASK),
                 SERVER(ACCEPT_WITH("x-other, Permessage-Deflate ; client_max_window_bits=\"9\";"
                                    " server_max_window_bits = 15") "\x41\3\xf2\x48\xcd\x89\0"
                                                                    "\x80\4\xc9\xc9\7\0"),
                 CLIENT("\xc1\x87" MASKED_HELLO "\x8a\x80" MASK "\xc1\x85" MASKED_AGAIN)),
           LINES(TX("server", "text", "7") " fragments=2 compressed=true", "buffer body Hello",
                 hello[1 + 4], hello[1 + 5], "!note *"));
    /* Plain ones in between; a final frame without bytes. */
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(DEFLATE NO_TAKEOVER) "\x41\7" HELLO "\x80\0"
                                                                      "\x81\2hi\xc1\7" HELLO)),
           LINES("buffer body Hello", "buffer body hi", TX("server", "text", "2"), "!note *",
                 TX("server", "text", "7") " fragments=2 compressed=true"));
}

static void keeps_contexts_apart(void **state)
{
    (void)state;
    /* What is referred to is of the other side, or was given up by agreement. */
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(DEFLATE) "\xc1\7" HELLO),
                 CLIENT("\xc1\x85" MASKED_AGAIN "\xc1\x87" MASKED_HELLO "\xc1\x85" MASKED_AGAIN)),
           LINES(UNREADABLE, "buffer body Hello", "buffer body H\\xf2\\x00\\x11\\x00\\x00"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(DEFLATE NO_TAKEOVER) "\xc1\7" HELLO "\xc1\5" AGAIN
                                                                      "\xc1\7" HELLO)),
           LINES(UNREADABLE, "buffer body Hello"));
}

/* The bytes are searched as they are. */
static void hands_on_what_is_not_compressed(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\xc1\7" HELLO "\xc1\5plain")),
           LINES(NAMES, "note compressed WebSocket message without agreement",
                 TX("server", "text", "5") " compressed=true", "buffer body plain",
                 "!buffer body Hello", "!" UNREADABLE));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(
                                  DEFLATE) "\xc1\6\xffplain\x41\3\xff\xff-\x80\4more\xc1\7" HELLO)),
           LINES(NAMES, UNREADABLE, "buffer body \\xffplain", "buffer body \\xff\\xff-more",
                 "buffer body Hello"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(DEFLATE) "\x01\1h\xc0\1i")),
           LINES(NAMES, "note reserved bit in a WebSocket frame that goes on", "buffer body hi"));
}

/* Without the messages before, nobody can know; what is complete in itself is read all the same. */
static void inflates_behind_a_hole(void **state)
{
    const struct conversation c = {
        .server_port = 80,
        .turns = TURNS(CLIENT(ASK), SERVER(ACCEPT_WITH(DEFLATE)), SERVER("\xc1\7\xf2\x48"),
                       SERVER_LOST(3), SERVER("\7\0"), SERVER("\xc1\5" AGAIN),
                       SERVER("\xc1\7" HELLO "\xc1\5" AGAIN)),
        .expect = LINES(NAMES, TX("server", "text", "7") " compressed=true", "buffer body Hello",
                        "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void follows_channels(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_FOR("v4.channel.k8s.io") "\x82\1\1\2\2\1o\x80\2ut"),
                 CLIENT("\x82\x83" MASK "\1np")),
           LINES(NAMES, TX("server", "binary", "1") " carries=kubernetes channel=1",
                 TX("server", "binary", "4") " fragments=2 channel=1",
                 TX("client", "binary", "3") " carries=kubernetes channel=0", "buffer body out",
                 "buffer body ls", "!note *"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_FOR("base64.channel.k8s.io") "\x81\5"
                                                                         "2b3V0\x81\0")),
           LINES(TX("server", "text", "5") " carries=kubernetes channel=2", "buffer body b3V0",
                 TX("server", "text", "0")));
    /* Any other protocol has none. */
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT_FOR("xxchannel.k8s.io") "\x82\2\1o")),
           LINES(TX("server", "binary", "2"), "buffer body \\x01o"));
}

static void looks_inside(void **state)
{
    static const struct {
        struct turn turn;
        const char *expect;
    } cases[] = {
        {SERVER(ACCEPT "\x82\x10\x10\x0e\0\4MQTT\4\2\0\0\0\2me"), "protocols http,websocket,mqtt"},
        {SERVER(ACCEPT "\x81\x0b"
                       "CONNECTED\n\n"),
         "protocols http,websocket,stomp"},
        {SERVER(ACCEPT "\x81\x12{\"jsonrpc\": \"2.0\"}"),
         TX("server", "text", "18") " carries=json-rpc"},
        {SERVER(ACCEPT "\x81\x0d"
                       "0{\"sid\":\"abc\"}"),
         TX("server", "text", "13") " carries=socket.io"},
        {SERVER(ACCEPT "\x81\x1b{\"type\": \"connection_ack\"}\n"),
         TX("server", "text", "27") " carries=graphql"},
        {SERVER(ACCEPT_FOR("graphql-ws") "\x81\7{\"a\":1}"),
         TX("server", "text", "7") " carries=graphql"},
        {SERVER(ACCEPT "\x81\x14[{\"jsonrpc\": \"2.0\"}]"),
         TX("server", "text", "20") " carries=json-rpc"},
        {SERVER(ACCEPT_WITH(DEFLATE) "\xc1\x29\xaa\x56\xca\x2a\xce\xcf\x2b\x2a\x48\x56\xb2\x52\x50"
                                     "\x32\xd2\x33\x50\xd2\x51\x50\xca\x4d\x2d\xc9\xc8\x4f\1\x09"
                                     "\x64\xe5\x67\xe6\x81\x44\x32\x41\x3c\xc3\x5a\0\0"),
         TX("server", "text", "41") " compressed=true carries=json-rpc"},
        {SERVER(ACCEPT "\x81\2"
                       "40"),
         TX("server", "text", "2") " carries=socket.io"},
        {SERVER(ACCEPT "\x81\2"
                       "42"),
         "!" TX("server", "text", "2") " carries*"},
        {SERVER(ACCEPT "\x81\7{\"a\":1}"), TX("server", "text", "7") " carries=json"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        speaks(TURNS(CLIENT(ASK), cases[i].turn), LINES(cases[i].expect, "!note *"));
}

/* What Socket.IO puts in front of its JSON is none of it. */
static void reads_behind_numbers(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x81\x13"
                                            "42[\"say\",{\"k\":\"v\"}]")),
           LINES("buffer body 42[\"say\",{\"k\":\"v\"}]", "buffer body_view say",
                 "buffer body_view k=v"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x81\x11"
                                            "40/chat,{\"k\":\"v\"}")),
           LINES("buffer body_view k=v"));
    speaks(TURNS(CLIENT(ASK), SERVER(ACCEPT "\x81\x09{\"k\":\"v\"}")),
           LINES("buffer body_view k=v"));
}

static void passes_long_messages(void **state)
{
    static char bytes[1 << 17];
    size_t n = sizeof ACCEPT - 1;
    const struct turn turns[] = {
        CLIENT(ASK), SERVER_BYTES(bytes, sizeof ACCEPT - 1 + 10 + 70000 + 4), {0}};
    const struct conversation c = {
        .server_port = 80,
        .turns = turns,
        .expect = LINES(NAMES, TX("server", "binary", "70000"), TX("server", "text", "2"),
                        "buffer body zzzz*", "buffer body ok", "!note *"),
    };

    (void)state;
    memcpy(bytes, ACCEPT, n);
    memcpy(bytes + n, "\x82\x7f\0\0\0\0\0\1\x11\x70", 10);
    memset(bytes + n + 10, 'z', 70000);
    memcpy(bytes + n + 10 + 70000, "\x81\2ok", 4);
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
}

static void bears_holes(void **state)
{
    const struct conversation c = {
        .server_port = 80,
        .turns = TURNS(CLIENT(ASK), SERVER(ACCEPT), CLIENT("\x81\x8a" MASKED_HI), CLIENT_LOST(6),
                       CLIENT("ik\x81\x82" MASKED_HI), SERVER("\x81\5he"), SERVER_LOST(20),
                       SERVER("rest"), SERVER("\x81\2ok")),
        .expect = LINES(NAMES, TX("client", "text", "10"), TX("client", "text", "2"),
                        TX("server", "text", "2"), "buffer body ok", "!note *"),
    };

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

/* The name stays, nothing is told. */
static void breaks_off(void **state)
{
    static const struct turn bad[] = {
        SERVER(ACCEPT "\xa1\2hi"), /* a reserved bit */
        SERVER(ACCEPT "\x83\2hi"), /* opcodes that do not exist */
        SERVER(ACCEPT "\x8b\2hi"),
        SERVER(ACCEPT "\x09\2hi"),       /* a ping in parts */
        SERVER(ACCEPT "\x89\x7e\1\0hi"), /* one that is too long */
        SERVER(ACCEPT "\x81\x7e\0\2hi"), /* lengths that could be shorter */
        SERVER(ACCEPT "\x81\x7f\0\0\0\0\0\0\1\0hi"),
        SERVER(ACCEPT "\x81\x7f\xff\0\0\0\0\1\1\0hi"), /* a negative one */
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        speaks(TURNS(CLIENT(ASK), bad[i]), LINES("app websocket", "!tx websocket*"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_messages),
        cmocka_unit_test(joins_frames),
        cmocka_unit_test(tells_the_end),
        cmocka_unit_test(checks_the_handshake),
        cmocka_unit_test(notes_wrong_masks),
        cmocka_unit_test(looks_inside),
        cmocka_unit_test(reads_behind_numbers),
        cmocka_unit_test(inflates_messages),
        cmocka_unit_test(keeps_contexts_apart),
        cmocka_unit_test(hands_on_what_is_not_compressed),
        cmocka_unit_test(inflates_behind_a_hole),
        cmocka_unit_test(follows_channels),
        cmocka_unit_test(passes_long_messages),
        cmocka_unit_test(bears_holes),
        cmocka_unit_test(breaks_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
