/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* An aggregator: reports a ledger and one frame, looks for control. Environment: HUB, PKI, NAME, NOW (README.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "soapH.h"
#include "AggregatorServiceSoap11.nsmap"

static const char *name, *now;

static struct t__Header *header(void)
{
	static struct t__Header h;
	static char id[64];
	static int count;
	snprintf(id, sizeof id, "%s-c-%ld-%d", name, (long)getpid(), ++count);     /* unique for ever: yours may be a UUID */
	soap_default_t__Header(NULL, &h);
	h.messageId = id;
	h.sender = (char *)name;
	h.createdAt = (char *)now;
	h.revision = 1;
	return &h;
}

/* What the hub says of a refusal before it looks at the content; tells also what did not come from the hub. */
static int failed(struct soap *soap, const char *what)
{
	struct SOAP_ENV__Detail *detail = soap->fault ? soap->fault->SOAP_ENV__Detail ? soap->fault->SOAP_ENV__Detail : soap->fault->detail : NULL;
	if (detail && detail->t__Fault)
		fprintf(stderr, "%s: %s, %s again: %s\n", what, detail->t__Fault->code, detail->t__Fault->retry ? "may be sent" : "not to be sent",
			detail->t__Fault->textEn);
	else
		soap_print_fault(soap, stderr);
	return 1;
}

static void tell(struct soap *soap, const char *what, const struct t__Ack *ack)
{
	printf("%s %s %d\n", what, soap_t__AckStatus2s(soap, ack->status), ack->itemsStored);
	for (int i = 0; i < ack->__sizediagnostic; i++)
		printf("  %s %s %s\n", ack->diagnostic[i].code, ack->diagnostic[i].path, ack->diagnostic[i].textEn);
}

static int report_ledger(struct soap *soap, const char *hub, char piles[2][80])
{
	struct _a__ReportLedger m;
	struct _a__ReportLedgerResponse got;
	struct t__Party party = { (char *)name, "示例聚合商", "深圳" };
	struct t__Station station;
	struct t__Pile pile[2];
	char id[80], meter[80];
	soap_default__a__ReportLedger(soap, &m);
	soap_default_t__Station(soap, &station);
	for (int i = 0; i < 2; i++) {
		soap_default_t__Pile(soap, &pile[i]);
		pile[i].id = piles[i];
		pile[i].kind = t__PileKind__AC;
		pile[i].ratedKw = "7.000";              /* decimals are text, exact */
		pile[i].connectors = 1;
		pile[i].state = t__ResourceState__inService;
	}
	snprintf(id, sizeof id, "%s-S1", name);
	snprintf(meter, sizeof meter, "%s-M1", name);
	station.id = id;
	station.name = "示例站";
	station.limitKw = "10.000";
	station.meterNo = meter;
	station.state = t__ResourceState__inService;
	station.__sizepile = 2;
	station.pile = pile;
	m.header = header();
	m.aggregator = &party;
	m.__sizestation = 1;
	m.station = &station;
	if (soap_call___a__ReportLedger(soap, hub, NULL, &m, &got))
		return failed(soap, "ReportLedger");
	tell(soap, "ledger", got.ack);
	return 0;
}

static int report_frame(struct soap *soap, const char *hub, char piles[2][80])
{
	struct _a__ReportFrame m;
	struct _a__ReportFrameResponse got;
	char at[64], ids[200];
	soap_default__a__ReportFrame(soap, &m);
	snprintf(at, sizeof at, "%.16s:00%s", now, now + 19);           /* end of the minute the values are the mean of */
	snprintf(ids, sizeof ids, "%s %s", piles[0], piles[1]);
	m.header = header();
	m.at = at;
	m.periodS = 60;
	m.polarity = t__Polarity__LOAD;
	m.pileId = ids;                                                 /* columns are lists, one text each */
	m.powerKw = "6.412 0.000";
	if (soap_call___a__ReportFrame(soap, hub, NULL, &m, &got))
		return failed(soap, "ReportFrame");
	tell(soap, "frame", got.ack);
	return 0;
}

static int fetch_control(struct soap *soap, const char *hub)
{
	struct _a__FetchControl m;
	struct _a__FetchControlResponse got;
	soap_default__a__FetchControl(soap, &m);
	m.header = header();
	if (soap_call___a__FetchControl(soap, hub, NULL, &m, &got))
		return failed(soap, "FetchControl");
	printf("controls %d\n", got.__sizecontrol);
	return 0;
}

int main(void)
{
	const char *hub = getenv("HUB"), *pki = getenv("PKI");
	struct _a__GetCapabilities m;
	struct _a__GetCapabilitiesResponse got;
	char pem[1024], ca[1024], piles[2][80];
	name = getenv("NAME") ? getenv("NAME") : "A1";
	now = getenv("NOW");                                            /* 2026-06-10T10:59:30+08:00 */
	if (!hub || !pki || !now || strlen(now) < 20)
		return fprintf(stderr, "HUB, PKI and NOW are needed\n"), 64;
	soap_ssl_init();
	struct soap *soap = soap_new1(SOAP_C_UTFSTRING | SOAP_IO_KEEPALIVE);
	snprintf(pem, sizeof pem, "%s/%s.both.pem", pki, name);         /* gSOAP wants key and certificate in one file */
	snprintf(ca, sizeof ca, "%s/ca.pem", pki);
	if (soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, pem, NULL, ca, NULL, NULL))
		return failed(soap, "TLS");
	for (int i = 0; i < 2; i++)
		snprintf(piles[i], sizeof piles[i], "%s-S1:%d", name, i + 1);
	soap_default__a__GetCapabilities(soap, &m);
	m.header = header();
	int rc = soap_call___a__GetCapabilities(soap, hub, NULL, &m, &got) ? failed(soap, "GetCapabilities") : 0;
	if (!rc)
		printf("service %s, contract %s\n", got.service, got.contractVersion);
	if (!rc) rc = report_ledger(soap, hub, piles);
	if (!rc) rc = report_frame(soap, hub, piles);
	if (!rc) rc = fetch_control(soap, hub);
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
	return rc;
}
