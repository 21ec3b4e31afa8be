/* SPDX-License-Identifier: Apache-2.0
 *
 * mime_filename: see mime_filename.h.
 */
#include "support/mime_filename.h"

#include "support/http_target.h"
#include "support/http_value.h"
#include "support/mime_param.h"

struct teller {
    void (*tell)(void *arg, struct span);
    void *arg;
};

static void name_tell(const struct teller *t, struct span name)
{
    if (name.n)
        t->tell(t->arg, name);
}

static void written_tell(const struct teller *t, const struct mime_param *p)
{
    uint8_t text[MIME_FILENAME_MOST], other[MIME_FILENAME_MOST];
    struct span name = mime_param_text(p, text, sizeof text), read;
    uint16_t flags = 0;

    name_tell(t, name);
    read = http_argument_decode(name, other, &flags);
    if (!span_equal(read, name))
        name_tell(t, read);
    read = http_value_words(name, other);
    if (!span_equal(read, name))
        name_tell(t, read);
}

void mime_filenames(struct span field, struct span name, void (*tell)(void *arg, struct span),
                    void *arg)
{
    const struct teller t = {tell, arg};
    uint8_t text[MIME_FILENAME_MOST];
    struct span rest = field;
    struct mime_param p;

    while (mime_param_next(&rest, &p))
        if (span_equal_nocase(p.name, name))
            written_tell(&t, &p);
    name_tell(&t, mime_param_joined(field, name, text, sizeof text));
}
