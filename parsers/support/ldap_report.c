/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling LDAP messages.
 */
#include "support/ldap_message.h"

enum { LIST_MOST = 32 };

struct name_of {
    uint8_t number;
    const char *name;
};

static const struct name_of operations[] = {
    {LDAP_BIND, "bind_request"},
    {LDAP_BOUND, "bind_response"},
    {LDAP_UNBIND, "unbind_request"},
    {LDAP_SEARCH, "search_request"},
    {LDAP_ENTRY, "search_result_entry"},
    {LDAP_DONE, "search_result_done"},
    {LDAP_MODIFY, "modify_request"},
    {0x67, "modify_response"},
    {LDAP_ADD, "add_request"},
    {0x69, "add_response"},
    {LDAP_DELETE, "del_request"},
    {0x6b, "del_response"},
    {LDAP_RENAME, "mod_dn_request"},
    {0x6d, "mod_dn_response"},
    {LDAP_COMPARE, "compare_request"},
    {0x6f, "compare_response"},
    {LDAP_ABANDON, "abandon_request"},
    {LDAP_REFERENCE, "search_result_reference"},
    {LDAP_EXTENDED, "extended_request"},
    {LDAP_EXTENDED_DONE, "extended_response"},
    {LDAP_INTERMEDIATE, "intermediate_response"},
    {0, NULL},
};

static const struct name_of codes[] = {
    {0, "success"},
    {1, "operations_error"},
    {2, "protocol_error"},
    {3, "time_limit_exceeded"},
    {4, "size_limit_exceeded"},
    {5, "compare_false"},
    {6, "compare_true"},
    {7, "auth_method_not_supported"},
    {8, "stronger_auth_required"},
    {10, "referral"},
    {11, "admin_limit_exceeded"},
    {12, "unavailable_critical_extension"},
    {13, "confidentiality_required"},
    {14, "sasl_bind_in_progress"},
    {16, "no_such_attribute"},
    {17, "undefined_attribute_type"},
    {18, "inappropriate_matching"},
    {19, "constraint_violation"},
    {20, "attribute_or_value_exists"},
    {21, "invalid_attribute_syntax"},
    {32, "no_such_object"},
    {33, "alias_problem"},
    {34, "invalid_dn_syntax"},
    {36, "alias_dereferencing_problem"},
    {48, "inappropriate_authentication"},
    {49, "invalid_credentials"},
    {50, "insufficient_access_rights"},
    {51, "busy"},
    {52, "unavailable"},
    {53, "unwilling_to_perform"},
    {54, "loop_detect"},
    {64, "naming_violation"},
    {65, "object_class_violation"},
    {66, "not_allowed_on_non_leaf"},
    {67, "not_allowed_on_rdn"},
    {68, "entry_already_exists"},
    {69, "object_class_mods_prohibited"},
    {71, "affects_multiple_dsas"},
    {0, NULL},
};

static const char *name_in(const struct name_of *list, uint64_t number)
{
    for (int i = 0; list[i].name; i++)
        if (list[i].number == number)
            return list[i].name;
    return "other";
}

static void report_some(struct parse *p, enum field f, struct span value)
{
    if (value.n)
        parse_field(p, f, value);
}

static void report_texts(struct parse *p, enum field f, struct cursor list)
{
    for (int i = 0; i < LIST_MOST && cur_left(&list); i++)
        parse_field(p, f, der_bytes(&list, DER_OCTETS));
}

/* Types of attributes, or of changes to them. */
static void report_types(struct parse *p, enum field f, struct cursor list, bool changes)
{
    for (int i = 0; i < LIST_MOST && cur_left(&list); i++) {
        struct cursor one = der_enter(&list, DER_SEQUENCE);

        if (changes) {
            (void)der_number(&one, DER_ENUMERATED);
            one = der_enter(&one, DER_SEQUENCE);
        }
        parse_field(p, f, der_bytes(&one, DER_OCTETS));
    }
}

static void report_search(struct parse *p, const struct ldap_message *m)
{
    parse_field(p, FIELD_LDAP_BASE, m->name);
    parse_uint(p, FIELD_LDAP_SCOPE, m->number);
    parse_field(p, FIELD_LDAP_FILTER, span_of(m->filter.text, m->filter.n));
    report_texts(p, FIELD_LDAP_ATTRIBUTE, m->list);
}

