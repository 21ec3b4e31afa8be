/* SPDX-License-Identifier: Apache-2.0
 *
 * zookeeper_words: see zookeeper_words.h.
 */
#include "support/zookeeper_words.h"

struct word {
    char text[ZK_WORD + 1];
    const char *begins[3]; /* of the answer; "#" is a number */
};

static const struct word words[] = {
    {"ruok", {"imok"}},
    {"stat", {"Zookeeper version: "}},
    {"srvr", {"Zookeeper version: "}},
    {"conf", {"clientPort=", "secureClientPort=", "dataDir="}},
    {"cons", {" /", "/"}},
    {"dump", {"SessionTracker dump:"}},
    {"envi", {"Environment:"}},
    {"mntr", {"zk_version\t", "zk_"}},
    {"wchs", {"#"}},
    {"wchc", {"0x"}},
    {"wchp", {"/"}},
    {"dirs", {"datadir_size: "}},
    {"isro", {"rw", "ro", "null"}},
    {"crst", {"Connection stats reset."}},
    {"srst", {"Server stats reset."}},
    {"gtmk", {"#"}},
    {"stmk", {"#"}},
    {"hash", {"["}},
};

static const char not_serving[] = "This ZooKeeper instance is not currently serving requests";
static const char not_listed[] = " is not executed because it is not in the whitelist";

enum { WORDS = sizeof(words) / sizeof(words[0]) };

int zookeeper_word(struct span text)
{
    text = span_first(text, ZK_WORD);
    for (int i = 0; i < WORDS; i++)
        if (text.n && memcmp(words[i].text, text.p, text.n) == 0)
            return i;
    return -1;
}

struct span zookeeper_word_text(int word)
{
    return span_of(words[word].text, ZK_WORD);
}

static enum zk_answer agrees(const char *begins, struct span text)
{
    if (text.n && (uint8_t)begins[0] != text.p[0])
        return ZK_ANSWER_NO; /* nearly always */

    size_t n = strlen(begins);
    size_t common = n < text.n ? n : text.n;

    if (common && memcmp(begins, text.p, common) != 0)
        return ZK_ANSWER_NO;
    return common == n ? ZK_ANSWER_YES : ZK_ANSWER_PERHAPS;
}

static enum zk_answer best(enum zk_answer a, enum zk_answer b)
{
    return a > b ? a : b;
}

/* A number, alone on its line or of connections. */
static enum zk_answer counts(struct span text)
{
    size_t n = 0;

    while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
        n++;
    text = span_from(text, n);
    if (n == 0 && text.n)
        return ZK_ANSWER_NO;
    return best(agrees(" connections ", text), agrees("\n", text));
}

/* "ruok is not executed because ..." */
static enum zk_answer is_not_listed(int word, struct span text)
{
    enum zk_answer a = agrees(words[word].text, text);

    return a == ZK_ANSWER_YES ? agrees(not_listed, span_from(text, ZK_WORD)) : a;
}

enum zk_answer zookeeper_word_answer(int word, struct span text)
{
    enum zk_answer a = best(agrees(not_serving, text), is_not_listed(word, text));

    for (size_t i = 0; i < 3 && words[word].begins[i]; i++) {
        const char *begins = words[word].begins[i];

        a = best(a, begins[0] == '#' ? counts(text) : agrees(begins, text));
    }
    return a;
}

bool zookeeper_words_begin(struct span text)
{
    /* Asked for the first bytes of every server. */
    static const char firsts[] = "0123456789 /CEST[Zcdeghimnrswz";

    if (memchr(firsts, text.p[0], sizeof firsts - 1) == NULL)
        return false;
    for (int word = 0; word < WORDS; word++)
        if (zookeeper_word_answer(word, text) != ZK_ANSWER_NO)
            return true;
    return false;
}
