/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Files → sets of lists and responses. */
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/bytes.h"
#include "base/error.h"
#include "security/revocation.h"
#include "security/revocation_set.h"

static int refuse(struct revocation_error *error, int rc, const char *path, const char *why)
{
	snprintf(error->text, sizeof error->text, "%s: %s", path, why);
	return rc;
}

/* ---- lists */

/* Whether a list names all revoked certificates of its issuer, or all of its users or of its authorities. */
static bool is_understood(X509_CRL *crl, struct revocation_source *s)
{
	ISSUING_DIST_POINT *part = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
	bool ok = X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0;

	if (part) {
		ok = ok && !part->distpoint && !part->onlysomereasons && part->indirectCRL <= 0 && part->onlyattr <= 0;
		s->of_users = part->onlyCA <= 0;
		s->of_authorities = part->onlyuser <= 0;
		ISSUING_DIST_POINT_free(part);
	}
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *e = X509_CRL_get_ext(crl, i);

		if (X509_EXTENSION_get_critical(e) &&
		    OBJ_obj2nid(X509_EXTENSION_get_object(e)) != NID_issuing_distribution_point)
			ok = false;
	}
	return ok;
}

/* Takes the list over, also when it is refused. */
static int add_list(struct revocations *set, X509_CRL *crl, const char *path, struct revocation_error *error)
{
	struct revocation_source *s = revocations_add(set);

	if (!s) {
		X509_CRL_free(crl);
		return refuse(error, E_MEMORY, path, "out of memory");
	}
	s->crl = crl;
	if (!X509_CRL_get0_nextUpdate(crl))
		return refuse(error, E_CONFIG, path, "a revocation list without nextUpdate");
	if (!is_understood(crl, s))
		return refuse(error, E_CONFIG, path, "a revocation list of a kind that is not understood (delta, indirect, partial, "
						     "or with a critical extension)");
	return 0;
}

