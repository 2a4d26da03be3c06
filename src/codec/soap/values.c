/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How gSOAP's codecs read and write the value types of model/value.h. One macro a shape, one line a type; the wire's unit
 * stands in the number of decimals (kW 3, MW 6 → W). An absent value writes no element. */
#include "soapH.h"
#include <string.h>
#include "base/error.h"
#include "model/value.h"

/* gSOAP keeps every attribute name it has met in a message and compares each new one with all: where each element declares a
 * prefix of its own (zeep does), 20,000 sessions took minutes. No element of the contracts has attributes. */
static void forget_attributes(struct soap *soap)
{
	for (struct soap_attribute *a = soap->attributes; a; a = soap->attributes) {
		soap->attributes = a->next;
		if (a->value)
			SOAP_FREE(soap, a->value);
		SOAP_FREE(soap, a);
	}
}

#define SCALAR(TYPE, CTYPE, ABSENT, PARSE, FORMAT) \
	void soap_default_##TYPE(struct soap *soap, CTYPE *a) { (void)soap; a->v = ABSENT; } \
	void soap_serialize_##TYPE(struct soap *soap, const CTYPE *a) { (void)soap; (void)a; } \
	int soap_s2##TYPE(struct soap *soap, const char *s, CTYPE *a) \
	{ return s && (PARSE) ? (soap->error = SOAP_TYPE) : SOAP_OK; } \
	const char *soap_##TYPE##2s(struct soap *soap, CTYPE a) { char *buf = soap->tmpbuf; FORMAT; return buf; } \
	int soap_out_##TYPE(struct soap *soap, const char *tag, int id, const CTYPE *a, const char *type) \
	{ \
		(void)id; (void)type; \
		if (a->v == ABSENT) return SOAP_OK; \
		if (soap_element_begin_out(soap, tag, -1, "") || soap_string_out(soap, soap_##TYPE##2s(soap, *a), 0)) \
			return soap->error; \
		return soap_element_end_out(soap, tag); \
	} \
	IN(TYPE, CTYPE)

#define IN(TYPE, CTYPE) \
	CTYPE *soap_in_##TYPE(struct soap *soap, const char *tag, CTYPE *a, const char *type) \
	{ \
		(void)type; \
		if (soap_element_begin_in(soap, tag, 0, NULL)) return NULL; \
		forget_attributes(soap); \
		if (!a && !(a = soap_malloc(soap, sizeof *a))) return NULL; \
		if (soap_s2##TYPE(soap, soap_value(soap), a) || (soap->body && soap_element_end_in(soap, tag))) return NULL; \
		return a; \
	}

#define FIXED(TYPE, CTYPE, DIGITS) \
	SCALAR(TYPE, CTYPE, VALUE_NONE, decimal_parse(s, DIGITS, &a->v), decimal_format(a.v, DIGITS, buf))

static int count_parse(const char *s, size_t n, int32_t *v)
{
	int64_t wide;
	int rc = decimal_parse_n(s, n, 0, &wide);
	if (rc)
		return rc;
	if (wide <= INT32_MIN || wide > INT32_MAX)
		return E_OVERFLOW;
	*v = (int32_t)wide;
	return 0;
}

FIXED(vgi__PowerKw, struct watt, 3)
FIXED(vgi__PowerMw, struct watt, 6)
FIXED(vgi__MagnitudeKw, struct watt, 3)
FIXED(vgi__MagnitudeMw, struct watt, 6)
FIXED(vgi__EnergyKwh, struct watt_hour, 3)
FIXED(vgi__EnergyMwh, struct watt_hour, 6)
FIXED(vgi__PriceKwh, struct price, 5)
FIXED(vgi__PriceMwh, struct price, 2)
FIXED(vgi__Money, struct fen, 2)
FIXED(vgi__Ratio, struct ratio, 6)
FIXED(vgi__Weight, struct ratio, 6)
FIXED(vgi__Percent, struct ratio, 4)
FIXED(vgi__Degrees, struct degrees, 7)
FIXED(xsd__long, struct whole, 0)
#define COUNT(TYPE) \
	SCALAR(TYPE, struct count, COUNT_NONE, count_parse(s, strlen(s), &a->v), decimal_format(a.v, 0, buf))
COUNT(vgi__Count)
COUNT(vgi__StepMin)
COUNT(vgi__Revision)
COUNT(vgi__PointNo)
COUNT(vgi__Minutes)
COUNT(vgi__WaitS)
/* Times go out in the zone of the hub's users (China has one, without summer time); in, any zone is taken. */
SCALAR(xsd__dateTime, struct instant, TIME_NONE, time_parse(s, &a->v), time_format(a.v, 8 * 60, buf))
SCALAR(xsd__date, struct date, DATE_NONE, date_parse(s, &a->v), date_format(a.v, buf))

void soap_default_xsd__boolean(struct soap *soap, bool *a) { (void)soap; *a = false; }
void soap_serialize_xsd__boolean(struct soap *soap, const bool *a) { (void)soap; (void)a; }
int soap_s2xsd__boolean(struct soap *soap, const char *s, bool *a)
{
	if (s && strcmp(s, "true") && strcmp(s, "false") && strcmp(s, "1") && strcmp(s, "0"))
		return soap->error = SOAP_TYPE;
	*a = s && (*s == 't' || *s == '1');
	return SOAP_OK;
}
const char *soap_xsd__boolean2s(struct soap *soap, bool a) { (void)soap; return a ? "true" : "false"; }
int soap_out_xsd__boolean(struct soap *soap, const char *tag, int id, const bool *a, const char *type)
{
	(void)id; (void)type;
	if (soap_element_begin_out(soap, tag, -1, "") || soap_string_out(soap, soap_xsd__boolean2s(soap, *a), 0))
		return soap->error;
	return soap_element_end_out(soap, tag);
}
IN(xsd__boolean, bool)

/* ---- columns: one element, its items separated by blanks */

static size_t count_words(const char *s)
{
	size_t n = 0;
	for (s += strspn(s, " \t\r\n"); *s; s += strspn(s, " \t\r\n")) {
		n++;
		s += strcspn(s, " \t\r\n");
	}
	return n;
}

#define COLUMN(TYPE, CTYPE, ITEM, PARSE_WORD, PUT_WORD) \
	void soap_default_##TYPE(struct soap *soap, CTYPE *a) { (void)soap; a->n = 0; a->item = NULL; } \
	void soap_serialize_##TYPE(struct soap *soap, const CTYPE *a) { (void)soap; (void)a; } \
	int soap_s2##TYPE(struct soap *soap, const char *s, CTYPE *a) \
	{ \
		size_t n = count_words(s ? s : ""), i = 0; \
		if (n > INT32_MAX || !(a->item = soap_malloc(soap, (n + 1) * sizeof *a->item))) return soap->error = SOAP_EOM; \
		for (s = s ? s + strspn(s, " \t\r\n") : ""; *s; i++) { \
			size_t len = strcspn(s, " \t\r\n"); \
			ITEM *item = &a->item[i]; \
			if (PARSE_WORD) return soap->error = SOAP_TYPE; \
			s += len; s += strspn(s, " \t\r\n"); \
		} \
		a->n = (int)i; \
		return SOAP_OK; \
	} \
	const char *soap_##TYPE##2s(struct soap *soap, CTYPE a) { (void)soap; (void)a; return ""; } \
	int soap_out_##TYPE(struct soap *soap, const char *tag, int id, const CTYPE *a, const char *type) \
	{ \
		char buf[32]; \
		(void)id; (void)type; \
		if (!a->item) return SOAP_OK; \
		if (soap_element_begin_out(soap, tag, -1, "")) return soap->error; \
		for (int i = 0; i < a->n; i++) { \
			const ITEM *item = &a->item[i]; \
			const char *text = buf; \
			PUT_WORD; \
			if ((i && soap_send_raw(soap, " ", 1)) || soap_send_raw(soap, text, strlen(text))) return soap->error; \
		} \
		return soap_element_end_out(soap, tag); \
	} \
	CTYPE *soap_in_##TYPE(struct soap *soap, const char *tag, CTYPE *a, const char *type) \
	{ \
		(void)type; \
		if (soap_element_begin_in(soap, tag, 0, NULL)) return NULL; \
		forget_attributes(soap); \
		if (!a && !(a = soap_malloc(soap, sizeof *a))) return NULL; \
		if (!soap->body) { soap_s2##TYPE(soap, "", a); return a; } \
		char *s = soap_string_in(soap, 1, 0, -1, NULL); \
		if (!s || soap_s2##TYPE(soap, s, a) || soap_element_end_in(soap, tag)) return NULL; \
		return a; \
	}

typedef char *word;

static int id_copy(struct soap *soap, const char *s, size_t n, char **item)
{
	if (!(*item = soap_malloc(soap, n + 1)))
		return SOAP_EOM;
	memcpy(*item, s, n);
	(*item)[n] = '\0';
	return 0;
}

/* The alphabet of an id (pattern of vgi:Id) holds nothing that XML would need escaped. */
COLUMN(vgi__IdList, struct id_list, word, id_copy(soap, s, len, item), (text = *item, (void)buf))
COLUMN(vgi__PowerKwList, struct watt_list, struct watt, decimal_parse_n(s, len, 3, &item->v), decimal_format(item->v, 3, buf))
COLUMN(vgi__PowerMwList, struct watt_list, struct watt, decimal_parse_n(s, len, 6, &item->v), decimal_format(item->v, 6, buf))
COLUMN(vgi__QualityList, struct count_list, struct count, count_parse(s, len, &item->v), decimal_format(item->v, 0, buf))
COLUMN(vgi__CountList, struct count_list, struct count, count_parse(s, len, &item->v), decimal_format(item->v, 0, buf))
