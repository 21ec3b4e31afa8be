/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling Kerberos messages.
 */
#include "support/krb5_message.h"

struct name_of {
    int32_t number;
    const char *name;
};

static const struct name_of types[] = {
    {KRB5_AS_REQ, "KRB_AS_REQ"},   {KRB5_AS_REP, "KRB_AS_REP"},
    {KRB5_TGS_REQ, "KRB_TGS_REQ"}, {KRB5_TGS_REP, "KRB_TGS_REP"},
    {KRB5_AP_REQ, "KRB_AP_REQ"},   {KRB5_AP_REP, "KRB_AP_REP"},
    {KRB5_ERROR, "KRB_ERROR"},     {0, NULL},
};

/* RFC 3961 section 8, RFC 8009, RFC 4757, RFC 6803 */
static const struct name_of etypes[] = {
    {1, "des-cbc-crc"},
    {2, "des-cbc-md4"},
    {3, "des-cbc-md5"},
    {5, "des3-cbc-md5"},
    {7, "des3-cbc-sha1"},
    {16, "des3-cbc-sha1-kd"},
    {17, "aes128-cts-hmac-sha1-96"},
    {18, "aes256-cts-hmac-sha1-96"},
    {19, "aes128-cts-hmac-sha256-128"},
    {20, "aes256-cts-hmac-sha384-192"},
    {23, "rc4-hmac"},
    {24, "rc4-hmac-exp"},
    {25, "camellia128-cts-cmac"},
    {26, "camellia256-cts-cmac"},
    {-128, "rc4-md4"},
    {-133, "rc4-hmac-old"},
    {-135, "rc4-hmac-old-exp"},
    {0, NULL},
};

static const struct name_of errors[] = {
    {1, "KDC_ERR_NAME_EXP"},
    {2, "KDC_ERR_SERVICE_EXP"},
    {3, "KDC_ERR_BAD_PVNO"},
    {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
    {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
    {8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE"},
    {9, "KDC_ERR_NULL_KEY"},
    {10, "KDC_ERR_CANNOT_POSTDATE"},
    {11, "KDC_ERR_NEVER_VALID"},
    {12, "KDC_ERR_POLICY"},
    {13, "KDC_ERR_BADOPTION"},
    {14, "KDC_ERR_ETYPE_NOSUPP"},
    {15, "KDC_ERR_SUMTYPE_NOSUPP"},
    {16, "KDC_ERR_PADATA_TYPE_NOSUPP"},
    {18, "KDC_ERR_CLIENT_REVOKED"},
    {19, "KDC_ERR_SERVICE_REVOKED"},
    {20, "KDC_ERR_TGT_REVOKED"},
    {23, "KDC_ERR_KEY_EXPIRED"},
    {24, "KDC_ERR_PREAUTH_FAILED"},
    {25, "KDC_ERR_PREAUTH_REQUIRED"},
    {26, "KDC_ERR_SERVER_NOMATCH"},
    {27, "KDC_ERR_MUST_USE_USER2USER"},
    {29, "KDC_ERR_SVC_UNAVAILABLE"},
    {31, "KRB_AP_ERR_BAD_INTEGRITY"},
    {32, "KRB_AP_ERR_TKT_EXPIRED"},
    {33, "KRB_AP_ERR_TKT_NYV"},
    {34, "KRB_AP_ERR_REPEAT"},
    {35, "KRB_AP_ERR_NOT_US"},
    {36, "KRB_AP_ERR_BADMATCH"},
    {37, "KRB_AP_ERR_SKEW"},
    {41, "KRB_AP_ERR_MODIFIED"},
    {44, "KRB_AP_ERR_BADKEYVER"},
    {45, "KRB_AP_ERR_NOKEY"},
    {52, "KRB_ERR_RESPONSE_TOO_BIG"},
    {60, "KRB_ERR_GENERIC"},
    {68, "KDC_ERR_WRONG_REALM"},
    {0, NULL},
};

static const char *name_in(const struct name_of *list, int64_t number)
{
    for (int i = 0; list[i].name; i++)
        if (list[i].number == number)
            return list[i].name;
    return "other";
}

static bool is_rc4(int32_t etype)
{
    return etype == 23 || etype == 24 || etype == -128 || etype == -133 || etype == -135;
}

/* Below AES: RFC 8429, RFC 6649. */
static bool is_weak(int32_t etype)
{
    return is_rc4(etype) || (etype > 0 && etype < 17);
}

bool krb5_wants_rc4(const struct krb5_message *m)
{
    if (krb5_is_answer(m->tag) || m->etype_count == 0)
        return false;
    for (uint8_t i = 0; i < m->etype_count; i++)
        if (!is_rc4(m->etypes[i]))
            return false;
    return true;
}

static void report_name(struct parse *p, enum field f, const struct krb5_name *name)
{
    if (name->n)
        parse_field(p, f, span_of(name->text, name->n));
}

static void report_reply(struct parse *p, const struct krb5_message *m)
{
    parse_text(p, FIELD_KERBEROS_ENCRYPTION, name_in(etypes, m->etypes[0]));
    parse_uint(p, FIELD_KERBEROS_WEAK, is_weak(m->etypes[0]));
}

void krb5_message_report(struct parse *p, const struct krb5_message *m)
{
    if (!p->wants_tx)
        return;
    parse_text(p, FIELD_KERBEROS_MSG_TYPE, name_in(types, m->tag));
    report_name(p, FIELD_KERBEROS_CNAME, &m->cname);
    if (m->realm.n)
        parse_field(p, FIELD_KERBEROS_REALM, m->realm);
    report_name(p, FIELD_KERBEROS_SNAME, &m->sname);
    if (m->tag == KRB5_AS_REP || m->tag == KRB5_TGS_REP)
        report_reply(p, m);
    if (!krb5_is_answer(m->tag))
        for (uint8_t i = 0; i < m->etype_count; i++)
            parse_text(p, FIELD_KERBEROS_ETYPE, name_in(etypes, m->etypes[i]));
    if (m->ticket) {
        parse_text(p, FIELD_KERBEROS_TICKET_ENCRYPTION, name_in(etypes, m->ticket_etype));
        parse_uint(p, FIELD_KERBEROS_TICKET_WEAK, is_weak(m->ticket_etype));
    }
    if (m->tag == KRB5_ERROR)
        parse_text(p, FIELD_KERBEROS_ERROR_CODE, name_in(errors, m->error));
}
