/* SPDX-License-Identifier: Apache-2.0
 *
 * Offers of SSH: fingerprints, agreement, host keys.
 */
#include "support/ssh_offer.h"

#include <nettle/base64.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>

enum {
    TEXT_MAX = 4096,
    KEPT_MAX = 32768, /* bytes of an offer */
    AGREED = 8,       /* lists that matter: not the languages */
    NAME_MAX_BYTES = 64,
};

struct ssh_kept {
    uint32_t ends[SSH_LISTS]; /* of each list in `bytes` */
    uint8_t bytes[];
};

static const enum field hash_fields[] = {FIELD_SSH_CLIENT_HASSH_MD5, FIELD_SSH_SERVER_HASSH_MD5};
static const enum field text_fields[] = {FIELD_SSH_CLIENT_HASSH, FIELD_SSH_SERVER_HASSH};

struct text {
    struct md5_ctx md5;
    uint8_t at[TEXT_MAX];
    size_t n;
};

static void text_add(struct text *t, struct span more)
{
    md5_update(&t->md5, more.n, more.p);
    more = span_first(more, TEXT_MAX - t->n);
    if (more.n)
        memcpy(t->at + t->n, more.p, more.n);
    t->n += more.n;
}

void ssh_offer_report(struct parse *p, const struct ssh_offer *offer)
{
    unsigned own = p->dir == DIR_CLIENT ? 0 : 1;
    uint8_t digest[MD5_DIGEST_SIZE];
    char hex[2 * MD5_DIGEST_SIZE];
    struct text text;

    text.n = 0;
    md5_init(&text.md5);
    text_add(&text, offer->lists[0]);
    for (unsigned i = 2; i <= 6; i += 2) {
        text_add(&text, SPAN(";"));
        text_add(&text, offer->lists[i + own]);
    }
    md5_digest(&text.md5, sizeof digest, digest);
    for (size_t i = 0; i < sizeof hex; i++)
        hex[i] = "0123456789abcdef"[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    parse_field(p, hash_fields[p->dir], span_of(hex, sizeof hex));
    parse_field(p, text_fields[p->dir], span_of(text.at, text.n));
}

struct ssh_kept *ssh_offer_keep(struct parse *p, const struct ssh_offer *offer)
{
    struct ssh_kept *kept;
    uint32_t n = 0;

    for (unsigned i = 0; i < SSH_LISTS; i++)
        n += (uint32_t)offer->lists[i].n;
    if (n > KEPT_MAX)
        return NULL;
    kept = parse_alloc(p, sizeof *kept + n);
    if (!kept)
        return NULL;
    n = 0;
    for (unsigned i = 0; i < SSH_LISTS; i++) {
        struct span list = offer->lists[i];

        if (list.n)
            memcpy(kept->bytes + n, list.p, list.n);
        n += (uint32_t)list.n;
        kept->ends[i] = n;
    }
    return kept;
}

static struct span kept_list(const struct ssh_kept *kept, unsigned i)
{
    uint32_t begin = i ? kept->ends[i - 1] : 0;

    return span_of(kept->bytes + begin, kept->ends[i] - begin);
}

static struct span name_next(struct span *list)
{
    size_t comma = span_index(*list, ',');
    struct span name = span_first(*list, comma);

    *list = span_from(*list, comma + 1);
    return name;
}

static bool list_has(struct span list, struct span name)
{
    while (list.n)
        if (span_equal(name_next(&list), name))
            return true;
    return false;
}

/* The client's first that the server has too. Lists are cut where comparing would take long. */
static struct span agreed(struct span client, struct span server)
{
    client = span_first(client, TEXT_MAX / 2);
    server = span_first(server, TEXT_MAX / 2);
    while (client.n) {
        struct span name = name_next(&client);

        if (name.n && name.n <= NAME_MAX_BYTES && list_has(server, name))
            return name;
    }
    return span_of("", 0);
}

void ssh_offer_agree(struct parse *p, const struct ssh_offer *offer, struct ssh_kept *peer)
{
    static const enum field fields[AGREED] = {
        FIELD_SSH_KEX,
        FIELD_SSH_HOST_KEY,
        FIELD_SSH_CIPHER_TO_SERVER,
        FIELD_SSH_CIPHER_TO_CLIENT,
        FIELD_SSH_MAC_TO_SERVER,
        FIELD_SSH_MAC_TO_CLIENT,
        FIELD_SSH_COMPRESSION_TO_SERVER,
        FIELD_SSH_COMPRESSION_TO_CLIENT,
    };

    for (unsigned i = 0; i < AGREED; i++) {
        struct span mine = offer->lists[i], other = kept_list(peer, i);
        struct span name = p->dir == DIR_CLIENT ? agreed(mine, other) : agreed(other, mine);

        if (name.n)
            parse_field(p, fields[i], name);
    }
    parse_free(p, peer);
}

/* RFC 4253 section 6.6: a key begins with the name of its kind. */
bool ssh_key_report(struct parse *p, struct cursor packet)
{
    struct span key = cur_span(&packet, cur_be32(&packet));
    struct cursor inside = cur_of(key);
    struct span kind = cur_span(&inside, cur_be32(&inside));
    uint8_t digest[SHA256_DIGEST_SIZE];
    char text[7 + BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE)] = "SHA256:";
    struct sha256_ctx sha;

    if (packet.state != CUR_OK || inside.state != CUR_OK || kind.n < 4 || kind.n > NAME_MAX_BYTES ||
        !span_printable(kind))
        return false;
    sha256_init(&sha);
    sha256_update(&sha, key.n, key.p);
    sha256_digest(&sha, sizeof digest, digest);
    base64_encode_raw(text + 7, sizeof digest, digest);
    parse_field(p, FIELD_SSH_KEY_KIND, kind);
    parse_field(p, FIELD_SSH_KEY_HASH, span_of(text, sizeof text - 1)); /* without the padding */
    return true;
}
