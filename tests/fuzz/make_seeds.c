/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the seeds of all fuzz targets: make_seeds DIRECTORY. Small ones, each with a meaning.
 */
#include "packet_builder.h"
#include "tcp_script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sys/stat.h>

struct seed {
    const char *target, *name;
    struct span bytes;
};

static void write_seed(const char *root, const char *target, const char *name, struct span bytes)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", root, target);
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        perror(path);
        exit(1);
    }
    snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.p, 1, bytes.n, file) != bytes.n || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* ---- conversations for fuzz_parser ---- */

#define FROM_CLIENT 0
#define FROM_SERVER 1
#define LOST        2

struct chunk {
    uint8_t how;
    const char *bytes;
    size_t n;
};

#define C(literal)                                                                                 \
    {                                                                                              \
        FROM_CLIENT, (literal), sizeof(literal) - 1                                                \
    }
#define S(literal)                                                                                 \
    {                                                                                              \
        FROM_SERVER, (literal), sizeof(literal) - 1                                                \
    }
#define LOST_BYTES(n)                                                                              \
    {                                                                                              \
        LOST, "################", (n)                                                              \
    }
#define END                                                                                        \
    {                                                                                              \
        0, NULL, 0                                                                                 \
    }

static const struct chunk http_plain[] = {
    C("GET /a?b=c HTTP/1.1\r\nHost: example.org\r\nUser-Agent: t\r\n\r\n"),
    S("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"),
    C("POST /x HTTP/1.1\r\nHost: example.org\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
    C("0\r\n\r\n"),
    S("HTTP/1.1 301 Moved\r\nLocation: /y\r\nTransfer-Encoding: "
      "chunked\r\n\r\n1\r\nz\r\n0\r\n\r\n"),
    END};
static const struct chunk http_lost[] = {C("GET /a HTTP/1.1\r\nHost: example.org\r\n\r\n"),
                                         S("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n"),
                                         LOST_BYTES(9),
                                         C("GET /b HTTP/1.1\r\nHost: example.org\r\n\r\n"), END};
static const struct chunk http_upgrade[] = {
    C("GET /w HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
    S("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
    C("\x81\x82\x01\x02\x03\x04\x69\x6b"), S("\x81\x02hi"), END};
static const struct chunk redis[] = {C("*1\r\n$4\r\nPING\r\n"),
                                     S("+PONG\r\n"),
                                     C("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"),
                                     S("+OK\r\n"),
                                     C("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"),
                                     S("$1\r\nv\r\n"),
                                     S("-ERR bad\r\n"),
                                     END};
static const struct chunk ssh[] = {C("SSH-2.0-OpenSSH_9.2p1\r\n"),
                                   S("SSH-2.0-dropbear_2022.83\r\n"),
                                   C("\x00\x00\x00\x54\x04\x14"
                                     "0123456789abcdef"
                                     "\x00\x00\x00\x04kex1\x00\x00\x00\x02hk\x00\x00\x00\x02"
                                     "e1\x00\x00\x00\x02"
                                     "e2\x00\x00\x00\x02m1\x00\x00\x00\x02m2\x00\x00\x00\x02"
                                     "c1\x00\x00\x00\x02"
                                     "c2\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
                                   END};
static const struct chunk dns[] = {
    C("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"
      "example\x03org\x00\x00\x01\x00\x01"),
    S("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07"
      "example\x03org\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x01"
      "\x01\x02"),
    END};
static const struct chunk ntp[] = {
    C("\x23\x02\x06\xe9\x00\x00\x00\x00\x00\x00\x00\x00\x0a\x01\x01\x01"
      "\xe0\x00\x00\x00\x00\x00\x00\x00\xe0\x00\x00\x00\x00\x00\x00\x00"
      "\xe0\x00\x00\x00\x00\x00\x00\x00\xe0\x00\x00\x01\x00\x00\x00\x00"),
    END};
static const struct chunk tftp[] = {C("\x00\x01"
                                      "boot.cfg\0octet\0blksize\0"
                                      "512\0"),
                                    S("\x00\x06"
                                      "blksize\0"
                                      "512\0"),
                                    C("\x00\x04\x00\x00"), S("\x00\x03\x00\x01hello"), END};
static const struct chunk mysql[] = {
    S("\x4a\x00\x00\x00\x0a"
      "8.0.33\0\x08\x00\x00\x00"
      "abcdefgh\0\xff\xff\x21\x02\x00\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0"
      "ijklmnopqrst\0mysql_native_password\0"),
    C("\x2c\x00\x00\x01\x85\xa6\x0f\x00\x00\x00\x00\x01\x21"
      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0root\0\0test\0\0"),
    S("\x07\x00\x00\x02\x00\x00\x00\x02\x00\x00\x00"), C("\x09\x00\x00\x00\x03select 1"), END};
static const struct chunk mysqlx[] = {C("\x01\x00\x00\x00\x01"), S("\x01\x00\x00\x00\x02"),
                                      C("\x0b\x00\x00\x00\x0c\x0a\x08"
                                        "select 1"),
                                      END};
static const struct chunk postgresql[] = {
    C("\x00\x00\x00\x20\x00\x03\x00\x00user\0app\0database\0shop\0\0"),
    S("R\x00\x00\x00\x08\x00\x00\x00\x00S\x00\x00\x00\x18server_version\0"
      "15.3\0Z\x00\x00\x00\x05I"),
    C("Q\x00\x00\x00\x0dselect 1\0"), S("C\x00\x00\x00\x0dSELECT 1\0Z\x00\x00\x00\x05I"), END};
static const struct chunk tls[] = {
    C("\x16\x03\x01\x00\x45\x01\x00\x00\x41\x03\x03"
      "0123456789abcdef0123456789abcdef"
      "\x00\x00\x02\x13\x01\x01\x00\x00\x16\x00\x00\x00\x12\x00\x10\x00\x00\x0d"
      "example.org.x"),
    S("\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03"
      "0123456789abcdef0123456789abcdef"
      "\x00\x13\x01\x00\x00\x00"),
    S("\x14\x03\x03\x00\x01\x01"),
    C("\x17\x03\x03\x00\x04"
      "data"),
    END};

/* The fixed part is mostly zeros: written apart. */
static struct chunk dhcp[3];

static void make_dhcp(void)
{
    static uint8_t discover[300] = {1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78};
    static const uint8_t options[] = {0x63, 0x82, 0x53, 0x63, 53, 1, 1, 12, 4,  'h',
                                      'o',  's',  't',  55,   3,  1, 3, 6,  255};

    memcpy(discover + 28, "\x02\x00\x00\x00\x00\x01", 6);
    memcpy(discover + 236, options, sizeof options);
    dhcp[0] = (struct chunk){FROM_CLIENT, (const char *)discover, sizeof discover};
}

struct parser_seed {
    const char *target, *name;
    uint8_t options;
    const struct chunk *chunks;
};

static const struct parser_seed parser_seeds[] = {
    {"parser_http", "plain", 0, http_plain},
    {"parser_http", "midstream", 2, http_plain},
    {"parser_http", "lost", 0, http_lost},
    {"parser_http", "upgrade", 0, http_upgrade},
    {"parser_mysqlx", "capabilities", 0, mysqlx},
    {"parser_redis", "plain", 0, redis},
    {"parser_redis", "midstream", 6, redis},
    {"parser_ssh", "plain", 0, ssh},
    {"parser_dns", "udp", 1, dns},
    {"parser_ntp", "plain", 1, ntp},
    {"parser_tftp", "read", 1, tftp},
    {"parser_dhcp", "discover", 1, dhcp},
    {"parser_mysql", "login", 0, mysql},
    {"parser_postgresql", "login", 0, postgresql},
    {"parser_tls", "hello", 0, tls},
};

static void make_parser_seed(const char *root, const struct parser_seed *p)
{
    struct packet_builder b;

    build_begin(&b);
    build_bytes(&b, &p->options, 1);
    for (const struct chunk *c = p->chunks; c->bytes; c++) {
        uint8_t head[3] = {c->how};

        build_put16(head + 1, (uint32_t)c->n);
        build_bytes(&b, head, sizeof head);
        build_bytes(&b, c->bytes, c->n);
    }
    write_seed(root, p->target, p->name, span_of(b.bytes, b.n));
}

/* ---- frames ---- */

static void begin(struct packet_builder *b, uint8_t how)
{
    build_begin(b);
    build_bytes(b, &how, 1);
    b->link = LINK_ETHERNET;
}

static void decode_seed(const char *root, const char *name, struct packet_builder *b)
{
    build_finish(b);
    write_seed(root, "decode", name, span_of(b->bytes, b->n));
}

static void syn(struct packet_builder *b)
{
    build_tcp(b, &(struct tcp_spec){.sport = 40000,
                                    .dport = 80,
                                    .flags = TCP_SYN,
                                    .mss = 1460,
                                    .wscale = 7,
                                    .timestamps = true,
                                    .ts_value = 1,
                                    .window = 64240});
}

static void make_links(const char *root)
{
    struct packet_builder b;

    begin(&b, LINK_ETHERNET);
    build_ethernet(&b);
    build_vlan(&b, 0x88a8, 5);
    build_vlan(&b, 0x8100, 6);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    syn(&b);
    decode_seed(root, "vlans", &b);

    begin(&b, LINK_ETHERNET);
    build_ethernet(&b);
    build_pppoe(&b, 1);
    build_ip(&b, "2001:db8::1", "2001:db8::2");
    build_udp(&b, 1000, 2000);
    decode_seed(root, "pppoe", &b);

    begin(&b, LINK_COOKED);
    build_link(&b, LINK_COOKED);
    build_mpls(&b, 3);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    build_icmp(&b, 8, 0, 1);
    decode_seed(root, "cooked_mpls", &b);

    begin(&b, LINK_RAW_IP);
    build_ip(&b, "2001:db8::1", "2001:db8::2");
    build_ipv6_extension(&b, 0, SPAN("\x01\x04\0\0\0\0"));
    build_ipv6_extension(&b, 43, SPAN("\0\0\0\0\0\0"));
    build_ipv6_extension(&b, 60, SPAN("\x01\x04\0\0\0\0"));
    build_icmpv6(&b, 128, 0, 1);
    decode_seed(root, "extensions", &b);
}

static void make_tunnels(const char *root)
{
    struct packet_builder b;

    begin(&b, LINK_ETHERNET);
    build_ethernet(&b);
    build_ip(&b, "192.0.2.1", "192.0.2.2");
    build_vxlan(&b, 1);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    syn(&b);
    decode_seed(root, "vxlan", &b);

    begin(&b, LINK_RAW_IP);
    build_ip(&b, "192.0.2.1", "192.0.2.2");
    build_geneve(&b, 1);
    build_ethernet(&b);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    syn(&b);
    decode_seed(root, "geneve", &b);

    begin(&b, LINK_RAW_IP);
    build_ip(&b, "192.0.2.1", "192.0.2.2");
    build_gre(&b, 7);
    build_ip(&b, "192.0.2.3", "192.0.2.4");
    build_ip(&b, "2001:db8::1", "2001:db8::2");
    build_sctp(&b, 1000, 2000, 1);
    decode_seed(root, "gre_ipip_6in4", &b);

    begin(&b, LINK_RAW_IP);
    build_ip(&b, "192.0.2.1", "192.0.2.2");
    build_gtpu(&b, 7);
    build_ip(&b, "10.1.1.1", "10.1.1.2");
    syn(&b);
    decode_seed(root, "gtpu", &b);

    begin(&b, LINK_RAW_IP);
    build_ip(&b, "192.0.2.1", "192.0.2.2");
    build_teredo(&b);
    build_ip(&b, "2001:db8::1", "2001:db8::2");
    syn(&b);
    decode_seed(root, "teredo", &b);
}

static void make_errors(const char *root)
{
    struct packet_builder b;

    begin(&b, LINK_RAW_IP);
    build_ip(&b, "10.1.1.2", "10.1.1.1");
    build_icmp(&b, 3, 3, 0);
    build_bytes(&b, "\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\x0a\x01\x01\x01\x0a\x01\x01\x02", 20);
    build_bytes(&b, "\x03\xe8\x07\xd0\0\x08\0\0", 8);
    decode_seed(root, "unreachable", &b);

    begin(&b, LINK_RAW_IP);
    build_ip_spec(&b, &(struct ip_spec){.src = "10.1.1.1",
                                        .dst = "10.1.1.2",
                                        .options = SPAN("\x83\x07\x04\x0a\x01\x01\x03")});
    build_tcp(&b,
              &(struct tcp_spec){.flags = TCP_ACK, .options = SPAN("\x05\x0a\0\0\0\1\0\0\0\2")});
    decode_seed(root, "options", &b);
}

/* ---- scripts ---- */

/* As fuzz_defrag reads them. */
static const struct seed defrag_seeds[] = {
    {"defrag", "in_order", {(const uint8_t *)"\x02\0\0\0\x05\xc8\x00\0\0\xb9\x05\xc8", 12}},
    {"defrag", "reversed", {(const uint8_t *)"\x00\0\0\xb9\x05\xc8\x02\0\0\0\x05\xc8", 12}},
    {"defrag", "ipv6_ping", {(const uint8_t *)"\x03\2\0\0\x05\x98\x01\2\0\xb3\x05\x98", 12}},
    {"defrag", "overlap", {(const uint8_t *)"\x02\0\0\0\x05\xc8\x82\0\0\x01\x05\xc8", 12}},
    {"defrag", "duplicate", {(const uint8_t *)"\x02\1\0\0\x05\xc8\x02\1\0\0\x05\xc8", 12}},
    {"defrag", "late", {(const uint8_t *)"\x42\0\0\0\x05\xc8\x40\0\0\xb9\x05\xc8", 12}},
    {"defrag", "beyond", {(const uint8_t *)"\x02\2\x1f\xff\x05\xc8\x00\2\x1f\xfe\x05\xc8", 12}},
};

static const struct seed tcp_seeds[] = {
    {"tcp", "honest_in_order", {(const uint8_t *)"\0\x10\0\0\x40\x01\0\0\0\x10\0\0\x40", 13}},
    {"tcp", "honest_holes", {(const uint8_t *)"\0\0\0\x80\x40\0\1\0\x40\0\0\0\x7f\x01\0\0\0", 17}},
    {"tcp",
     "honest_lies",
     {(const uint8_t *)"\0\0\0\x10\x40\2\0\x20\x40\x06\0\0\x20\0\0\0\x40", 17}},
    {"tcp", "linux_holes", {(const uint8_t *)"\2\0\x20\0\x40\2\x20\0\x30\0\x60\0\0", 13}},
    {"tcp", "linux_cover", {(const uint8_t *)"\2\2\x10\0\x40\0\x40\0\x20\0\x20\0\0\1\0\0\0", 17}},
    {"tcp",
     "wild_handshake",
     {(const uint8_t *)"\1\x80\x02\0\0\0\0\0\0\x81\x12\0\0\0\0\0\0\x00\x10\0\0\0\0\0\0"
                       "\x80\x18\0\0\0\0\0\x20\x80\x11\0\0\0\0\0\0\x81\x11\0\0\0\0\0\0",
      49}},
    {"tcp", "wild_reset", {(const uint8_t *)"\1\x80\x02\0\0\0\0\0\0\x81\x14\0\0\0\0\0\0", 17}},
    {"tcp",
     "wild_urgent",
     {(const uint8_t *)"\1\x82\x38\0\0\0\0\x05\0\x10\x80\x38\0\x10\0\0\0\x08", 18}},
};

static void make_replay(const char *root)
{
    struct frame_list frames = {0};
    struct tcp_script s;
    struct packet_builder b;

    tcp_script_init(&s, &frames);
    tcp_open(&s);
    tcp_send(&s, DIR_CLIENT, SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    tcp_send(&s, DIR_SERVER, SPAN("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    tcp_close(&s, DIR_CLIENT);
    build_begin(&b);
    build_fill(&b, LINK_ETHERNET, 1);
    for (size_t i = 0; i < frames.count; i++) {
        uint8_t head[2];

        build_put16(head, frames.frames[i].n);
        build_bytes(&b, head, sizeof head);
        build_bytes(&b, frames.frames[i].bytes, frames.frames[i].n);
    }
    write_seed(root, "replay", "http", span_of(b.bytes, b.n));
    frame_list_free(&frames);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_seeds DIRECTORY\n");
        return 2;
    }
    make_dhcp();
    for (size_t i = 0; i < sizeof parser_seeds / sizeof parser_seeds[0]; i++)
        make_parser_seed(argv[1], &parser_seeds[i]);
    for (size_t i = 0; i < sizeof defrag_seeds / sizeof defrag_seeds[0]; i++)
        write_seed(argv[1], defrag_seeds[i].target, defrag_seeds[i].name, defrag_seeds[i].bytes);
    for (size_t i = 0; i < sizeof tcp_seeds / sizeof tcp_seeds[0]; i++)
        write_seed(argv[1], tcp_seeds[i].target, tcp_seeds[i].name, tcp_seeds[i].bytes);
    make_links(argv[1]);
    make_tunnels(argv[1]);
    make_errors(argv[1]);
    make_replay(argv[1]);
    return 0;
}
