/* SPDX-License-Identifier: Apache-2.0
 *
 * Redis: commands and replies, pairing, inline commands, bodies passed over, look-alikes.
 */
#include "support/conversation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define TURNS(...) ((const struct turn[]){__VA_ARGS__, {0}})

#define PING    "*1\r\n$4\r\nPING\r\n"
#define TX_PING "tx redis command=PING arguments=0"
#define GET     "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
#define TX_GET  "tx redis command=GET arguments=1 key=k"
#define UNKNOWN "app failed"

/* Both sides on a port that says nothing, in every cut. */
static void speaks(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check(&c);
}

static void speaks_once(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {.server_port = 40000, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void speaks_midstream(const struct turn *turns, const char *const *expect)
{
    const struct conversation c = {
        .server_port = 6379, .midstream = true, .turns = turns, .expect = expect};

    conversation_check_once(&c, CUT_TURNS);
}

static void pairs_commands_and_replies(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PING), SERVER("+PONG\r\n"),
                 CLIENT("*3\r\n$3\r\nset\r\n$4\r\nuser\r\n$5\r\nhello\r\n"), SERVER("+OK\r\n"),
                 CLIENT("*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n"),
                 SERVER("-ERR DB index is out of range\r\n")),
           LINES("app redis", "proof certain", TX_PING, "!note *",
                 "tx redis command=SET arguments=2 key=user",
                 "tx redis command=SELECT arguments=1 database=12 error=ERR"));
}

static void reads_a_login(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT("*6\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n"
                     "$6\r\nsecret\r\n$7\r\nSETNAME\r\n"
                     "*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$8\r\nredis-py\r\n"
                     "*3\r\n$3\r\nACL\r\n$7\r\nGETUSER\r\n$3\r\nbob\r\n"),
              SERVER("%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n"
                     "+OK\r\n"
                     "_\r\n")),
        LINES("proof certain",
              "tx redis command=HELLO arguments=5 user=alice server_version=7.0.15",
              "tx redis command=CLIENT arguments=3 client_library=redis-py",
              "tx redis command=ACL arguments=2 user=bob"));
}

static void never_tells_a_password(void **state)
{
    const struct conversation c = {
        .turns = TURNS(CLIENT("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"
                              "*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$6\r\nsecret\r\n"
                              "*4\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"
                              "AUTH secret\r\nAUTH bob secret\r\n"),
                       SERVER("-WRONGPASS a\r\n+OK\r\n-ERR a\r\n+OK\r\n+OK\r\n")),
        .expect = LINES("tx redis command=AUTH arguments=1 error=WRONGPASS",
                        "tx redis command=AUTH arguments=2 user=bob",
                        "tx redis command=AUTH arguments=1", "note Redis refuses access")};
    char *outcome = conversation_play(&c, CUT_TURNS, 0);

    (void)state;
    assert_null(strstr(outcome, "secret"));
    free(outcome);
    conversation_check(&c);
}

static void tells_who_is_refused(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT("*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$1\r\nx\r\n"), SERVER("-WRONGPASS a\r\n")),
        LINES("note Redis refuses access: bob"));
}

static void reads_the_version_of_info(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET "*1\r\n$4\r\nINFO\r\n" GET),
                 SERVER("$7\r\nversion\r\n$40\r\n# Server\r\nredis_version:6.2.1\r\nredis_git:\r\n"
                        "\r\n$-1\r\n")),
           LINES(TX_GET, "tx redis command=INFO arguments=0 server_version=6.2.1"));
    speaks(TURNS(CLIENT("*1\r\n$4\r\nINFO\r\n"),
                 SERVER("=44\r\ntxt:# Server\r\nredis_version:6.2.1\r\nredis_git:\r\n\r\n")),
           LINES("tx redis command=INFO arguments=0 server_version=6.2.1"));
}

