/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/error.h"
#include <string.h>

struct row {
	const char *code;
	enum error_kind kind;
	const char *en, *zh;
};

static const struct row table[VGI_ERROR_END] = {
	[VGI_OK] = { "ok", ERROR_KIND_INTERNAL, "ok", "成功" },
#define ERROR(NAME, CODE, KIND, EN, ZH) [NAME##_ORDINAL] = { CODE, ERROR_KIND_##KIND, EN, ZH },
#include "base/errors.def"
#undef ERROR
};

static const struct row *row_of(int error)
{
	if (error > 0 || error <= -(int)VGI_ERROR_END)
		error = E_INTERNAL;
	return &table[-error];
}

const char *error_code(int error)
{
	return row_of(error)->code;
}

enum error_kind error_kind(int error)
{
	return row_of(error)->kind;
}

const char *error_text_en(int error)
{
	return row_of(error)->en;
}

const char *error_text_zh(int error)
{
	return row_of(error)->zh;
}

int error_by_code(const char *code)
{
	for (int i = 0; code && i < (int)VGI_ERROR_END; i++)
		if (strcmp(table[i].code, code) == 0)
			return -i;
	return E_INTERNAL;
}
