/* SPDX-License-Identifier: Apache-2.0 */
#include "support/http_words.h"

static const char *const names[WORD_COUNT] = {
    [WORD_CLUSTER_NAME] = "cluster_name",
    [WORD_LUCENE] = "lucene_version",
    [WORD_DISTRIBUTION] = "distribution",
    [WORD_OPENSEARCH] = "opensearch",
    [WORD_KIND] = "kind",
    [WORD_API_VERSION] = "apiVersion",
    [WORD_STATUS] = "Status",
    [WORD_ETCD_SERVER] = "etcdserver",
    [WORD_ETCD_CLUSTER] = "etcdcluster",
    [WORD_MIN_API_VERSION] = "MinAPIVersion",
    [WORD_CLUSTER_ID] = "cluster_id",
    [WORD_MEMBER_ID] = "member_id",
    [WORD_KEY] = "key",
    [WORD_LEASE] = "lease",
    [WORD_NAME] = "name",
    [WORD_GIT_VERSION] = "gitVersion",
    [WORD_GIT_STATE] = "gitTreeState",
    [WORD_SHARDS] = "_shards",
    [WORD_INDEX] = "_index",
    [WORD_TIMED_OUT] = "timed_out",
    [WORD_ROOT_CAUSE] = "root_cause",
    [WORD_SCRIPT] = "script",
    [WORD_SCRIPT_ARGS] = "ScriptArgs",
    [WORD_ARGS] = "Args",
    [WORD_SCRIPT_OF_CHECK] = "Script",
    [WORD_KUBELET_CONFIG] = "kubeletconfig",
    [WORD_POD_REF] = "podRef",
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* True: a string ends with this byte. */
static bool take(struct http_words *w, uint8_t c)
{
    if (!w->inside) {
        w->inside = c == '"';
        w->n = 0;
        return false;
    }
    if (c == '"' && !w->escaped) {
        w->inside = false;
        return true;
    }
    w->escaped = c == '\\' && !w->escaped;
    if (w->n < WORDS_TEXT)
        w->text[w->n++] = c;
    return false;
}

bool words_next(struct http_words *w, struct span *piece)
{
    while (piece->n && !w->over) {
        uint8_t c = piece->p[0];

        if (w->bytes == 0 && is_blank(c)) {
            *piece = span_from(*piece, 1);
            continue;
        }
        if ((w->bytes == 0 && c != '{') || w->bytes == WORDS_BYTES) {
            w->over = true;
            return false;
        }
        w->bytes++;
        *piece = span_from(*piece, 1);
        if (take(w, c))
            return true;
    }
    return false;
}

enum word words_know(struct http_words *w)
{
    struct span text = span_of(w->text, w->n);
    unsigned i = WORD_COUNT - 1;

    while (i > WORD_NONE && !span_equal(text, span_text(names[i])))
        i--;
    w->last = (uint8_t)i;
    w->found |= 1u << i;
    return (enum word)i;
}
