/* SPDX-License-Identifier: Apache-2.0
 *
 * mysql_session: see mysql_session.h.
 */
#include "support/mysql_session.h"

#include "support/proxy_header.h"

static void plugin_keep(struct mysql_state *s, struct span name)
{
    struct span kept = span_first(name, PLUGIN_KEPT);

    s->plugin_n = (uint8_t)kept.n;
    if (kept.n)
        memcpy(s->plugin, kept.p, kept.n);
}

void mysql_user_keep(struct mysql_state *s, struct span name)
{
    struct span kept = span_first(name, USER_KEPT);

    s->user_n = (uint8_t)kept.n;
    if (kept.n)
        memcpy(s->user, kept.p, kept.n);
}

void mysql_login_refused(struct parse *p, const struct mysql_state *s, uint16_t code)
{
    if (mysql_refuses_login(code))
        parse_threat_value(p, THREAT_MYSQL_DENIED, "MySQL refuses the login",
                           span_of(s->user, s->user_n));
}

/* The last plugin that was named is the one that decided. */
void mysql_login_end(struct parse *p, struct mysql_state *s, const struct mysql_error *e)
{
    parse_tx(p, TX_BOTH);
    if (s->plugin_n)
        parse_field(p, FIELD_MYSQL_PLUGIN, span_of(s->plugin, s->plugin_n));
    if (e) {
        parse_uint(p, FIELD_MYSQL_ERROR_CODE, e->code);
        parse_field(p, FIELD_MYSQL_ERROR_TEXT, e->text);
        mysql_login_refused(p, s, e->code);
    }
    parse_tx(p, TX_DONE);
    s->phase = PHASE_COMMAND;
}

/* In any language: no control characters. */
static bool is_text(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n > 3;
}

static bool is_first_error(const struct mysql_error *e)
{
    return e->code >= 1000 && e->code < 5000 && is_text(e->text);
}

void mysql_greeting_step(struct parse *p, struct mysql_state *s, struct cursor *in, uint32_t size)
{
    struct cursor body = cur_sub(in, size);
    struct mysql_greeting g = {.caps = 0};
    struct mysql_error e = {.code = 0};
    bool refused = cur_peek(&body) == 0xff;

    if (refused) {
        cur_skip(&body, 1);
        mysql_error_read(&body, &e);
        if (!is_first_error(&e))
            cur_fail(&body);
    } else {
        mysql_greeting_read(&body, &g);
    }
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state != CUR_OK)
        return;
    parse_proof(p, PROOF_STRONG);
    s->matched = true;
    if (refused) {
        mysql_login_end(p, s, &e);
        return;
    }
    s->greeted = true;
    s->caps = g.caps;
    s->phase = PHASE_LOGIN;
    parse_tx(p, TX_BOTH);
    parse_field(p, FIELD_MYSQL_VERSION, g.version);
}

static void login_report(struct parse *p, struct mysql_state *s, const struct mysql_login *l)
{
    parse_tx(p, TX_BOTH);
    if (l->tls) {
        parse_uint(p, FIELD_MYSQL_TLS, 1);
        parse_tx(p, TX_DONE);
        return;
    }
    mysql_user_keep(s, l->user);
    parse_field(p, FIELD_MYSQL_USER, l->user);
    if (l->database.n)
        parse_field(p, FIELD_MYSQL_DATABASE, l->database);
    if (l->client.n)
        parse_field(p, FIELD_MYSQL_CLIENT, l->client);
    if (l->program.n)
        parse_field(p, FIELD_MYSQL_PROGRAM, l->program);
    if (s->greeted)
        plugin_keep(s, l->plugin);
    else if (l->plugin.n)
        parse_field(p, FIELD_MYSQL_PLUGIN, l->plugin);
}

void mysql_auth_step(struct parse *p, struct mysql_state *s, struct cursor *body)
{
    struct mysql_error e;

    switch (cur_u8(body)) {
    case 0x00:
        mysql_login_end(p, s, NULL);
        s->compressed = s->login && s->caps & (MYSQL_COMPRESS | MYSQL_ZSTD);
        s->deaf = !s->login;
        break;
    case 0x01:
        break;
    case 0x02:
        plugin_keep(s, cur_until(body, 0, MYSQL_RESPONSE_MAX));
        break;
    case 0xfe:
        plugin_keep(s, cur_done(body) ? SPAN("mysql_old_password")
                                      : cur_until(body, 0, MYSQL_RESPONSE_MAX));
        break;
    case 0xff:
        mysql_error_read(body, &e);
        mysql_login_end(p, s, &e);
        break;
    default:
        s->deaf = true;
        break;
    }
}

/* MariaDB greets at once, so that a balancer's PROXY header may come behind the greeting. No login
 * is as long as the number its first bytes make. False: more bytes are needed, or it is none. */
static bool proxy_step(struct parse *p, struct mysql_state *s, struct cursor *in)
{
    struct span head = span_first(cur_look(in), PROXY_HEADER_MOST);
    struct proxy_ends e;

    if (!s->greeted || s->proxied || head.n < 4 || !proxy_header_begins(head))
        return true;
    (void)proxy_header_read(in, &e);
    if (in->state != CUR_OK)
        return false;
    s->proxied = true;
    if (e.addr[0].family) {
        parse_tx(p, TX_BOTH);
        parse_field(p, FIELD_MYSQL_PROXY_SOURCE,
                    span_of(e.addr[0].bytes, e.addr[0].family == 4 ? 4 : 16));
        parse_uint(p, FIELD_MYSQL_PROXY_SOURCE_PORT, e.port[0]);
    }
    parse_commit(p, in);
    return true;
}

enum parse_result mysql_login_step(struct parse *p, struct mysql_state *s, struct cursor *in)
{
    uint32_t size = proxy_step(p, s, in) ? cur_le24(in) : 0;
    uint8_t seq = cur_u8(in);
    struct cursor body;
    struct mysql_login l;

    if (seq != 1 || size > MYSQL_LOGIN_MAX)
        cur_fail(in);
    body = cur_sub(in, size);
    mysql_login_read(&body, &l);
    /* Without the greeting the login has to prove itself alone. */
    if (!s->greeted && !l.exact)
        cur_fail(&body);
    if (in->state == CUR_OK)
        cur_join(in, &body);
    if (in->state == CUR_SHORT)
        return walk_verdict(&s->matched);
    if (in->state == CUR_BAD)
        return PARSE_REJECT;
    parse_proof(p, s->greeted ? PROOF_CERTAIN : PROOF_STRONG);
    s->matched = true;
    s->login = true;
    s->caps = s->greeted ? l.caps & s->caps : l.caps;
    login_report(p, s, &l);
    parse_commit(p, in);
    if (!l.tls)
        return PARSE_MATCH;
    parse_upgrade(p);
    return PARSE_DONE;
}