static void reads_all_types_of_replies(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(GET GET GET GET GET GET GET GET GET GET PING),
                 SERVER(":-12\r\n"
                        "*3\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n$-1\r\n"
                        "%1\r\n+a\r\n*1\r\n#t\r\n"
                        "~2\r\n,3.14\r\n(123456789012345678901234567890\r\n"
                        "!5\r\nERR x\r\n"
                        "|1\r\n+ttl\r\n:3\r\n=5\r\ntxt:a\r\n"
                        "*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n"
                        "$?\r\n;2\r\nab\r\n;0\r\n"
                        "*?\r\n:1\r\n*1\r\n$?\r\n;0\r\n.\r\n"
                        "*-1\r\n"
                        "-LOADING x\r\n")),
           LINES("proof certain", TX_GET, "tx redis command=PING arguments=0 error=LOADING"));
}

static void passes_pushes(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PING), SERVER(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n+PONG\r\n"),
                 CLIENT(GET), SERVER("-ERR x\r\n")),
           LINES(TX_PING, TX_GET " error=ERR"));
    speaks(TURNS(CLIENT("*3\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n$1\r\nb\r\n" PING),
                 SERVER("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n"
                        "*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n"
                        "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
                        "*2\r\n$4\r\npong\r\n$0\r\n\r\n"),
                 CLIENT(GET), SERVER("-ERR x\r\n")),
           LINES("tx redis command=SUBSCRIBE arguments=2", TX_PING, TX_GET " error=ERR"));
    speaks(TURNS(CLIENT("*1\r\n$7\r\nMONITOR\r\n"),
                 SERVER("+OK\r\n+1700000000.1 [0 127.0.0.1:5] \"keys\"\r\n"), CLIENT(PING),
                 SERVER("-ERR x\r\n")),
           LINES("tx redis command=MONITOR arguments=0", TX_PING " error=ERR"));
}

static void knows_who_is_not_answered(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n" GET PING
                        "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n" GET
                        "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$2\r\nON\r\n" GET),
                 SERVER("-ERR a\r\n+OK\r\n-WRONGTYPE b\r\n")),
           LINES(TX_GET, TX_PING " error=ERR", "tx redis command=CLIENT arguments=2",
                 TX_GET " error=WRONGTYPE"));
}

static void follows_replication(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n"), SERVER("\n\n"),
                 SERVER("+FULLRESYNC 8de1 1\r\n\n$5\r\nREDIS*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"),
                 CLIENT("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n7\r\n"),
                 SERVER("*1\r\n$4\r\nPING\r\n")),
           LINES("proof certain", "tx redis command=PSYNC arguments=2",
                 "tx redis command=REPLCONF arguments=2", "!note *"));
    speaks(TURNS(CLIENT("*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n"),
                 SERVER("+FULLRESYNC 8de1 1\r\n$EOF:0123456789\r\nREDIS and more\r\n")),
           LINES("proof certain", "tx redis command=PSYNC arguments=2", "!note *"));
    speaks(TURNS(CLIENT("*1\r\n$4\r\nSYNC\r\n" PING), SERVER("-NOMASTERLINK x\r\n"), CLIENT(GET),
                 SERVER("-ERR y\r\n")),
           LINES("tx redis command=SYNC arguments=0 error=NOMASTERLINK", TX_PING,
                 TX_GET " error=ERR"));
}

static void reads_inline_commands(void **state)
{
    (void)state;
    speaks(
        TURNS(CLIENT("\r\nset  key \"a value\"\r\n"), SERVER("+OK\r\n"), CLIENT("get 'the key'\n"),
              SERVER("$7\r\na value\r\n"), CLIENT("QUIT\r\n"), SERVER("+OK\r\n")),
        LINES("app redis", "proof strong", "tx redis command=SET arguments=2 key=key",
              "tx redis command=GET arguments=1 key=the key", "tx redis command=QUIT arguments=0"));
    speaks(TURNS(CLIENT("  \"ping\"\n"), SERVER("+PONG\r\n")), LINES("proof strong", TX_PING));
    speaks(TURNS(CLIENT("PING\r\n"), SERVER("+PONG\r\n"), CLIENT(PING), SERVER("+PONG\r\n")),
           LINES("app redis", "proof certain", TX_PING));
}

