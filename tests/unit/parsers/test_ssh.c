/* SPDX-License-Identifier: Apache-2.0
 *
 * SSH: identification, offers of algorithms, new keys, and what only begins like it.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})
#define NO_NOTE    "!note *"

/* Ten name lists, the first eight of four letters, none for languages. */
#define OFFER                                                                                      \
    "\0\0\0\x6e\x04\x14"                                                                           \
    "0123456789abcdef"                                                                             \
    "\0\0\0\x0fk1,k2,k3,k4,k56"                                                                    \
    "\0\0\0\x04host\0\0\0\x04"                                                                     \
    "enco\0\0\0\x04"                                                                               \
    "ence\0\0\0\x04maco\0\0\0\x04mace\0\0\0\x04"                                                   \
    "cmpo\0\0\0\x04"                                                                               \
    "cmpe\0\0\0\0\0\0\0\0"                                                                         \
    "\0\0\0\0\0pppp"
#define KEYS        "\0\0\0\x0d\x04\x1eg123456pppp"
#define NEWKEYS     "\0\0\0\x0c\x0a\x15pppppppppp"
#define SEALED      "\x01\x02\x03\x04random bytes"
#define CLIENT_LINE "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
#define SERVER_LINE "SSH-2.0-dropbear_2022.83\r\n"
#define CLIENT_ID                                                                                  \
    "client.proto_version=2.0 client.software_version=OpenSSH_9.2p1 client.comments=Debian-2"
#define SERVER_ID "server.proto_version=2.0 server.software_version=dropbear_2022.83"
#define CLIENT_OFFER                                                                               \
    "client.hassh.hash=4d453b4a3d0e32667ee012b62923cf05 "                                          \
    "client.hassh.string=k1,k2,k3,k4,k56;enco;maco;cmpo"
#define SERVER_OFFER                                                                               \
    "server.hassh.hash=77a16ea6fb991be5728238d944ca2c90 "                                          \
    "server.hassh.string=k1,k2,k3,k4,k56;ence;mace;cmpe"

#define AGREED                                                                                     \
    " algorithms.kex=k1 algorithms.host_key=host algorithms.cipher_to_server=enco"                 \
    " algorithms.cipher_to_client=ence algorithms.mac_to_server=maco"                              \
    " algorithms.mac_to_client=mace algorithms.compression_to_server=cmpo"                         \
    " algorithms.compression_to_client=cmpe"
/* The second says something else under the number of the first. */
#define SHOWS "\0\0\0\x1b\x04\x1f\0\0\0\x0f\0\0\0\x07ssh-rsakey!rest!"
#define GROUP "\0\0\0\x12\x04\x1f\0\0\0\x04prim\0\0\0\1g!!!"

static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void reads_the_whole_handshake(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(SERVER_LINE), CLIENT(CLIENT_LINE), CLIENT(OFFER), SERVER(OFFER),
                 CLIENT(KEYS), SERVER(KEYS NEWKEYS), CLIENT(NEWKEYS SEALED), SERVER(SEALED)),
           LINES("app ssh", "proof certain", NO_NOTE,
                 "tx ssh " SERVER_ID " " CLIENT_ID " " CLIENT_OFFER " " SERVER_OFFER AGREED));
}

static void shows_the_host_key(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(SERVER_LINE OFFER GROUP SHOWS SHOWS NEWKEYS)),
           LINES("app ssh", NO_NOTE,
                 "tx ssh " SERVER_ID " " SERVER_OFFER " host_key.type=ssh-rsa "
                 "host_key.fingerprint=SHA256:/XtTz52K2or8Gzs1NJ9rltc9wlHnm4U0YqKnhFdvVPo"));
}

static void client_may_speak_first(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(CLIENT_LINE OFFER), SERVER(SERVER_LINE OFFER KEYS NEWKEYS SEALED),
                 CLIENT(KEYS NEWKEYS SEALED)),
           LINES("app ssh", "proof certain", NO_NOTE,
                 "tx ssh " CLIENT_ID " " CLIENT_OFFER " " SERVER_ID " " SERVER_OFFER AGREED));
}

