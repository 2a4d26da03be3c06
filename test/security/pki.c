/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/pki.h"
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[200];

static void die(const char *what)
{
	fprintf(stderr, "pki: %s\n", what);
	abort();
}

/* Runs a program, waits, returns its exit status; its output goes to stderr, because stdout belongs to TAP. */
static int run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(2, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die(argv[0]);
	return WEXITSTATUS(status);
}

static int run_script(const char *into, const char *name, const char *name2, const char *name3)
{
	const char *top = getenv("srcdir");
	char script[500];

	snprintf(script, sizeof script, "%s/etc/trial/pki.sh", top ? top : ".");
	return run((char *[]){ (char *)"sh", script, (char *)(uintptr_t)into, (char *)(uintptr_t)name,
			       (char *)(uintptr_t)name2, (char *)(uintptr_t)name3, NULL });
}

static void remove_folder(void)
{
	run((char *[]){ (char *)"rm", (char *)"-rf", folder, NULL });
}

void pki_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/vgi-pki-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		die("no temporary folder");
	atexit(remove_folder);
	if (run_script(folder, "hub", "a-1", "a-2") || run_script(pki_path("foreign"), "a-1", "hub", NULL))
		die("pki.sh");
}

int pki_add(const char *name)
{
	return run_script(folder, name, NULL, NULL);
}

const char *pki_path(const char *file)
{
	static _Thread_local char paths[32][300];
	static _Thread_local unsigned next;
	char *path = paths[next++ % 32];

	snprintf(path, sizeof paths[0], "%s/%s", folder, file);
	return path;
}

struct tls_files pki_files(const char *name)
{
	struct tls_files files = { .trust = pki_path("ca.pem") };
	char file[100];

	if (name) {
		snprintf(file, sizeof file, "%s.pem", name);
		files.certificate = pki_path(file);
		snprintf(file, sizeof file, "%s.key", name);
		files.key = pki_path(file);
	}
	return files;
}

struct tls *pki_server(const char *name)
{
	struct tls_files files = pki_files(name);
	struct tls_error error;
	struct tls *tls;

	if (tls_server_new(&files, &tls, &error))
		die(error.text);
	return tls;
}

struct tls *pki_client(const char *name)
{
	struct tls_files files = pki_files(name);
	struct tls_error error;
	struct tls *tls;

	if (tls_client_new(&files, &tls, &error))
		die(error.text);
	return tls;
}

struct tls *pki_foreign_client(void)
{
	return pki_client("foreign/a-1");
}

/* ---- what authorities say */

static X509 *certificate(const char *file)
{
	FILE *f = fopen(pki_path(file), "r");
	X509 *cert = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (!cert)
		die(file);
	fclose(f);
	return cert;
}

static X509 *certificate_of(const char *name)
{
	char file[100];

	snprintf(file, sizeof file, "%s.pem", name);
	return certificate(file);
}

static EVP_PKEY *key_of(const char *name)
{
	char file[100];
	EVP_PKEY *key;
	FILE *f;

	snprintf(file, sizeof file, "%s.key", name);
	f = fopen(pki_path(file), "r");
	key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	if (!key)
		die(file);
	fclose(f);
	return key;
}

void pki_crl(const char *file, const char *issuer, const char *revoked, int from_s, int until_s)
{
	X509 *ca = certificate_of(issuer);
	EVP_PKEY *key = key_of(issuer);
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, from_s), *until = X509_gmtime_adj(NULL, until_s);
	FILE *f = fopen(pki_path(file), "w");
	bool der = strlen(file) > 4 && !strcmp(file + strlen(file) - 4, ".der");

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca));
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, until);
	if (revoked) {
		X509_REVOKED *entry = X509_REVOKED_new();
		X509 *cert = certificate(revoked);

		X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert));
		X509_REVOKED_set_revocationDate(entry, from);
		X509_CRL_add0_revoked(crl, entry);
		X509_free(cert);
	}
	if (X509_CRL_sign(crl, key, EVP_sha256()) <= 0 || !f ||
	    (der ? i2d_X509_CRL_fp(f, crl) : PEM_write_X509_CRL(f, crl)) != 1)
		die("revocation list");
	fclose(f);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	X509_CRL_free(crl);
	EVP_PKEY_free(key);
	X509_free(ca);
}

void pki_ocsp(const char *file, const struct pki_ocsp *o)
{
	X509 *issuer = certificate_of(o->issuer), *cert = certificate(o->certificate), *signer = certificate_of(o->signer);
	EVP_PKEY *key = key_of(o->signer);
	OCSP_CERTID *id = OCSP_cert_to_id(o->digest, cert, issuer);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, o->from_s), *until = o->until_s ? X509_gmtime_adj(NULL, o->until_s) : NULL;
	OCSP_RESPONSE *response;
	FILE *f = fopen(pki_path(file), "w");

	OCSP_basic_add1_status(basic, id, o->status, 0, o->status == V_OCSP_CERTSTATUS_REVOKED ? from : NULL, from, until);
	if (OCSP_basic_sign(basic, signer, key, o->digest, NULL, 0) != 1)
		die("OCSP signature");
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	if (!f || ASN1_i2d_fp_of(OCSP_RESPONSE, i2d_OCSP_RESPONSE, f, response) != 1)
		die("OCSP response");
	fclose(f);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	EVP_PKEY_free(key);
	X509_free(signer);
	X509_free(cert);
	X509_free(issuer);
}

static void write_pair(const char *name, X509 *cert, EVP_PKEY *key)
{
	char file[100];
	FILE *f;

	snprintf(file, sizeof file, "%s.pem", name);
	f = fopen(pki_path(file), "w");
	if (!f || PEM_write_X509(f, cert) != 1)
		die(file);
	fclose(f);
	snprintf(file, sizeof file, "%s.key", name);
	f = fopen(pki_path(file), "w");
	if (!f || PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) != 1)
		die(file);
	fclose(f);
}

void pki_responder(const char *name, const char *issuer, bool for_ocsp, int days)
{
	X509 *ca = certificate_of(issuer), *cert = X509_new();
	EVP_PKEY *ca_key = key_of(issuer), *key = EVP_EC_gen("P-256");
	X509_NAME *subject = X509_NAME_new();
	X509_EXTENSION *use = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, for_ocsp ? "OCSPSigning" : "clientAuth");

	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), (uint64_t)(4711 + strlen(name)));
	X509_set_subject_name(cert, subject);
	X509_set_issuer_name(cert, X509_get_subject_name(ca));
	X509_gmtime_adj(X509_getm_notBefore(cert), -10 * 86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), (long)days * 86400);
	X509_set_pubkey(cert, key);
	X509_add_ext(cert, use, -1);
	if (X509_sign(cert, ca_key, EVP_sha256()) <= 0)
		die("responder");
	write_pair(name, cert, key);
	X509_EXTENSION_free(use);
	X509_NAME_free(subject);
	EVP_PKEY_free(key);
	EVP_PKEY_free(ca_key);
	X509_free(cert);
	X509_free(ca);
}