static void notes_dangerous_commands(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*6\r\n$6\r\nCONFIG\r\n$3\r\nset\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n"
                        "$3\r\ndir\r\n$4\r\n/etc\r\n"),
                 SERVER("+OK\r\n"), CLIENT("*3\r\n$6\r\nMODULE\r\n$4\r\nload\r\n$4\r\n/a.so\r\n"),
                 SERVER("+OK\r\n"), CLIENT("*3\r\n$9\r\nREPLICAOF\r\n$1\r\nh\r\n$1\r\n1\r\n"),
                 SERVER("+OK\r\n"),
                 CLIENT("*4\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\nk\r\n"),
                 SERVER(":1\r\n"), CLIENT("*1\r\n$8\r\nFLUSHALL\r\n"), SERVER("+OK\r\n")),
           LINES("note Redis CONFIG SET of the database file", "note Redis MODULE LOAD",
                 "note Redis REPLICAOF", "note Redis EVAL", "note Redis FLUSHALL",
                 "tx redis command=EVAL arguments=3 key=k"));
    speaks(TURNS(CLIENT("*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n"
                        "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$3\r\ndir\r\n"),
                 SERVER(":1\r\n*0\r\n")),
           LINES("tx redis command=EVAL arguments=2", "!note Redis CONFIG*"));
}

static void notes_http(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PING "POST / HTTP/1.1\r\nHost: a\r\n\r\n"),
                 SERVER("+PONG\r\n-ERR unknown command\r\n")),
           LINES("app redis", "note HTTP request on a Redis connection"));
}

static void reads_commands_of_others(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*2\r\n$7\r\nX.THING\r\n$1\r\na\r\n")),
           LINES("app redis", "proof fair", "tx redis command=X.THING arguments=1"));
    speaks(TURNS(CLIENT("*2\r\n$7\r\nX.THING\r\n$1\r\na\r\n"), SERVER("+OK\r\n")),
           LINES("app redis", "proof certain", "tx redis command=X.THING arguments=1"));
}

/* Redis takes any byte behind a CR, and passes over what it does not run. */
static void is_as_lenient_as_redis(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*0\r\n*-1\r\n*1\rx$4\rxPINGxx" GET), SERVER("+PONG\r\n$1\r\nvxx")),
           LINES(TX_PING, TX_GET));
}

static void hands_on_values(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*5\r\n$3\r\nSET\r\n$4\r\nuser\r\n$5\r\nhello\r\n$2\r\nEX\r\n$2\r\n10\r\n"
                        "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n" GET
                        "SET city Paris\r\n" GET),
                 SERVER("+OK\r\n:1\r\n$5\r\nhello\r\n+OK\r\n*2\r\n$0\r\n\r\n$3\r\na\r\n\r\n")),
           LINES("buffer body hello", "buffer body EX", "buffer body return 1", "buffer body Paris",
                 "buffer body a\\r\\n", "proof certain"));
    speaks(TURNS(CLIENT(PING "*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$6\r\nsecret\r\n"
                             "*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n"
                             "$6\r\nsecret\r\n")),
           LINES("app redis", "!buffer *"));
}