static void one_side_is_enough(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("SSH-1.99-Cisco-1.25\n")),
           LINES("app ssh", "proof strong",
                 "tx ssh server.proto_version=1.99 server.software_version=Cisco-1.25"));
    speaks(TURNS(SERVER(SERVER_LINE OFFER KEYS NEWKEYS SEALED)),
           LINES("app ssh", "proof strong", NO_NOTE, "tx ssh " SERVER_ID " " SERVER_OFFER));
    speaks(TURNS(CLIENT(CLIENT_LINE OFFER KEYS NEWKEYS SEALED)),
           LINES("app ssh", "proof strong", NO_NOTE, "tx ssh " CLIENT_ID " " CLIENT_OFFER));
}

static void passes_other_lines(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("Welcome to\r\n\tthis host \xc3\xa4\n\nSSh-2.0 is not it\n" SERVER_LINE),
                 CLIENT(CLIENT_LINE)),
           LINES("app ssh", "proof certain", "tx ssh " SERVER_ID " " CLIENT_ID));
}

static void binary_may_follow_soon(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("hi\nSSH-2.0-x\n" OFFER)),
           LINES("app ssh", "proof strong",
                 "tx ssh server.proto_version=2.0 server.software_version=x " SERVER_OFFER));
}

static void limits_other_lines(void **state)
{
    enum { MOST = 50 };
    static struct turn turns[MOST + 3];

    (void)state;
    for (int i = 0; i < MOST; i++)
        turns[i] = (struct turn)SERVER("line\n");
    turns[MOST] = (struct turn)SERVER(SERVER_LINE);
    speaks(turns, LINES("app ssh"));
    turns[MOST] = (struct turn)SERVER("line\n");
    turns[MOST + 1] = (struct turn)SERVER(SERVER_LINE);
    speaks(turns, LINES("app failed"));
}

static void limits_other_bytes(void **state)
{
    static char text[4097];
    struct turn turns[] = {{TURN_SERVER, text, 4096, 0}, SERVER(SERVER_LINE), {0}};
    const struct conversation c = {.server_port = 22, .turns = turns, .expect = LINES("app ssh")};
    const struct conversation d = {
        .server_port = 22, .turns = turns, .expect = LINES("app failed")};

    (void)state;
    memset(text, 'x', sizeof text);
    text[4095] = '\n';
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_BYTES);
    text[4095] = 'x';
    text[4096] = '\n';
    turns[0].n = 4097;
    conversation_check_once(&d, CUT_TURNS);
    conversation_check_once(&d, CUT_BYTES);
}

static void protocol_1_ends_early(void **state)
{
    (void)state;
    speaks(TURNS(SERVER("SSH-1.5-old\n"), CLIENT("SSH-1.5-older\n\0\0\0\xff junk"),
                 SERVER("\0\0\0\xff junk")),
           LINES("app ssh", "proof certain", NO_NOTE, "threat 2008 SSH of version 1 is spoken: 1.5",
                 "tx ssh server.proto_version=1.5 server.software_version=old "
                 "client.proto_version=1.5 client.software_version=older"));
}

#define SHAKEN                                                                                     \
    SERVER(SERVER_LINE), CLIENT(CLIENT_LINE OFFER), SERVER(OFFER KEYS NEWKEYS), CLIENT(KEYS NEWKEYS)
#define TRIES  CLIENT("some bytes that are sealed"), SERVER("and a short answer to them")
#define FAILED "note SSH session ends as those do whose login fails"

static void notes_logins_that_fail(void **state)
{
    static const char motd[200] = "welcome";

    (void)state;
    speaks(TURNS(SHAKEN, TRIES, TRIES, TRIES), LINES("app ssh", FAILED));
    speaks(TURNS(SHAKEN, TRIES, TRIES, TRIES, TRIES, TRIES, TRIES), LINES(FAILED));
    /* too few, too many, more than a refusal, or the client goes */
    speaks(TURNS(SHAKEN, TRIES, TRIES), LINES("app ssh", NO_NOTE));
    speaks(TURNS(SHAKEN, TRIES, TRIES, TRIES, TRIES, TRIES, TRIES, TRIES), LINES(NO_NOTE));
    speaks(TURNS(SHAKEN, TRIES, TRIES, TRIES, SERVER_BYTES(motd, sizeof motd)), LINES(NO_NOTE));
    speaks(TURNS(SHAKEN, TRIES, TRIES, TRIES, CLIENT("bye")), LINES(NO_NOTE));
}

