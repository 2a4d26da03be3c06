/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Private to settings: one value between text and field; what its files share. */
#ifndef VGI_BASE_SETTINGS_VALUE_H
#define VGI_BASE_SETTINGS_VALUE_H
#include <stdbool.h>
#include "base/settings.h"

/* Reads text into the field of target that s names; strings are malloc'ed and must be free or unset before. Relative
 * paths are taken from folder. 0, E_FORMAT (not of the type), E_RANGE (out of bounds), E_MEMORY; the field is then
 * untouched. */
int settings_value_set(const struct setting *s, const char *text, const char *folder, void *target);
/* Without freeing: the pointers of the field become NULL. */
void settings_value_unset(const struct setting *s, void *target);
void settings_value_free(const struct setting *s, void *target);
/* True if no setting before the i-th one names its section. */
bool settings_opens_section(const struct setting *settings, size_t i);
#endif