/* Whole, in pieces. */
static void hands_on_long_values(void **state)
{
    enum { VALUE = 100000 };
    static char set[VALUE + 64], got[VALUE + 64], line[VALUE + 32];
    size_t n = (size_t)snprintf(set, sizeof(set), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n", VALUE);
    size_t m = (size_t)snprintf(got, sizeof(got), "$%d\r\n", VALUE);
    size_t head = (size_t)snprintf(line, sizeof(line), "buffer body ");

    (void)state;
    memset(set + n, 'v', VALUE);
    memset(got + m, 'v', VALUE);
    memset(line + head, 'v', VALUE);
    speaks_once(TURNS(CLIENT_BYTES(set, n + VALUE), CLIENT("\r\n" GET), SERVER("+OK\r\n"),
                      SERVER_BYTES(got, m + VALUE), SERVER("\r\n"), CLIENT(PING),
                      SERVER("-ERR a\r\n")),
                LINES(line, TX_GET, TX_PING " error=ERR"));
    n = (size_t)snprintf(set, sizeof(set), "*3\r\n$4\r\nEVAL\r\n$%d\r\n", VALUE);
    memset(set + n, 'v', VALUE);
    speaks_once(TURNS(CLIENT(PING), CLIENT_BYTES(set, n + VALUE), CLIENT("\r\n$1\r\n0\r\n" PING),
                      SERVER("+PONG\r\n:1\r\n-ERR a\r\n")),
                LINES(line, TX_PING " error=ERR"));
}

static void passes_long_arguments(void **state)
{
    enum { VALUE = 300000, FIELDS = 1000 };
    static char value[VALUE], many[FIELDS * 16];
    int head =
        snprintf(value, sizeof(value), "*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%d\r\n", VALUE - 1000);
    size_t n = (size_t)snprintf(many, sizeof(many), "*%d\r\n$4\r\nMSET\r\n", FIELDS + 1);

    (void)state;
    memset(value + head, '*', sizeof(value) - (size_t)head);
    for (int i = 0; i < FIELDS; i++)
        n += (size_t)snprintf(many + n, sizeof(many) - n, "$4\r\n%04d\r\n", i);
    speaks_once(TURNS(CLIENT_BYTES(value, (size_t)head + VALUE - 1000), CLIENT("\r\n$2\r\nNX\r\n"),
                      SERVER("-ERR a\r\n"), CLIENT_BYTES(many, n), SERVER("-ERR b\r\n"),
                      CLIENT(PING), SERVER("+PONG\r\n")),
                LINES("proof certain", "tx redis command=SET arguments=3 key=key error=ERR",
                      "tx redis command=MSET arguments=1000 key=0000 error=ERR", TX_PING));
    speaks(TURNS(CLIENT_BYTES(many, n), SERVER("-ERR b\r\n"), CLIENT(PING), SERVER("+PONG\r\n")),
           LINES("tx redis command=MSET arguments=1000 key=0000 error=ERR", TX_PING));
}

static void passes_long_replies(void **state)
{
    enum { BODY = 2000000, ELEMENTS = 3000 };
    static char body[BODY], many[ELEMENTS * 16];
    size_t n = (size_t)snprintf(many, sizeof(many), "*%d\r\n", ELEMENTS);

    (void)state;
    memset(body, '-', sizeof(body));
    for (int i = 0; i < ELEMENTS; i++)
        n += (size_t)snprintf(many + n, sizeof(many) - n, "$4\r\n%04d\r\n", i);
    speaks_once(TURNS(CLIENT(GET), SERVER("$2000000\r\n"), SERVER_BYTES(body, BODY), SERVER("\r\n"),
                      CLIENT(PING), SERVER("-ERR a\r\n")),
                LINES(TX_GET, TX_PING " error=ERR"));
    speaks(TURNS(CLIENT(GET), SERVER_BYTES(many, n), CLIENT(PING), SERVER("-ERR a\r\n")),
           LINES(TX_GET, TX_PING " error=ERR"));
}

static void pairs_long_pipelines(void **state)
{
    enum { COMMANDS = 2000 };
    static char commands[COMMANDS * 24], replies[COMMANDS * 8];
    size_t c = 0, r = 0;

    (void)state;
    for (int i = 0; i < COMMANDS; i++) {
        c += (size_t)snprintf(commands + c, sizeof(commands) - c, GET);
        r += (size_t)snprintf(replies + r, sizeof(replies) - r, "+OK\r\n");
    }
    speaks_once(TURNS(CLIENT_BYTES(commands, c), SERVER_BYTES(replies, r), CLIENT(PING),
                      SERVER("-ERR a\r\n")),
                LINES("proof certain", TX_GET, TX_PING " error=ERR"));
}

static void stays_on_a_bulk_that_is_lost(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\nabc"), CLIENT_LOST(990),
                      CLIENT("1234567\r\n" PING), SERVER("+OK\r\n-ERR a\r\n")),
                LINES("tx redis command=SET arguments=2 key=k", TX_PING " error=ERR"));
}