static void notes_malformed_packets(void **state)
{
    (void)state;
    speaks(TURNS(SERVER(SERVER_LINE "\0\0\xff\xff\x04\x14 too long"), CLIENT(CLIENT_LINE)),
           LINES("app ssh", "proof certain", "note malformed SSH packet",
                 "tx ssh " SERVER_ID " " CLIENT_ID));
    speaks(TURNS(SERVER(SERVER_LINE "\0\0\0\x06\x05\x14xxxx"), CLIENT(CLIENT_LINE)),
           LINES("app ssh", "note malformed SSH packet"));
    speaks(TURNS(SERVER(SERVER_LINE "\0\0\0\x1a\x04\x14"
                                    "0123456789abcdef\0\0\0\x40pppp" KEYS),
                 CLIENT(CLIENT_LINE)),
           LINES("app ssh", "proof certain", "note malformed SSH key exchange offer"));
}

static void passes_large_packets(void **state)
{
    static char text[20000];
    const struct turn turns[] = {CLIENT(CLIENT_LINE OFFER),
                                 SERVER(SERVER_LINE "\0\0\x4e\x22\x04\x1f"),
                                 {TURN_SERVER, text, sizeof text, 0},
                                 SERVER(OFFER NEWKEYS SEALED),
                                 {0}};
    const struct conversation c = {.server_port = 40000,
                                   .turns = turns,
                                   .expect = LINES("proof certain", NO_NOTE,
                                                   "tx ssh " CLIENT_ID " " CLIENT_OFFER
                                                   " " SERVER_ID " " SERVER_OFFER AGREED)};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
    conversation_check_once(&c, CUT_WHOLE);
    conversation_check_once(&c, CUT_BYTES);
}

static void survives_gaps(void **state)
{
    const struct turn turns[] = {
        CLIENT(CLIENT_LINE), SERVER(SERVER_LINE), CLIENT_LOST(200),     CLIENT("some rest"),
        SERVER(OFFER),       SERVER_LOST(9),      SERVER("other rest"), {0}};
    const struct conversation c = {.server_port = 22,
                                   .turns = turns,
                                   .expect =
                                       LINES("app ssh", "proof certain", NO_NOTE,
                                             "tx ssh " CLIENT_ID " " SERVER_ID " " SERVER_OFFER)};

    (void)state;
    conversation_check_once(&c, CUT_TURNS);
}

static void leaves_others_alone(void **state)
{
    static const char *const lines[] = {
        "SSH-2-x\r\n",         "SSH-2.0\r\n",       "SSH-2.0-\r\n",
        "SSH-a.b-c\r\n",       "SSH-2.0-a\x01\r\n", "SSH-2.0000-x\r\n",
        "SSX-2.0-OpenSSH\r\n", "ssh-2.0-x\r\n",     "220 mail ESMTP\r\n",
    };
    static char long_line[300];

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        speaks(TURNS(CLIENT_BYTES(lines[i], strlen(lines[i]))), LINES("!app ssh"));
        speaks(TURNS(SERVER_BYTES(lines[i], strlen(lines[i]))), LINES("!app ssh"));
    }
    memset(long_line, 'x', sizeof long_line);
    memcpy(long_line, "SSH-2.0-", 8);
    long_line[sizeof long_line - 1] = '\n';
    speaks(TURNS(CLIENT_BYTES(long_line, sizeof long_line)), LINES("!app ssh"));
    speaks(TURNS(SERVER("Welcome\r\n\x01\x02\r\n" SERVER_LINE)), LINES("!app ssh"));
    speaks(TURNS(SERVER("220 mail\r\n"), CLIENT("EHLO x\r\n"), SERVER(SERVER_LINE)),
           LINES("!app ssh"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_whole_handshake),
        cmocka_unit_test(shows_the_host_key),
        cmocka_unit_test(client_may_speak_first),
        cmocka_unit_test(one_side_is_enough),
        cmocka_unit_test(passes_other_lines),
        cmocka_unit_test(binary_may_follow_soon),
        cmocka_unit_test(limits_other_lines),
        cmocka_unit_test(limits_other_bytes),
        cmocka_unit_test(protocol_1_ends_early),
        cmocka_unit_test(notes_logins_that_fail),
        cmocka_unit_test(notes_malformed_packets),
        cmocka_unit_test(passes_large_packets),
        cmocka_unit_test(survives_gaps),
        cmocka_unit_test(leaves_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
