/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* OpenSSL, gSOAP, clock. */
#include <sys/timex.h>
#include "cli/doctor.h"
#include "security/machine.h"

static void tell_openssl(struct doctor *d)
{
	struct machine m;
	machine_look(d->c->arena, &m);
	doctor_tell(d, DOCTOR_OK, "openssl", NULL, "%s, providers: %s", m.version, m.providers);
	doctor_tell(d, m.random ? DOCTOR_OK : DOCTOR_FAIL, "random numbers", "keys and nonces cannot be made: look at the kernel's generator",
		    m.random ? "seeded" : "not seeded");
	doctor_tell(d, m.tls13 ? DOCTOR_OK : DOCTOR_FAIL, "tls 1.3", "use an OpenSSL with TLS 1.3", m.tls13 ? "there" : "not there");
	doctor_tell(d, DOCTOR_OK, "fips", NULL, m.fips ? "only approved algorithms" : "not enforced");
	doctor_tell(d, m.aes_gcm ? DOCTOR_OK : DOCTOR_FAIL, "suite international", "use an OpenSSL with AES-256-GCM", "AES-256-GCM %s",
		    m.aes_gcm ? "there" : "not there");
	bool chinese = m.sm2 && m.sm3 && m.sm4;
	doctor_tell(d, chinese ? DOCTOR_OK : DOCTOR_WARN, "suite chinese", "[protection] suite = chinese needs an OpenSSL built with SM2, SM3, SM4",
		    "SM2 %s, SM3 %s, SM4-CBC %s", m.sm2 ? "there" : "not there", m.sm3 ? "there" : "not there", m.sm4 ? "there" : "not there");
	doctor_tell(d, DOCTOR_OK, "cms with sm2", NULL, "%s: signed with SM2 is NAME.sig, encrypted documents are NAME.vgp",
		    m.sm2_cms ? "there, not used" : "not there");
}

/* The kernel knows whether something keeps its clock. */
static void tell_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);
	if (state < 0)
		doctor_tell(d, DOCTOR_WARN, "clock", "cannot be looked at here; see that chrony or ntpd runs", "not known");
	else if (state == TIME_ERROR || (t.status & STA_UNSYNC))
		doctor_tell(d, DOCTOR_WARN, "clock", "run chrony or ntpd: messages are refused by their times", "not synchronised");
	else
		doctor_tell(d, DOCTOR_OK, "clock", NULL, "synchronised, within %ld ms", t.maxerror / 1000);
}

void doctor_machine(struct doctor *d)
{
	tell_openssl(d);
	doctor_tell(d, DOCTOR_OK, "gsoap", NULL, "stubs of " VGI_GSOAP_VERSION);
	tell_clock(d);
}
