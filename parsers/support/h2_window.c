/* SPDX-License-Identifier: Apache-2.0 */
#include "support/h2_window.h"

void h2_window_send(struct h2_window *w, uint32_t n, uint32_t most, uint64_t now)
{
    w->debt += n;
    if (w->debt >= most && w->shut == 0)
        w->shut = now;
}

void h2_window_allow(struct h2_window *w, uint32_t n, uint32_t most)
{
    w->debt -= n;
    if (w->debt < most)
        w->shut = 0;
}
