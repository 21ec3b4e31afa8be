/* SPDX-License-Identifier: Apache-2.0
 *
 * Names in SASL exchanges.
 */
#include "support/sasl.h"

#include "support/transfer.h"

enum {
    RESPONSE_LOOK = 512, /* base64 digits of a response that are decoded: the name is in front */
    RESPONSES_MOST = 8,
};

static enum sasl_mechanism mechanism_of(struct span name)
{
    static const char *const names[] = {"PLAIN",   "LOGIN",       "CRAM-MD5", "DIGEST-MD5",
                                        "XOAUTH2", "OAUTHBEARER", NULL};
    static const enum sasl_mechanism known[] = {SASL_PLAIN,      SASL_LOGIN, SASL_CRAM_MD5,
                                                SASL_DIGEST_MD5, SASL_OAUTH, SASL_OAUTH};
    int i = dialogue_find(name, names);

    if (i >= 0)
        return known[i];
    return span_starts_nocase(name, SPAN("SCRAM-")) ? SASL_SCRAM : SASL_OTHER;
}

void sasl_begin(struct sasl *s, struct span mechanism)
{
    *s = (struct sasl){.mechanism = (uint8_t)mechanism_of(mechanism)};
}

/* What stands behind `key` up to `stop`; empty when the key is not there. */
static struct span behind(struct span text, struct span key, uint8_t stop)
{
    for (size_t i = 0; i + key.n <= text.n; i++) {
        struct span at = span_from(text, i);

        if (!span_starts(at, key))
            continue;
        at = span_from(at, key.n);
        return span_first(at, span_index(at, stop));
    }
    return span_of("", 0);
}

/* RFC 4616: authorization identity, NUL, authentication identity, NUL, password. */
static struct span name_of_plain(struct span r)
{
    struct span rest = span_from(r, span_index(r, 0) + 1);

    return span_first(rest, span_index(rest, 0));
}

static struct span name_in(const struct sasl *s, struct span r)
{
    struct span name;

    switch ((enum sasl_mechanism)s->mechanism) {
    case SASL_PLAIN:
        return name_of_plain(r);
    case SASL_LOGIN:
        return s->responses == 1 ? r : span_of("", 0);
    case SASL_CRAM_MD5:
        return span_first(r, span_index(r, ' '));
    case SASL_DIGEST_MD5:
        return behind(r, SPAN("username=\""), '"');
    case SASL_SCRAM:
        return s->responses == 1 ? behind(r, SPAN(",n="), ',') : span_of("", 0);
    case SASL_OAUTH:
        name = behind(r, SPAN("user="), 1);
        return name.n ? name : behind(r, SPAN(",a="), ',');
    case SASL_NONE:
    case SASL_OTHER:
        break;
    }
    return span_of("", 0);
}

void sasl_response(struct sasl *s, struct span response, struct dialogue_text *user)
{
    struct span name;

    if (s->responses < UINT8_MAX)
        s->responses++;
    name = name_in(s, response);
    if (name.n)
        dialogue_keep(user, name);
}

void sasl_response64(struct sasl *s, struct span line, struct dialogue_text *user)
{
    uint8_t decoded[BASE64_ROOM(RESPONSE_LOOK)];
    struct base64 b = {0};
    size_t n = base64_decode(&b, span_first(line, RESPONSE_LOOK), decoded);

    sasl_response(s, span_of(decoded, n), user);
}

bool sasl_awaits(const struct sasl *s, struct span line)
{
    static const uint8_t most[] = {
        [SASL_NONE] = 0,  [SASL_PLAIN] = 1, [SASL_LOGIN] = 2,      [SASL_CRAM_MD5] = 1,
        [SASL_SCRAM] = 3, [SASL_OAUTH] = 2, [SASL_DIGEST_MD5] = 2, [SASL_OTHER] = RESPONSES_MOST,
    };

    if (s->responses >= most[s->mechanism])
        return false;
    return base64_is(line) || span_equal(line, SPAN("*"));
}