static void report_details(struct parse *p, const struct ldap_message *m)
{
    switch ((enum ldap_tag)m->tag) {
    case LDAP_BIND:
        parse_uint(p, FIELD_LDAP_VERSION, m->number);
        parse_field(p, FIELD_LDAP_BIND_NAME, m->name);
        report_some(p, FIELD_LDAP_MECHANISM, m->second);
        break;
    case LDAP_SEARCH:
        report_search(p, m);
        break;
    case LDAP_MODIFY:
        parse_field(p, FIELD_LDAP_MODIFY_OBJECT, m->name);
        report_types(p, FIELD_LDAP_MODIFY_ATTRIBUTE, m->list, true);
        break;
    case LDAP_ADD:
        parse_field(p, FIELD_LDAP_ADD_ENTRY, m->name);
        report_types(p, FIELD_LDAP_ADD_ATTRIBUTE, m->list, false);
        break;
    case LDAP_DELETE:
        parse_field(p, FIELD_LDAP_DELETE_DN, m->name);
        break;
    case LDAP_RENAME:
        parse_field(p, FIELD_LDAP_RENAME_ENTRY, m->name);
        parse_field(p, FIELD_LDAP_RENAME_RDN, m->second);
        break;
    case LDAP_COMPARE:
        parse_field(p, FIELD_LDAP_COMPARE_ENTRY, m->name);
        parse_field(p, FIELD_LDAP_COMPARE_ATTRIBUTE, m->second);
        break;
    case LDAP_ABANDON:
        parse_uint(p, FIELD_LDAP_ABANDON_ID, m->number);
        break;
    case LDAP_EXTENDED:
        parse_field(p, FIELD_LDAP_EXTENDED_NAME, m->second);
        break;
    default:
        break;
    }
}

void ldap_request_report(struct parse *p, const struct ldap_message *m)
{
    if (!p->wants_tx)
        return;
    parse_uint(p, FIELD_LDAP_MESSAGE_ID, m->id);
    parse_text(p, FIELD_LDAP_OPERATION, name_in(operations, m->tag));
    if (!m->cut)
        report_details(p, m);
}

void ldap_answer_report(struct parse *p, const struct ldap_message *m)
{
    struct cursor referrals = m->list;

    if (!p->wants_tx)
        return;
    parse_text(p, FIELD_LDAP_RESPONSE, name_in(operations, m->tag));
    if (m->cut)
        return;
    if (m->tag == LDAP_ENTRY) {
        parse_field(p, FIELD_LDAP_RESPONSE_DN, m->name);
        return;
    }
    if (m->tag != LDAP_REFERENCE && m->tag != LDAP_INTERMEDIATE) {
        parse_text(p, FIELD_LDAP_RESULT_CODE, name_in(codes, m->number));
        report_some(p, FIELD_LDAP_RESPONSE_DN, m->name);
        report_some(p, FIELD_LDAP_RESULT_TEXT, m->second);
    } else if (m->tag == LDAP_INTERMEDIATE) {
        report_some(p, FIELD_LDAP_RESPONSE_NAME, m->second);
    }
    if (cur_left(&referrals))
        parse_field(p, FIELD_LDAP_REFERRAL, der_bytes(&referrals, DER_OCTETS));
}

struct span ldap_java(const struct ldap_message *m)
{
    static const char *const types[] = {"javaCodeBase", "javaFactory", "javaSerializedData",
                                        "javaRemoteLocation", NULL};
    struct cursor list = m->list;

    if (m->tag != LDAP_ENTRY || m->cut)
        return span_of("", 0);
    while (cur_left(&list)) {
        struct cursor one = der_enter(&list, DER_SEQUENCE), values;
        struct span type = der_bytes(&one, DER_OCTETS);

        for (int i = 0; types[i]; i++) {
            if (!span_equal_nocase(type, span_text(types[i])))
                continue;
            values = der_enter(&one, DER_SET);
            return i == 2 || cur_left(&values) == 0 ? type : der_bytes(&values, DER_OCTETS);
        }
    }
    return span_of("", 0);
}