static int add_pem(struct revocations *set, const struct bytes *b, const char *path, struct revocation_error *error)
{
	BIO *in = BIO_new_mem_buf(b->p, (int)b->n);
	X509_CRL *crl;
	int rc = 0, n = 0;

	if (!in)
		return refuse(error, E_MEMORY, path, "out of memory");
	while (!rc && (crl = PEM_read_bio_X509_CRL(in, NULL, NULL, NULL))) {
		rc = add_list(set, crl, path, error);
		n++;
	}
	/* The last error is "no start line" at the end of the file; any other one is a torn or foreign piece. */
	if (!rc && (n == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
		rc = refuse(error, E_CONFIG, path, "no usable revocation list");
	BIO_free(in);
	return rc;
}

/* ---- responses */

static bool has_times(OCSP_BASICRESP *response)
{
	for (int i = 0; i < OCSP_resp_count(response); i++) {
		ASN1_GENERALIZEDTIME *until = NULL;

		if (OCSP_single_get0_status(OCSP_resp_get0(response, i), NULL, NULL, NULL, &until) < 0 || !until)
			return false;
	}
	return OCSP_resp_count(response) > 0;
}

static int add_response(struct revocations *set, OCSP_RESPONSE *whole, const char *path, struct revocation_error *error)
{
	OCSP_BASICRESP *response = NULL;
	struct revocation_source *s;

	if (OCSP_response_status(whole) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		response = OCSP_response_get1_basic(whole);
	if (!response)
		return refuse(error, E_CONFIG, path, "an OCSP response that says nothing of a certificate");
	if (!(s = revocations_add(set))) {
		OCSP_BASICRESP_free(response);
		return refuse(error, E_MEMORY, path, "out of memory");
	}
	s->response = response;
	return has_times(response) ? 0 : refuse(error, E_CONFIG, path, "an OCSP response without nextUpdate");
}

/* A list or a response; nothing may follow it. */
static int add_der(struct revocations *set, const struct bytes *b, const char *path, struct revocation_error *error)
{
	const unsigned char *begin = (const unsigned char *)b->p, *end = begin + b->n, *at = begin;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)b->n);
	OCSP_RESPONSE *response = NULL;
	int rc;

	if (crl && at == end)
		return add_list(set, crl, path, error);
	X509_CRL_free(crl);
	at = begin;
	response = d2i_OCSP_RESPONSE(NULL, &at, (long)b->n);
	rc = response && at == end ? add_response(set, response, path, error)
				   : refuse(error, E_CONFIG, path, "neither a revocation list nor an OCSP response");
	OCSP_RESPONSE_free(response);
	return rc;
}

/* ---- files and folders */

static int add_file(struct revocations *set, const char *path, size_t *left, struct revocation_error *error)
{
	struct bytes b = { .most = *left };
	int rc = bytes_read_file(&b, path);

	if (rc)
		return refuse(error, rc, path, rc == E_IO ? strerror(errno) : error_text_en(rc));
	*left -= b.n;
	rc = strstr(b.p ? b.p : "", "-----BEGIN ") ? add_pem(set, &b, path, error) : add_der(set, &b, path, error);
	bytes_done(&b);
	ERR_clear_error();
	return rc;
}

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void free_names(struct dirent **name, int n)
{
	for (int i = 0; i < n; i++)
		free(name[i]);
	free(name);
}

static int add_folder(struct revocations *set, const char *path, struct revocation_error *error)
{
	size_t left = REVOCATION_BYTES;
	struct dirent **name = NULL;
	int n = scandir(path, &name, is_shown, alphasort), rc = 0;

	if (n < 0)
		return refuse(error, E_IO, path, strerror(errno));
	if (n > REVOCATION_FILES)
		rc = refuse(error, E_TOO_LARGE, path, "more files than a folder of revocation lists may have");
	for (int i = 0; i < n && !rc; i++) {
		char file[4096];

		if (snprintf(file, sizeof file, "%s/%s", path, name[i]->d_name) < (int)sizeof file)
			rc = add_file(set, file, &left, error);
		else
			rc = refuse(error, E_CONFIG, path, "a path that is too long");
	}
	free_names(name, n);
	return rc;
}

int revocations_load(const char *path, struct revocations **set, struct revocation_error *error)
{
	struct revocations *fresh = calloc(1, sizeof *fresh);
	size_t left = REVOCATION_BYTES;
	struct stat st;
	int rc;

	*set = NULL;
	error->text[0] = 0;
	if (!fresh)
		return refuse(error, E_MEMORY, path, "out of memory");
	atomic_init(&fresh->references, 1);
	pthread_mutex_init(&fresh->lock, NULL);
	ERR_clear_error();
	if (stat(path, &st))
		rc = refuse(error, E_IO, path, strerror(errno));
	else
		rc = S_ISDIR(st.st_mode) ? add_folder(fresh, path, error) : add_file(fresh, path, &left, error);
	if (rc)
		revocations_free(fresh);
	else
		*set = fresh;
	return rc;
}

/* ---- changes */

/* FNV-1a */
static uint64_t mix(uint64_t h, const void *p, size_t n)
{
	for (const unsigned char *c = p; n; n--)
		h = (h ^ *c++) * UINT64_C(1099511628211);
	return h;
}

static uint64_t mix_file(uint64_t h, const char *name, const struct stat *st)
{
	const int64_t facts[] = { (int64_t)st->st_ino, (int64_t)st->st_size, (int64_t)st->st_mtim.tv_sec,
				  (int64_t)st->st_mtim.tv_nsec };

	return mix(mix(h, name, strlen(name)), facts, sizeof facts);
}

uint64_t revocations_stamp(const char *path)
{
	struct dirent **name = NULL;
	uint64_t h = UINT64_C(14695981039346656037);
	struct stat st;
	int n;

	if (stat(path, &st))
		return 0;
	if (!S_ISDIR(st.st_mode))
		return mix_file(h, "", &st);
	n = scandir(path, &name, is_shown, alphasort);
	for (int i = 0; i < n && i <= REVOCATION_FILES; i++) {
		char file[4096];

		if (snprintf(file, sizeof file, "%s/%s", path, name[i]->d_name) < (int)sizeof file && !stat(file, &st))
			h = mix_file(h, name[i]->d_name, &st);
	}
	if (n >= 0)
		free_names(name, n);
	return n < 0 ? 0 : h;
}
