/* SPDX-License-Identifier: Apache-2.0
 *
 * tds_text: see tds_text.h.
 */
#include "support/tds_text.h"

enum { PIECE = 1024 };

/* What reaches beyond the database. No word has its first letter again, so that a mismatch can only
 * be a new beginning. */
static const char *const words[TDS_WORDS] = {"xp_cmdshell", "sp_oacreate"};

static void words_look(struct parse *p, struct tds_text_out *t, struct span text)
{
    for (size_t i = 0; i < text.n && !t->told; i++) {
        char c = (char)span_lower(text.p[i]);

        for (unsigned w = 0; w < TDS_WORDS; w++) {
            if (c != words[w][t->word[w]])
                t->word[w] = 0;
            if (c == words[w][t->word[w]])
                t->word[w]++;
            if (words[w][t->word[w]] != '\0')
                continue;
            parse_note_value(p, "SQL Server statement reaches for the system", span_text(words[w]));
            t->told = true;
            return;
        }
    }
}

static void piece_out(struct parse *p, struct tds_text_out *t, enum buffer b, struct span piece)
{
    if (piece.n == 0)
        return;
    if (b == BUFFER_SQL)
        words_look(p, t, piece);
    parse_buffer(p, b, t->begun ? BUFFER_NEXT : BUFFER_BEGINS, piece);
    t->begun = true;
}

static void text_out(struct parse *p, struct tds_text_out *t, enum buffer b, enum tds_text how,
                     struct span text)
{
    uint8_t piece[PIECE];

    if (how != TDS_TEXT_UTF16) {
        piece_out(p, t, b, text);
        return;
    }
    while (text.n) {
        size_t n = utf16_to_utf8(&t->utf16, &text, piece, sizeof(piece));

        piece_out(p, t, b, span_of(piece, n));
    }
}

void tds_text_statement(struct parse *p, struct tds_text_out *t, enum tds_text how,
                        struct span text)
{
    text_out(p, t, BUFFER_SQL, how, text);
}

void tds_text_body(struct parse *p, struct tds_text_out *t, enum tds_text how, struct span text)
{
    if (parse_wants(p, BUFFER_BODY))
        text_out(p, t, BUFFER_BODY, how, text);
}

void tds_text_break(struct parse *p, struct tds_text_out *t, enum buffer b)
{
    t->utf16 = (struct utf16){.high = 0};
    if (t->begun)
        piece_out(p, t, b, SPAN("\n"));
}

void tds_text_end(struct parse *p, struct tds_text_out *t, enum buffer b)
{
    if (t->begun)
        parse_buffer(p, b, BUFFER_ENDS, span_of("", 0));
    *t = (struct tds_text_out){.begun = false};
}

void tds_text_raw(struct parse *p, struct tds_text_out *t, struct span bytes)
{
    uint8_t piece[PIECE];
    size_t n = 0;

    if (!parse_wants(p, BUFFER_BODY))
        return;
    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i])
            piece[n++] = bytes.p[i];
        if (n < sizeof(piece) && i + 1 < bytes.n)
            continue;
        piece_out(p, t, BUFFER_BODY, span_of(piece, n));
        n = 0;
    }
}

void tds_text_field(struct parse *p, enum field f, enum tds_text how, struct span text)
{
    uint8_t out[TDS_FIELD_MOST];
    struct utf16 u = {.high = 0};

    if (!p->wants_tx || text.n == 0)
        return;
    if (how == TDS_TEXT_UTF16)
        text = span_of(out, utf16_to_utf8(&u, &text, out, sizeof(out)));
    parse_field(p, f, text);
}
