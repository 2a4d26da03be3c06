/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the files of registry share. */
#ifndef VGI_HANDLER_REGISTRY_COMMON_H
#define VGI_HANDLER_REGISTRY_COMMON_H
#include "handler/work.h"

/* repeat[i]: id[i] stands before i already. */
void registry_repeats(struct arena *a, const char *const *id, size_t n, bool *repeat);
/* E_TIME_FUTURE or E_TIME_ANCIENT if [begin, end) is beyond what plans and history may be sent for; else 0. */
int registry_time(const struct work *w, int64_t begin_ms, int64_t end_ms);
#endif
