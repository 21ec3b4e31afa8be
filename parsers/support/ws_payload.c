/* SPDX-License-Identifier: Apache-2.0 */
#include "support/ws_payload.h"

/* Fixed header, length, then the protocol's name with its length (MQTT 3.1.1 section 3.1). */
static bool is_mqtt(struct span s)
{
    struct cursor c = cur_of(s);
    uint8_t type = cur_u8(&c), byte;
    unsigned n = 0;
    struct span name;

    do
        byte = cur_u8(&c);
    while (byte & 0x80 && ++n < 4);
    name = cur_span(&c, cur_be16(&c));
    return c.state == CUR_OK && type == 0x10 &&
           (span_equal(name, SPAN("MQTT")) || span_equal(name, SPAN("MQIsdp")));
}

static bool is_stomp(struct span s)
{
    static const char *const commands[] = {"CONNECT", "STOMP", "CONNECTED"};
    struct span line = span_first(s, span_index(s, '\n'));

    if (line.n == s.n)
        return false;
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (span_equal(line, span_text(commands[i])))
            return true;
    return false;
}

static bool holds(struct span s, struct span word)
{
    for (size_t i = 0; i + word.n <= s.n; i++)
        if (span_starts(span_from(s, i), word))
            return true;
    return false;
}

/* Packets of Engine.IO, and in them of Socket.IO: open, connect, and the probes of a transport. */
static bool is_socket_io(struct span s)
{
    if (span_starts(s, SPAN("0{")))
        return holds(s, SPAN("\"sid\""));
    if (span_starts(s, SPAN("40")))
        return s.n == 2 || s.p[2] == '{' || s.p[2] == '/';
    return span_equal(s, SPAN("2probe")) || span_equal(s, SPAN("3probe"));
}

static const char *text_of(struct span s)
{
    if (is_socket_io(s))
        return "socket.io";
    if (!span_starts(s, SPAN("{")) && !span_starts(s, SPAN("[{")))
        return NULL;
    if (holds(s, SPAN("\"jsonrpc\"")))
        return "json-rpc";
    if (holds(s, SPAN("\"connection_init\"")) || holds(s, SPAN("\"connection_ack\"")))
        return "graphql";
    return "json";
}

void ws_look_end(struct parse *p, struct ws_look *look)
{
    struct span s = span_of(look->bytes, look->n);

    look->done = true;
    if (is_stomp(s))
        parse_inner(p, APP_STOMP);
    else if (look->text)
        look->says = text_of(s);
    else if (is_mqtt(s))
        parse_inner(p, APP_MQTT);
}

void ws_look(struct parse *p, struct ws_look *look, bool text, struct span piece)
{
    piece = span_first(piece, (size_t)(WS_LOOK - look->n));
    memcpy(look->bytes + look->n, piece.p, piece.n);
    look->n = (uint8_t)(look->n + piece.n);
    look->text = text;
    if (look->n == WS_LOOK)
        ws_look_end(p, look);
}

struct span ws_behind_front(uint8_t *state, struct span bytes)
{
    while (*state != WS_FRONT_NONE && bytes.n) {
        uint8_t c = bytes.p[0];

        if (*state == WS_FRONT_SPACE)
            *state = c == ',' ? WS_FRONT_NUMBER : WS_FRONT_SPACE;
        else if (c >= '0' && c <= '9')
            *state = WS_FRONT_NUMBER;
        else if (c == '/' && *state == WS_FRONT_NUMBER)
            *state = WS_FRONT_SPACE;
        else {
            *state = WS_FRONT_NONE;
            break;
        }
        bytes = span_from(bytes, 1);
    }
    return bytes;
}
