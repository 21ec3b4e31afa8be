/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of Kerberos, as they stand on the wire, and the lengths before them over TCP.
 */
#ifndef TESTS_KERBEROS_BYTES_H
#define TESTS_KERBEROS_BYTES_H

#define AS_REQ                                                                                     \
    "j}0{\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4o0m\xa0\x07\x03\x05\x00@"                     \
    "\x00\x00\x00\xa1\x10"                                                                         \
    "0\x0e\xa0\x03\x02\x01\x01\xa1\x07"                                                            \
    "0\x05\x1b\x03"                                                                                \
    "amy\xa2\x0b\x1b"                                                                              \
    "\x09"                                                                                         \
    "A.EXAMPLE\xa3\x1e"                                                                            \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b"                                                                                    \
    "\x06krbtgt\x1b\x09"                                                                           \
    "A.EXAMPLE\xa5\x11\x18\x0f"                                                                    \
    "20"                                                                                           \
    "300101000000Z\xa7\x03\x02\x01M\xa8\x0b"                                                       \
    "0\x09\x02\x01"                                                                                \
    "\x12\x02\x01\x11\x02\x01\x17"
#define AS_REQ_TCP "\x00\x00\x00\x7f" AS_REQ
#define AS_REQ_RC4                                                                                 \
    "j\x7f"                                                                                        \
    "0}\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4q0o\xa0\x07\x03\x05\x00@"                       \
    "\x00\x00\x00\xa1\x10"                                                                         \
    "0\x0e\xa0\x03\x02\x01\x01\xa1\x07"                                                            \
    "0\x05\x1b\x03"                                                                                \
    "amy\xa2\x0b\x1b"                                                                              \
    "\x09"                                                                                         \
    "A.EXAMPLE\xa3\x1e"                                                                            \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b"                                                                                    \
    "\x06krbtgt\x1b\x09"                                                                           \
    "A.EXAMPLE\xa5\x11\x18\x0f"                                                                    \
    "20"                                                                                           \
    "300101000000Z\xa7\x03\x02\x01M\xa8\x0d"                                                       \
    "0\x0b\x02\x01"                                                                                \
    "\x17\x02\x02\xff{\x02\x02\xffy"
#define AS_REQ_RC4_TCP "\x00\x00\x00\x81" AS_REQ_RC4
#define AS_REP                                                                                     \
    "k\x82\x00\x95"                                                                                \
    "0\x82\x00\x91\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0b\xa3\x0b\x1b\x09"                        \
    "A."                                                                                           \
    "EXAMPLE\xa4\x10"                                                                              \
    "0\x0e\xa0\x03\x02\x01\x01\xa1\x07"                                                            \
    "0\x05\x1b\x03"                                                                                \
    "am"                                                                                           \
    "y\xa5NaL0J\xa0\x03\x02\x01\x05\xa1\x0b\x1b\x09"                                               \
    "A.EXAMPL"                                                                                     \
    "E\xa2\x1e"                                                                                    \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b\x06krbtgt\x1b\x09"                                                                  \
    "A.EXAMPLE\xa3\x16"                                                                            \
    "0\x14\xa0\x03\x02\x01\x12\xa1\x03\x02\x01\x01\xa2"                                            \
    "\x08\x04\x06"                                                                                 \
    "cipher\xa6\x16"                                                                               \
    "0\x14\xa0\x03\x02\x01\x17\xa1\x03\x02\x01\x01\xa2"                                            \
    "\x08\x04\x06"                                                                                 \
    "cipher"
#define AS_REP_TCP "\x00\x00\x00\x99" AS_REP
#define TGS_REQ                                                                                    \
    "lx0v\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0c\xa3\x0f"                                         \
    "0\x0d"                                                                                        \
    "0\x0b\xa1\x03\x02\x01"                                                                        \
    "\x01\xa2\x04\x04\x02"                                                                         \
    "ap\xa4Y0W\xa0\x07\x03\x05\x00@\x00\x00\x00\xa2\x0b\x1b\x09"                                   \
    "A.EXAMPLE\xa3 0\x1e\xa0\x03\x02\x01\x02\xa1\x17"                                              \
    "0\x15\x1b\x04"                                                                                \
    "HTTP\x1b\x0dweb.a.example\xa5\x11\x18\x0f"                                                    \
    "2"                                                                                            \
    "0300101000000Z\xa7\x03\x02\x01M\xa8\x05"                                                      \
    "0\x03\x02"                                                                                    \
    "\x01\x12"
#define TGS_REQ_TCP "\x00\x00\x00z" TGS_REQ
#define TGS_REP                                                                                    \
    "m\x82\x00\x97"                                                                                \
    "0\x82\x00\x93\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0d\xa3\x0b\x1b\x09"                        \
    "A."                                                                                           \
    "EXAMPLE\xa4\x10"                                                                              \
    "0\x0e\xa0\x03\x02\x01\x01\xa1\x07"                                                            \
    "0\x05\x1b\x03"                                                                                \
    "am"                                                                                           \
    "y\xa5PaN0L\xa0\x03\x02\x01\x05\xa1\x0b\x1b\x09"                                               \
    "A.EXAMPL"                                                                                     \
    "E\xa2 0\x1e\xa0\x03\x02\x01\x02\xa1\x17"                                                      \
    "0\x15\x1b\x04HTTP\x1b\x0dwe"                                                                  \
    "b.a.example\xa3\x16"                                                                          \
    "0\x14\xa0\x03\x02\x01\x17\xa1\x03\x02\x01"                                                    \
    "\x01\xa2\x08\x04\x06"                                                                         \
    "cipher\xa6\x16"                                                                               \
    "0\x14\xa0\x03\x02\x01\x12\xa1\x03\x02\x01"                                                    \
    "\x01\xa2\x08\x04\x06"                                                                         \
    "cipher"
#define TGS_REP_TCP "\x00\x00\x00\x9b" TGS_REP
#define PREAUTH                                                                                    \
    "~[0Y\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x11\x18\x0f"                                 \
    "203001"                                                                                       \
    "01000000Z\xa5\x03\x02\x01\x01\xa6\x03\x02\x01\x19\xa9\x0b\x1b\x09"                            \
    "A"                                                                                            \
    ".EXAMPLE\xaa\x1e"                                                                             \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b\x06k"                                                                               \
    "rbtgt\x1b\x09"                                                                                \
    "A.EXAMPLE\xac\x03\x04\x01x"
#define PREAUTH_TCP "\x00\x00\x00]" PREAUTH
#define FAILED                                                                                     \
    "~V0T\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x11\x18\x0f"                                 \
    "203001"                                                                                       \
    "01000000Z\xa5\x03\x02\x01\x01\xa6\x03\x02\x01\x18\xa9\x0b\x1b\x09"                            \
    "A"                                                                                            \
    ".EXAMPLE\xaa\x1e"                                                                             \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b\x06k"                                                                               \
    "rbtgt\x1b\x09"                                                                                \
    "A.EXAMPLE"
#define FAILED_TCP "\x00\x00\x00X" FAILED
#define STRANGER                                                                                   \
    "~V0T\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa4\x11\x18\x0f"                                 \
    "203001"                                                                                       \
    "01000000Z\xa5\x03\x02\x01\x01\xa6\x03\x02\x01\x06\xa9\x0b\x1b\x09"                            \
    "A"                                                                                            \
    ".EXAMPLE\xaa\x1e"                                                                             \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b\x06k"                                                                               \
    "rbtgt\x1b\x09"                                                                                \
    "A.EXAMPLE"
#define STRANGER_TCP "\x00\x00\x00X" STRANGER
#define CHANGE_REQ                                                                                 \
    "\x00\xaa\xff\x80\x00~n|0z\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0e\xa2\x07\x03\x05"            \
    "\x00\x00\x00\x00\x00\xa3MaK0I\xa0\x03\x02\x01\x05\xa1\x0b\x1b\x09"                            \
    "A.EX"                                                                                         \
    "AMPLE\xa2\x1d"                                                                                \
    "0\x1b\xa0\x03\x02\x01\x02\xa1\x14"                                                            \
    "0\x12\x1b\x06kadm"                                                                            \
    "in\x1b\x08"                                                                                   \
    "changepw\xa3\x16"                                                                             \
    "0\x14\xa0\x03\x02\x01\x12\xa1\x03\x02"                                                        \
    "\x01\x01\xa2\x08\x04\x06"                                                                     \
    "cipher\xa4\x16"                                                                               \
    "0\x14\xa0\x03\x02\x01\x12\xa1\x03\x02"                                                        \
    "\x01\x01\xa2\x08\x04\x06"                                                                     \
    "cipheru$0\"\xa0\x03\x02\x01\x05\xa1\x03\x02"                                                  \
    "\x01\x15\xa3\x16"                                                                             \
    "0\x14\xa0\x03\x02\x01\x12\xa1\x03\x02\x01\x01\xa2\x08\x04\x06"                                \
    "ciph"                                                                                         \
    "er"
#define CHANGE_REQ_TCP "\x00\x00\x00\xaa" CHANGE_REQ
#define CHANGE_REP                                                                                 \
    "\x00R\x00\x01\x00&o$0\"\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0f\xa2\x16"                      \
    "0\x14"                                                                                        \
    "\xa0\x03\x02\x01\x12\xa1\x03\x02\x01\x01\xa2\x08\x04\x06"                                     \
    "cipheru$0\""                                                                                  \
    "\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x15\xa3\x16"                                             \
    "0\x14\xa0\x03\x02\x01\x12\xa1\x03\x02\x01\x01"                                                \
    "\xa2\x08\x04\x06"                                                                             \
    "cipher"
#define CHANGE_REP_TCP "\x00\x00\x00R" CHANGE_REP
#define VERSION_4                                                                                  \
    "jw0u\xa1\x03\x02\x01\x04\xa2\x03\x02\x01\x0a\xa4i0g\xa0\x07\x03\x05\x00@"                     \
    "\x00\x00\x00\xa1\x10"                                                                         \
    "0\x0e\xa0\x03\x02\x01\x01\xa1\x07"                                                            \
    "0\x05\x1b\x03"                                                                                \
    "amy\xa2\x0b\x1b"                                                                              \
    "\x09"                                                                                         \
    "A.EXAMPLE\xa3\x1e"                                                                            \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b"                                                                                    \
    "\x06krbtgt\x1b\x09"                                                                           \
    "A.EXAMPLE\xa5\x11\x18\x0f"                                                                    \
    "20"                                                                                           \
    "300101000000Z\xa7\x03\x02\x01M\xa8\x05"                                                       \
    "0\x03\x02\x01"                                                                                \
    "\x12"
#define VERSION_4_TCP "\x00\x00\x00y" VERSION_4
#define WRONG_TYPE                                                                                 \
    "j\x15"                                                                                        \
    "0\x13\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0c\xa4\x07"                                        \
    "0\x05\xa2\x03\x1b\x01"                                                                        \
    "A"
#define WRONG_TYPE_TCP "\x00\x00\x00\x17" WRONG_TYPE
#define UNORDERED                                                                                  \
    "k!0\x1f\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0b\xa4\x0e"                                      \
    "0\x0c\xa0\x03\x02\x01\x01\xa1"                                                                \
    "\x05"                                                                                         \
    "0\x03\x1b\x01"                                                                                \
    "a\xa3\x03\x1b\x01"                                                                            \
    "A"
#define UNORDERED_TCP "\x00\x00\x00#" UNORDERED
#define EMPTY                                                                                      \
    "k\x0c"                                                                                        \
    "0\x0a\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0b"
#define EMPTY_TCP "\x00\x00\x00\x0e" EMPTY
#define TRAILING                                                                                   \
    "jw0u\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4i0g\xa0\x07\x03\x05\x00@"                     \
    "\x00\x00\x00\xa1\x10"                                                                         \
    "0\x0e\xa0\x03\x02\x01\x01\xa1\x07"                                                            \
    "0\x05\x1b\x03"                                                                                \
    "amy\xa2\x0b\x1b"                                                                              \
    "\x09"                                                                                         \
    "A.EXAMPLE\xa3\x1e"                                                                            \
    "0\x1c\xa0\x03\x02\x01\x02\xa1\x15"                                                            \
    "0\x13\x1b"                                                                                    \
    "\x06krbtgt\x1b\x09"                                                                           \
    "A.EXAMPLE\xa5\x11\x18\x0f"                                                                    \
    "20"                                                                                           \
    "300101000000Z\xa7\x03\x02\x01M\xa8\x05"                                                       \
    "0\x03\x02\x01"                                                                                \
    "\x12\x00"
#define TRAILING_TCP "\x00\x00\x00z" TRAILING

#endif
