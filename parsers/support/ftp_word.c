/* SPDX-License-Identifier: Apache-2.0
 *
 * Words and addresses of FTP.
 */
#include "support/ftp_word.h"

#include "support/dialogue.h"

static const char *const first_words[] = {"USER", "PASS", "ACCT", "ADAT", "AUTH",
                                          "PORT", "EPRT", "PASV", "EPSV", NULL};
static const char *const file_words[] = {"STOR", "STOU", "APPE", "CWD",  "XCWD", "MKD",
                                         "XMKD", "RMD",  "XRMD", "RNFR", "RNTO", "SIZE",
                                         "MDTM", "MLSD", "MLST", "NLST", "MFMT", NULL};
static const char *const own_words[] = {"SYST", "FEAT", "TYPE", "STRU", "PWD",  "XPWD", "CDUP",
                                        "XCUP", "REST", "PBSZ", "PROT", "OPTS", "SITE", "ALLO",
                                        "SMNT", "REIN", "CLNT", "ABOR", "LPRT", "LPSV", NULL};
static const char *const common_words[] = {"RETR", "HOST", "LANG", "DELE", "LIST", "MODE", "STAT",
                                           "HELP", "NOOP", "QUIT", "MIC",  "CONF", "ENC",  "CCC",
                                           "CSID", "AVBL", "SPSV", "HASH", NULL};

enum ftp_word ftp_word(struct span word)
{
    static const uint8_t kinds[] = {FTP_USER, FTP_PASS, FTP_PASS, FTP_PASS, FTP_AUTH,
                                    FTP_PORT, FTP_EPRT, FTP_PASV, FTP_EPSV};
    int i = dialogue_find(word, first_words);

    if (i >= 0)
        return (enum ftp_word)kinds[i];
    if (dialogue_find(word, file_words) >= 0)
        return FTP_FILE;
    if (dialogue_find(word, own_words) >= 0)
        return FTP_OWN;
    return dialogue_find(word, common_words) >= 0 ? FTP_COMMON : FTP_NOTHING;
}

static bool in_list(const uint16_t *codes, unsigned code)
{
    for (int i = 0; codes[i]; i++)
        if (codes[i] == code)
            return true;
    return false;
}

bool ftp_code(unsigned code)
{
    static const uint16_t codes[] = {
        110, 120, 125, 150, 200, 202, 211, 212, 213, 214, 215, 220, 221, 225, 226, 227, 228,
        229, 230, 231, 232, 233, 234, 235, 250, 253, 257, 300, 331, 332, 334, 335, 336, 350,
        421, 425, 426, 430, 431, 434, 450, 451, 452, 500, 501, 502, 503, 504, 505, 521, 522,
        523, 530, 531, 532, 533, 534, 535, 536, 537, 550, 551, 552, 553, 554, 555, 0};

    return in_list(codes, code);
}

bool ftp_code_own(unsigned code)
{
    static const uint16_t codes[] = {125, 150, 215, 226, 227, 229, 230, 232,
                                     234, 257, 331, 332, 350, 425, 426, 0};

    return in_list(codes, code);
}

bool ftp_says_so(struct span greeting)
{
    bool said = false;

    for (size_t i = 0; i < greeting.n; i++) {
        struct span at = span_from(greeting, i);

        if (span_starts_nocase(at, SPAN("SMTP")))
            return false;
        said = said || span_starts_nocase(at, SPAN("FTP"));
    }
    return said;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Six numbers below 256 with commas between them. */
static bool read_six(struct span text, uint8_t six[6])
{
    for (int i = 0; i < 6; i++) {
        uint64_t value;
        size_t n = 0;

        while (n < text.n && n < 4 && is_digit(text.p[n]))
            n++;
        if (!dialogue_number(span_first(text, n), 255, &value))
            return false;
        six[i] = (uint8_t)value;
        text = span_from(text, n);
        if (i < 5 && (text.n == 0 || text.p[0] != ','))
            return false;
        text = span_from(text, i < 5);
    }
    return true;
}

bool ftp_end_port(struct span text, struct ftp_end *end)
{
    uint8_t six[6];

    for (size_t i = 0; i < text.n; i++) {
        if (!is_digit(text.p[i]) || (i && is_digit(text.p[i - 1])))
            continue;
        if (!read_six(span_from(text, i), six))
            continue;
        end->addr = ipaddr_v4(six);
        end->port = be16_at(six + 4);
        return end->port != 0;
    }
    return false;
}

static bool read_address(struct span text, struct ipaddr *addr)
{
    char name[IPADDR_TEXT];

    if (text.n == 0 || text.n >= sizeof(name))
        return text.n == 0;
    memcpy(name, text.p, text.n);
    name[text.n] = 0;
    return ipaddr_parse(name, addr);
}

bool ftp_end_extended(struct span text, struct ftp_end *end)
{
    struct cursor c;
    struct span address, port;
    uint64_t number;
    uint8_t bar;

    text = span_from(text, span_index(text, '(') < text.n ? span_index(text, '(') + 1 : 0);
    c = cur_of(span_trim(text));
    bar = cur_u8(&c);
    (void)cur_until(&c, bar, 8);
    address = cur_until(&c, bar, IPADDR_TEXT);
    port = cur_until(&c, bar, 8);
    *end = (struct ftp_end){0};
    if (c.state != CUR_OK || !dialogue_number(port, UINT16_MAX, &number) || number == 0)
        return false;
    end->port = (uint16_t)number;
    return read_address(address, &end->addr);
}

bool ftp_probe(enum dir from, struct span first)
{
    if (from == DIR_SERVER)
        return dialogue_is_code(first, "1245");
    return dialogue_begins(first, first_words) || dialogue_begins(first, file_words) ||
           dialogue_begins(first, own_words) || dialogue_begins(first, common_words);
}
