/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages protected by WS-Security 1.1: an X.509 signature over body and time stamp, and encryption of the body's content.
 * Only one shape is read, and what is handed on is the very text that was verified, so nobody behind can see other content than
 * was signed:
 *   one wsse:Security block for the receiver; in it one wsu:Timestamp, one ds:Signature, tokens, at most one xenc:EncryptedKey;
 *   the signature names soap:Body and Timestamp by wsu:Id, other blocks of header and Security if it likes; each reference has
 *   the one transform exclusive c14n; no id stands twice in the message;
 *   RSA (PKCS #1 v1.5, PSS; at least 2048 bits) or ECDSA (P-256, P-384) with SHA-256, SHA-384, SHA-512;
 *   its certificate stands in the message (BinarySecurityToken or X509Certificate) and may sign by the policy;
 *   encryption is done after signing: AES-256-GCM of the body's content under a key wrapped with RSA-OAEP.
 * Pure functions without state: any thread. Sources: WSS SOAP Message Security 1.1.1, X.509 token profile, XML Signature 1.1, RFC
 * 6931, XML Encryption 1.1. */
#ifndef VGI_CODEC_WSS_WSS_H
#define VGI_CODEC_WSS_WSS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/bytes.h"

struct evp_pkey_st;                             /* OpenSSL's EVP_PKEY and X509 */
struct x509_st;

enum { WSS_DIGEST = 32, WSS_FINGERPRINT = 65 };

/* How the key of an encrypted message is wrapped. */
enum wss_wrap {
	WSS_WRAP_NONE,
	WSS_WRAP_OAEP_SHA1,     /* xmlenc#rsa-oaep-mgf1p as most stacks write it; OAEP needs no collision resistance */
	WSS_WRAP_OAEP_SHA256    /* xmlenc11#rsa-oaep with SHA-256 in both places */
};

struct wss_policy {
	size_t most;                            /* bytes of a message with protection */
	int depth, elements;                    /* of its tree, as those of the guard */
	int64_t now_us;                         /* machine time */
	int64_t life_us;                        /* longest time from Created to Expires, and the life without Expires */
	int64_t skew_us;                        /* by how much the sender's clock may differ */
	/* Whether the certificate with this SHA-256 fingerprint (lower-case hex) may sign; asked before anything is computed. */
	bool (*may_sign)(void *arg, const char *fingerprint);
	void *arg;
	struct evp_pkey_st *key;                /* the hub's RSA key, for what is encrypted to it; NULL: nothing is */
	bool oaep_sha1;                         /* WSS_WRAP_OAEP_SHA1 is accepted */
};

/* What a message was. Everything lives in the arena. */
struct wss_result {
	bool is_signed, is_encrypted;
	enum wss_wrap wrap;
	char signer[WSS_FINGERPRINT];           /* fingerprint of the signing certificate */
	const unsigned char *certificate;       /* its DER form */
	size_t certificate_n;
	int64_t created_us, expires_us;         /* of the signed time stamp; when it is of no use any more, without skew */
	unsigned char digest[WSS_DIGEST];       /* SHA-256 of the signed part (canonical SignedInfo): the same for a replay, however
						 * the signature value or the rest was changed */
	const char *message;                    /* the message to be read instead: an envelope with the verified body alone */
	size_t n;
};

/* True if the message may have a Security block: it names its namespace as every stack writes it. One that hides it is read as
 * having none. */
bool wss_present(const char *message, size_t n);

/* Takes a message's protection off. 0, also for a message whose Security block has neither signature nor encryption. Else:
 * what guard_check says of malformed or large messages;
 * E_NOT_UNDERSTOOD       another header block must be understood;
 * E_SECURITY_HEADER      the block has not the shape above;
 * E_SECURITY_ALGORITHM   an algorithm, transform or kind of reference that is not in the list;
 * E_SIGNATURE_SCOPE      body or time stamp are not signed, or not the only ones: wrapping;
 * E_SIGNATURE_KEY        the certificate may not sign, is not valid now, or its key is too weak;
 * E_SIGNATURE_INVALID    signature or digest do not fit;
 * E_SIGNATURE_TIME       expired, not yet valid or living too long;
 * E_DECRYPTION           the one answer to everything that is wrong with what is encrypted.
 * *why: what was wrong, for the log and the sender; static text. */
int wss_open(struct arena *a, const struct wss_policy *policy, const char *message, size_t n, struct wss_result *result,
	     const char **why);

/* Whether a certificate in DER form has a key that can be encrypted to. */
bool wss_can_encrypt(const unsigned char *der, size_t n);

/* How an own message is protected. */
struct wss_seal {
	struct evp_pkey_st *key;                /* RSA or EC: signs with SHA-256; NULL: not signed */
	struct x509_st *certificate;            /* of key */
	const unsigned char *recipient;         /* DER of a certificate with an RSA key: the body's content is encrypted to it; NULL: */
	size_t recipient_n;                     /* not encrypted */
	enum wss_wrap wrap;
	int64_t now_us, life_us;                /* Created and the time to Expires */
};
/* Appends an envelope with a Security block and the body of `message`, which is one of ours (no header block). 0, E_MEMORY,
 * E_XML_MALFORMED (not an envelope), E_CONFIG (a key that cannot do it), E_INTERNAL. */
int wss_close(struct arena *a, const struct wss_seal *seal, const char *message, size_t n, struct bytes *out);

/* What is accepted, to be told: URI of the i-th algorithm of a use, the preferred first; NULL behind the last. Encryption is where the
 * policy has an RSA key; what is old of it, where it has oaep_sha1. */
enum wss_use { WSS_USE_SIGNATURE, WSS_USE_DIGEST, WSS_USE_ENCRYPTION, WSS_USE_OLD_ENCRYPTION };
const char *wss_algorithm(enum wss_use use, size_t i);
#endif