static void finds_its_way_after_a_loss(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(PING), SERVER("+PONG\r\n"), CLIENT(PING), CLIENT_LOST(9),
                      CLIENT("alue\r\n"), CLIENT(GET), SERVER("+PONG\r\n"), CLIENT(PING),
                      SERVER("-ERR a\r\n")),
                LINES("proof certain", TX_PING, TX_GET, "!tx redis error*", "!note *"));
    speaks_once(TURNS(CLIENT(PING GET), SERVER_LOST(7), SERVER("+PONG\r\n"), CLIENT(GET),
                      SERVER("$1\r\nv\r\n"), CLIENT(PING), SERVER("-NOAUTH a\r\n")),
                LINES("app redis", TX_PING, TX_GET, "note Redis refuses access"));
}

static void finds_its_way_after_nonsense(void **state)
{
    (void)state;
    speaks_once(TURNS(CLIENT(PING), SERVER("+PONG\r\n"), CLIENT("*1\r\n+oops\r\n"),
                      SERVER("nonsense\r\n"), CLIENT(GET), SERVER("$1\r\nv\r\n")),
                LINES("app redis", TX_PING, TX_GET));
}

static void refuses_deep_replies(void **state)
{
    static char deep[4 * 40];

    (void)state;
    for (size_t i = 0; i < sizeof(deep); i += 4)
        memcpy(deep + i, "*1\r\n", 4);
    speaks(TURNS(CLIENT(GET), SERVER_BYTES(deep, 4 * 32), SERVER(":1\r\n-ERR a\r\n")),
           LINES(TX_GET));
    speaks_once(TURNS(CLIENT(GET), SERVER_BYTES(deep, 4 * 33), SERVER(":1\r\n-ERR a\r\n")),
                LINES(TX_GET, "!tx redis error*"));
}

static void joins_midstream(void **state)
{
    (void)state;
    speaks_midstream(TURNS(SERVER("$1\r\nv\r\n"), CLIENT(GET), SERVER("-ERR a\r\n")),
                     LINES("app redis", TX_GET " error=ERR"));
    speaks_midstream(
        TURNS(CLIENT("half a value\r\n"), SERVER("+OK\r\n"), CLIENT(GET), SERVER("$1\r\nv\r\n")),
        LINES("app redis", "proof certain", TX_GET));
}

static void reads_one_side(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT(PING GET)), LINES("app redis", "proof strong", TX_PING, TX_GET));
    speaks(TURNS(SERVER("$1\r\nv\r\n+OK\r\n")), LINES("app redis", "proof fair", "!tx *"));
    speaks(TURNS(SERVER("+OK\r\n+OK\r\n")), LINES(UNKNOWN));
}

static void reads_the_cluster_bus(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("RCmb\0\0\x08\xd8\0\1\x18\xeb\0\0\0\0")),
           LINES("app redis", "proof certain"));
    speaks(TURNS(CLIENT("RCmb\0\0\x08\xd8\0\7\x18\xeb\0\0\0\0")), LINES(UNKNOWN));
}

