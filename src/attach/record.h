/* SPDX-License-Identifier: Apache-2.0
 *
 * record: attachments as files of a folder, one each, written before anything is wired and removed
 * after everything is undone: whoever comes after a crash finds there what is left to do. The files
 * are their owner's to read and write, and appear whole or not at all.
 */
#ifndef ATTACH_RECORD_H
#define ATTACH_RECORD_H

#include "attach/attachment.h"

/* The folder that belongs to a control socket: beside it. False: the path is too long. */
bool record_folder(char to[PATH_MAX], const char *control_socket);

/* Makes the folder if need be. False and err. */
bool record_write(const char *folder, const struct attachment *, struct err *);
/* What is not there is no error. */
bool record_remove(const char *folder, const char *name, struct err *);

/* Calls for each, in no order; false ends it. A file that is none of ours is left alone and told:
 * `a` is NULL then, err says why. A folder that is not there is empty. */
typedef bool record_visit(void *arg, const struct attachment *a, const struct err *);
void record_each(const char *folder, record_visit *, void *arg);

#endif
