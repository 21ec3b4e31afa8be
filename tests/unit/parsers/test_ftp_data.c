/* SPDX-License-Identifier: Apache-2.0
 *
 * FTP data: sessions announced by a control connection, opened by either side.
 */
#include "engine_fixture.h"
#include "tcp_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct files {
    struct engine_fixture f;
    struct tcp_script control;
    struct frame_list frames;
    uint16_t next_port;
};

static void feed(struct files *t)
{
    fixture_feed(&t->f, &t->frames);
    frame_list_free(&t->frames);
}

static void say(struct files *t, enum dir from, const char *text)
{
    tcp_send(&t->control, from, span_text(text));
    feed(t);
}

static void begin(struct files *t)
{
    memset(t, 0, sizeof(*t));
    fixture_open(&t->f, &(struct fixture_options){
                            .parsers = parser_registry, .wants_tx = true, .wants_buffers = true});
    tcp_script_init(&t->control, &t->frames);
    tcp_open(&t->control);
    say(t, DIR_SERVER, "220 ready\r\n");
    say(t, DIR_CLIENT, "USER amy\r\n");
    say(t, DIR_SERVER, "230 ok\r\n");
}

static void end(struct files *t)
{
    fixture_close(&t->f);
}

/* One end opens a connection to a port of the other, and one of them sends. */
static void transfer(struct files *t, enum dir opener, uint16_t port, enum dir sender,
                     struct span bytes)
{
    struct tcp_script s;

    tcp_script_init(&s, &t->frames);
    s.time_us = t->control.time_us;
    if (opener == DIR_SERVER) {
        const char *addr = s.ends[0].addr;

        s.ends[0].addr = s.ends[1].addr;
        s.ends[1].addr = addr;
    }
    s.ends[0].port = (uint16_t)(50000 + t->next_port++);
    s.ends[1].port = port;
    tcp_open(&s);
    tcp_send(&s, sender, bytes);
    tcp_close(&s, sender);
    t->control.time_us = s.time_us;
    feed(t);
}

static enum app app_of_port(struct files *t, uint16_t port)
{
    fixture_flush(&t->f);
    for (size_t i = 0; i < t->f.event_count; i++)
        if (t->f.events[i].type == EVENT_FLOW && t->f.events[i].session.server.port == port)
            return t->f.events[i].session.app;
    fail_msg("no session to port %u", port);
    return APP_UNKNOWN;
}

static void files_come_passively(void **state)
{
    struct files t;

    (void)state;
    begin(&t);
    say(&t, DIR_CLIENT, "PASV\r\n");
    say(&t, DIR_SERVER, "227 here (10,1,1,2,8,1)\r\n");
    transfer(&t, DIR_CLIENT, 2049, DIR_SERVER, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    say(&t, DIR_CLIENT, "EPSV\r\n");
    say(&t, DIR_SERVER, "229 here (|||2050|)\r\n");
    transfer(&t, DIR_CLIENT, 2050, DIR_CLIENT, SPAN("file"));
    transfer(&t, DIR_CLIENT, 2051, DIR_CLIENT, SPAN("file"));
    assert_int_equal(app_of_port(&t, 2049), APP_FTP_DATA);
    assert_int_equal(app_of_port(&t, 2050), APP_FTP_DATA);
    assert_int_equal(app_of_port(&t, 2051), APP_UNKNOWN);
    assert_int_equal(t.f.buffer_count, 2);
    assert_int_equal(t.f.buffers[1].buffer, BUFFER_BODY);
    end(&t);
}

static void files_come_actively(void **state)
{
    struct files t;

    (void)state;
    begin(&t);
    say(&t, DIR_CLIENT, "PORT 10,1,1,1,8,1\r\n");
    say(&t, DIR_SERVER, "200 ok\r\n");
    transfer(&t, DIR_SERVER, 2049, DIR_CLIENT, SPAN("file"));
    say(&t, DIR_CLIENT, "EPRT |1|10.1.1.1|2050|\r\n");
    transfer(&t, DIR_SERVER, 2050, DIR_CLIENT, SPAN("file"));
    say(&t, DIR_CLIENT, "PORT 10,1,1,9,8,3\r\n");
    say(&t, DIR_SERVER, "200 ok\r\n");
    transfer(&t, DIR_SERVER, 2051, DIR_CLIENT, SPAN("file"));
    assert_int_equal(app_of_port(&t, 2049), APP_FTP_DATA);
    assert_int_equal(app_of_port(&t, 2050), APP_FTP_DATA);
    assert_int_equal(app_of_port(&t, 2051), APP_UNKNOWN);
    end(&t);
}

static void long_files_are_handed_on(void **state)
{
    static uint8_t bytes[200000];
    struct files t;

    (void)state;
    begin(&t);
    say(&t, DIR_CLIENT, "EPSV\r\n");
    say(&t, DIR_SERVER, "229 here (|||2050|)\r\n");
    transfer(&t, DIR_CLIENT, 2050, DIR_SERVER, span_of(bytes, sizeof(bytes)));
    assert_int_equal(app_of_port(&t, 2050), APP_FTP_DATA);
    assert_true(fixture_counter(&t.f, COUNTER_BUFFERS) > 1);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_passively),
        cmocka_unit_test(files_come_actively),
        cmocka_unit_test(long_files_are_handed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
