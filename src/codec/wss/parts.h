/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Private to wss: the tree of a message, canonical text, algorithms by their names. */
#ifndef VGI_CODEC_WSS_PARTS_H
#define VGI_CODEC_WSS_PARTS_H
#include <libxml/tree.h>
#include <openssl/evp.h>
#include "codec/wss/wss.h"

#define NS_SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define NS_SOAP12 "http://www.w3.org/2003/05/soap-envelope"
#define NS_WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define NS_WSU "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define NS_DSIG "http://www.w3.org/2000/09/xmldsig#"
#define NS_XENC "http://www.w3.org/2001/04/xmlenc#"
#define NS_XENC11 "http://www.w3.org/2009/xmlenc11#"
#define EXCLUSIVE_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define X509_V3 "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
#define BASE64_BINARY "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

/* ---- tree.c: a message as a tree without document type, processing instructions and comments */
struct tree {
	xmlDocPtr doc;
	xmlNodePtr envelope, body, security;    /* security: the Security block for the receiver, NULL if there is none */
	const char *soap;                       /* the envelope's namespace */
};
/* 0 or what is wrong, as wss_open; then the tree is empty. *why is set. Released with tree_done. */
int tree_read(const struct wss_policy *policy, const char *message, size_t n, struct tree *t, const char **why);
void tree_done(struct tree *t);
/* Whether one value stands in two attributes that name elements (Id in any spelling, wsu:Id, xml:id), or there are very many. */
bool tree_ids_unique(struct arena *a, const struct tree *t);

bool node_is(const xmlNode *node, const char *ns, const char *name);
xmlNodePtr node_first(const xmlNode *parent);           /* child elements */
xmlNodePtr node_next(const xmlNode *node);
/* The only child of this name; NULL if there is none or more than one. */
xmlNodePtr node_only(const xmlNode *parent, const char *ns, const char *name);
int node_count(const xmlNode *parent, const char *ns, const char *name);
const char *node_text(struct arena *a, const xmlNode *node);    /* NULL: has elements in it */
const char *node_attribute(struct arena *a, const xmlNode *node, const char *ns, const char *name);     /* ns NULL: none. NULL: not there */
/* The octets of an element with base64 text. 0 or E_FORMAT. */
int node_octets(struct arena *a, const xmlNode *node, unsigned char **p, size_t *n);
/* Time of an xs:dateTime with zone in µs of UTC, fractions below the millisecond dropped. 0 or E_FORMAT. */
int node_time(struct arena *a, const xmlNode *node, int64_t *us);

/* ---- canon.c */
/* Appends the exclusive canonical form of the element's subtree without comments; prefixes: those of InclusiveNamespaces, NULL-ended, or
 * NULL. 0, E_MEMORY, E_TOO_LARGE, E_XML_MALFORMED. */
int canon_add(xmlNodePtr element, char **prefixes, struct bytes *out);
int canon_base64(struct bytes *out, const void *p, size_t n);   /* appends; 0, E_MEMORY, E_TOO_LARGE */

/* ---- algorithm.c */
struct signature_algorithm {
	const char *uri;
	int type;                               /* EVP_PKEY_RSA or EVP_PKEY_EC */
	const char *digest;                     /* OpenSSL's name */
	bool pss;
};
const struct signature_algorithm *signature_algorithm(const char *uri);         /* NULL: not accepted */
const struct signature_algorithm *signature_algorithm_of(const EVP_PKEY *key);  /* what we sign with; NULL: no such key */
const char *digest_algorithm(const char *uri);          /* OpenSSL's name; NULL: not accepted */
bool key_is_strong(const EVP_PKEY *key);
/* Signature value as XML Signature has it (ECDSA: r and s one behind the other). 0 or E_SIGNATURE_INVALID. */
int signature_verify(const struct signature_algorithm *alg, EVP_PKEY *key, const void *text, size_t n, const unsigned char *value,
		     size_t value_n);
/* *value is in the arena. 0 or E_INTERNAL. */
int signature_make(struct arena *a, const struct signature_algorithm *alg, EVP_PKEY *key, const void *text, size_t n,
		   unsigned char **value, size_t *value_n);

/* ---- cipher.c */
/* Replaces the EncryptedData in the body by what it holds: *plain is the whole message, in the arena. 0, E_SECURITY_HEADER,
 * E_SECURITY_ALGORITHM, E_DECRYPTION, E_MEMORY. */
int cipher_open(struct arena *a, const struct wss_policy *policy, struct tree *t, xmlNodePtr encrypted_key, const char **plain,
		size_t *plain_n, enum wss_wrap *wrap, const char **why);
/* Appends an EncryptedKey to `key_block` and an EncryptedData holding the n octets to `data`. 0, E_MEMORY, E_CONFIG, E_INTERNAL. */
int cipher_close(const struct wss_seal *seal, const void *p, size_t n, struct bytes *key_block, struct bytes *data);

/* ---- verify.c */
/* Fills the parts of result that a signature gives. `body` becomes the canonical text that was verified. As wss_open. */
int verify_signature(struct arena *a, const struct wss_policy *policy, const struct tree *t, xmlNodePtr signature,
		     struct wss_result *result, struct bytes *body, const char **why);
#endif
