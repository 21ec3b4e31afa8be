/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands, codes and extensions of SMTP.
 */
#include "support/smtp_word.h"

#include "support/dialogue.h"

static const char *const names[] = {
    "EHLO",     "HELO",    "LHLO",     "MAIL", "RCPT", "DATA",   "BDAT", "AUTH",
    "STARTTLS", "RSET",    "QUIT",     "NOOP", "HELP", "VRFY",   "EXPN", "ETRN",
    "TURN",     "XCLIENT", "XFORWARD", "BURL", "ATRN", "X-EXPS", NULL,
};

static const uint8_t kinds[] = {
    SMTP_EHLO, SMTP_EHLO, SMTP_EHLO,     SMTP_MAIL, SMTP_RCPT, SMTP_DATA,
    SMTP_BDAT, SMTP_AUTH, SMTP_STARTTLS, SMTP_RSET, SMTP_QUIT,
};

enum smtp_word smtp_word(struct span word)
{
    int i = dialogue_find(word, names);

    if (i < 0)
        return SMTP_NOTHING;
    return (size_t)i < sizeof(kinds) ? (enum smtp_word)kinds[i] : SMTP_OTHER;
}

struct span smtp_path(struct span rest, enum smtp_word word)
{
    struct span none = {0};
    struct span key = word == SMTP_MAIL ? SPAN("FROM:") : SPAN("TO:");

    rest = span_trim(rest);
    if (!span_starts_nocase(rest, key))
        return none;
    rest = span_trim(span_from(rest, key.n));
    if (rest.n == 0)
        return none;
    if (rest.p[0] == '<')
        return span_first(span_from(rest, 1), span_index(span_from(rest, 1), '>'));
    return span_first(rest, span_index(rest, ' '));
}

bool smtp_code(unsigned code)
{
    static const uint16_t codes[] = {211, 214, 220, 221, 235, 250, 251, 252, 253, 334, 354, 421,
                                     422, 430, 431, 432, 441, 442, 446, 447, 449, 450, 451, 452,
                                     453, 454, 455, 458, 459, 471, 500, 501, 502, 503, 504, 510,
                                     511, 512, 513, 515, 517, 521, 523, 525, 530, 534, 535, 538,
                                     541, 550, 551, 552, 553, 554, 555, 556, 557, 571, 0};

    for (int i = 0; codes[i]; i++)
        if (codes[i] == code)
            return true;
    return false;
}

bool smtp_extension(struct span text)
{
    static const char *const words[] = {"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES",
                                        "STARTTLS",   "DSN",  "CHUNKING", "SMTPUTF8",
                                        "ETRN",       "VRFY", "AUTH",     "BINARYMIME",
                                        "DELIVERBY",  NULL};

    return dialogue_find(dialogue_word(&text), words) >= 0;
}

bool smtp_says_so(struct span greeting)
{
    while (greeting.n) {
        struct span word = dialogue_word(&greeting);

        if (span_equal_nocase(word, SPAN("ESMTP")) || span_equal_nocase(word, SPAN("SMTP")) ||
            span_equal_nocase(word, SPAN("LMTP")))
            return true;
    }
    return false;
}

bool smtp_probe(enum dir from, struct span first)
{
    return from == DIR_CLIENT ? dialogue_begins(first, names) : dialogue_is_code(first, "245");
}
