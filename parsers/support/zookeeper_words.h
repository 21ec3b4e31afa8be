/* SPDX-License-Identifier: Apache-2.0
 *
 * zookeeper_words: the administrator's commands of four letters, and how their answers begin.
 */
#ifndef SUPPORT_ZOOKEEPER_WORDS_H
#define SUPPORT_ZOOKEEPER_WORDS_H

#include "base/span.h"

enum { ZK_WORD = 4 };

/* The place of the word in the table; -1: it is none. Of fewer letters: a word that begins so. */
int zookeeper_word(struct span text);
struct span zookeeper_word_text(int word);

enum zk_answer { ZK_ANSWER_NO, ZK_ANSWER_PERHAPS, ZK_ANSWER_YES };

/* Does the answer begin as one to this word? */
enum zk_answer zookeeper_word_answer(int word, struct span text);

/* Could a server that begins so (at least one byte) be answering one of the words? */
bool zookeeper_words_begin(struct span);

#endif