/* Who uses the same words, or begins with the same bytes. */
static void leaves_others_alone(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), SERVER("+OK\r\n")),
           LINES("app http"));
    speaks(TURNS(CLIENT("GET k HTTP/1.0\r\n"), SERVER("+OK\r\n")), LINES("!app redis"));
    speaks(TURNS(CLIENT("POST / HTTP/1.1\r\n"), SERVER("-ERR\r\n")), LINES("!app redis"));
    speaks(TURNS(SERVER("220 mail ESMTP\r\n"), CLIENT("QUIT\r\n"), SERVER("221 bye\r\n")),
           LINES("!app redis"));
    speaks(TURNS(SERVER("220 ftp\r\n"), CLIENT("TYPE I\r\n"), SERVER("200 OK\r\n"),
                 CLIENT("AUTH TLS\r\n"), SERVER("234 OK\r\n")),
           LINES("!app redis"));
    speaks(TURNS(SERVER("+OK POP3\r\n"), CLIENT("CAPA\r\n"), SERVER("+OK\r\n.\r\n"),
                 CLIENT("AUTH PLAIN\r\n"), SERVER("+OK\r\n"), CLIENT("QUIT\r\n"),
                 SERVER("+OK\r\n")),
           LINES("!app redis"));
    speaks(TURNS(CLIENT("QUIT\r\n"), SERVER("+OK\r\n")), LINES("!app redis"));
    speaks(TURNS(SERVER("* OK IMAP4rev1\r\n"), CLIENT("a1 SELECT x\r\n"), SERVER("a1 OK\r\n")),
           LINES("!app redis"));
    speaks(TURNS(SERVER("INFO {\"server_id\":\"a\"}\r\n"), CLIENT("CONNECT {}\r\nPING\r\n"),
                 SERVER("PONG\r\n")),
           LINES("!app redis"));
    speaks(TURNS(CLIENT("PING\r\n"), SERVER("PONG\r\n")), LINES("!app redis"));
    speaks(TURNS(CLIENT("get k\r\n"), SERVER("VALUE k 0 1\r\nv\r\nEND\r\n")),
           LINES("app memcached"));
    speaks(TURNS(CLIENT("SUBSCRIBE\nid:1\n\n\0"), SERVER("ERROR\nmessage:x\n\n\0")),
           LINES("!app redis"));
    speaks(TURNS(CLIENT("hello there\r\n"), SERVER("hello yourself\r\n")), LINES("!app redis"));
}

static void refuses_broken_messages(void **state)
{
    (void)state;
    speaks(TURNS(CLIENT("*1\r\n$600000000\r\n")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("*1048577\r\n$4\r\nPING\r\n")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("*1\r\n:4\r\n")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("*1\r\n$-1\r\n")), LINES(UNKNOWN));
    speaks(TURNS(CLIENT("*1\r\n$4\r\nP NG\r\n")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("$3\r\nabcdefg")), LINES(UNKNOWN));
    speaks(TURNS(SERVER("*2000000\r\n:1\r\n")), LINES(UNKNOWN));
}

/* Every command of the table is found: a name out of order would be lost. */
static void knows_every_command(void **state)
{
    static const char *const names[] = {
#define COMMAND(name, key, act) name,
#include "../../../parsers/support/redis_commands.def"
#undef COMMAND
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[64];
        int n = snprintf(text, sizeof(text), "*1\r\n$%zu\r\n%s\r\n", strlen(names[i]), names[i]);
        struct turn turns[] = {CLIENT_BYTES(text, (size_t)n), {0}};

        assert_true(i == 0 || strcmp(names[i - 1], names[i]) < 0);
        speaks_once(turns, LINES("proof strong"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_commands_and_replies),
        cmocka_unit_test(reads_a_login),
        cmocka_unit_test(never_tells_a_password),
        cmocka_unit_test(tells_who_is_refused),
        cmocka_unit_test(reads_the_version_of_info),
        cmocka_unit_test(reads_all_types_of_replies),
        cmocka_unit_test(passes_pushes),
        cmocka_unit_test(knows_who_is_not_answered),
        cmocka_unit_test(follows_replication),
        cmocka_unit_test(reads_inline_commands),
        cmocka_unit_test(notes_dangerous_commands),
        cmocka_unit_test(notes_http),
        cmocka_unit_test(reads_commands_of_others),
        cmocka_unit_test(is_as_lenient_as_redis),
        cmocka_unit_test(hands_on_values),
        cmocka_unit_test(hands_on_long_values),
        cmocka_unit_test(passes_long_arguments),
        cmocka_unit_test(passes_long_replies),
        cmocka_unit_test(pairs_long_pipelines),
        cmocka_unit_test(stays_on_a_bulk_that_is_lost),
        cmocka_unit_test(finds_its_way_after_a_loss),
        cmocka_unit_test(finds_its_way_after_nonsense),
        cmocka_unit_test(refuses_deep_replies),
        cmocka_unit_test(joins_midstream),
        cmocka_unit_test(reads_one_side),
        cmocka_unit_test(reads_the_cluster_bus),
        cmocka_unit_test(leaves_others_alone),
        cmocka_unit_test(refuses_broken_messages),
        cmocka_unit_test(knows_every_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
