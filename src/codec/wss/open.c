/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/error.h"
#include "codec/wss/parts.h"

bool wss_present(const char *message, size_t n)
{
	return memmem(message, n, NS_WSSE, sizeof NS_WSSE - 1) != NULL;
}

/* Nothing in the block that might mean something this reader does not look at. */
static int check_block(const struct tree *t, const char **why)
{
	static const struct { const char *ns, *name; } known[] = { { NS_WSU, "Timestamp" }, { NS_DSIG, "Signature" },
		{ NS_WSSE, "BinarySecurityToken" }, { NS_XENC, "EncryptedKey" } };
	for (xmlNodePtr child = node_first(t->security); child; child = node_next(child)) {
		bool is_known = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			is_known |= node_is(child, known[i].ns, known[i].name);
		if (!is_known) {
			*why = "the Security block has a part that is not known here";
			return E_SECURITY_HEADER;
		}
	}
	if (node_count(t->security, NS_DSIG, "Signature") > 1 || node_count(t->security, NS_XENC, "EncryptedKey") > 1) {
		*why = "the Security block has two signatures or two keys";
		return E_SECURITY_HEADER;
	}
	return 0;
}

/* The envelope around the verified body. The prefixes of the outer envelope are left away: they were not signed. */
static int write_message(struct arena *a, const struct tree *t, const struct bytes *body, struct wss_result *r)
{
	struct bytes out = BYTES_INIT;
	int rc = bytes_printf(&out, "<e:Envelope xmlns:e=\"%s\">", t->soap);
	if (!rc) rc = bytes_add(&out, body->p, body->n);
	if (!rc) rc = bytes_adds(&out, "</e:Envelope>");
	if (!rc) {
		r->message = arena_strndup(a, out.p, out.n);
		r->n = out.n;
	}
	bytes_done(&out);
	return rc;
}

static int decrypt(struct arena *a, const struct wss_policy *policy, struct tree *t, xmlNodePtr key, struct wss_result *r,
		   const char **why)
{
	const char *plain;
	size_t n;
	if (!tree_ids_unique(a, t)) {
		*why = "an id stands twice in the message";
		return E_SIGNATURE_SCOPE;
	}
	int rc = cipher_open(a, policy, t, key, &plain, &n, &r->wrap, why);
	if (rc)
		return rc;
	r->is_encrypted = true;
	tree_done(t);
	rc = tree_read(policy, plain, n, t, why);
	if (!rc && !t->security) {
		*why = "the Security block is lost in what was encrypted";
		return E_SECURITY_HEADER;
	}
	return rc ? rc : check_block(t, why);
}

static int open_block(struct arena *a, const struct wss_policy *policy, struct tree *t, struct wss_result *r, const char **why)
{
	struct bytes body = BYTES_INIT;
	int rc = check_block(t, why);
	if (rc)
		return rc;
	xmlNodePtr key = node_only(t->security, NS_XENC, "EncryptedKey");
	if (key && (rc = decrypt(a, policy, t, key, r, why)))
		return rc;
	xmlNodePtr signature = node_only(t->security, NS_DSIG, "Signature");
	if (!signature && !r->is_encrypted)
		return 0;
	rc = signature ? verify_signature(a, policy, t, signature, r, &body, why) : canon_add(t->body, NULL, &body);
	if (!rc)
		rc = write_message(a, t, &body, r);
	bytes_done(&body);
	return rc;
}

int wss_open(struct arena *a, const struct wss_policy *policy, const char *message, size_t n, struct wss_result *result,
	     const char **why)
{
	struct tree t;
	*result = (struct wss_result){ .message = message, .n = n };
	*why = "";
	int rc = tree_read(policy, message, n, &t, why);
	if (rc)
		return rc;
	if (t.security)
		rc = open_block(a, policy, &t, result, why);
	tree_done(&t);
	if (rc)
		result->is_signed = result->is_encrypted = false;
	return rc;
}
