/* SPDX-License-Identifier: Apache-2.0
 *
 * attach: the verbs that put containers before the daemon and take them away again.
 */
#ifndef CTL_ATTACH_H
#define CTL_ATTACH_H

#include "ctl/verbs.h"

enum ctl_exit attach_run(const struct ctl_words *, struct err *);
enum ctl_exit detach_run(const struct ctl_words *, struct err *);

#endif
