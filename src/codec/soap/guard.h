/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Stands in front of the decoder: a message passes if it is well-formed XML in UTF-8 without a document type declaration, within the
 * limits, a SOAP 1.1 or 1.2 envelope with one body child, and valid by the contracts' schemas. Checked while parsing, without
 * a tree, without network. One guard serves all threads. */
#ifndef VGI_CODEC_SOAP_GUARD_H
#define VGI_CODEC_SOAP_GUARD_H
#include <stdbool.h>
#include <stddef.h>
#include "base/diag.h"

struct guard;
struct guard_limits {
	int depth;              /* nested elements */
	int elements;           /* elements in all */
	size_t text;            /* bytes of one text node (a column is one) */
};

/* Loads the envelopes' schemas and the contracts' from schema_dir and wsdl_dir. Call
 * before threads start. 0; E_CONFIG with *problem saying what libxml2 said (static storage). */
int guard_new(const char *schema_dir, const char *wsdl_dir, const struct guard_limits *limits, struct guard **guard,
	      const char **problem);
void guard_free(struct guard *g);
/* 0, or E_XML_MALFORMED, E_DOCTYPE, E_TOO_DEEP, E_TOO_MANY, E_TOO_LARGE, E_SCHEMA; adds to diag (NULL: not) where: the path
 * below the body's child with numbers from 1, e.g. "station[2]/pile[5]/ratedKw", and what was expected. */
int guard_check(const struct guard *g, const char *message, size_t n, struct diag *diag);

/* Whose message it is: limits of its own, narrower than the guard's (fields of 0: none), and whether it may send what the
 * body's child is called: asked before anything of that element is checked, so that who may not learns E_ROLE and nothing
 * about the content. */
struct guard_caller {
	struct guard_limits limits;
	bool (*may)(void *arg, const char *name);       /* NULL: anything */
	void *arg;
};
int guard_check_for(const struct guard *g, const struct guard_caller *caller, const char *message, size_t n, struct diag *diag);
#endif
