# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Stubs from the contracts: made in the build tree, shipped in the tarball, found through VPATH when not made here.
# One wsdl2h run reads all contracts (types exist once) without the places kept for later minor versions, contract.awk gives
# our structs back to model/, soapcpp2 makes codecs.
contracts = wsdl/aggregator.wsdl wsdl/trading.wsdl wsdl/dispatch.wsdl \
	wsdl/dispatch-sink.wsdl wsdl/trading-platform.wsdl wsdl/aggregator-callback.wsdl
contract_schemas = $(contracts:.wsdl=.xsd) schemas/vgi-types.xsd schemas/soap-envelope-1.1.xsd schemas/soap-envelope-1.2.xsd
contract_inputs = $(contracts) $(contracts:.wsdl=.xsd) schemas/vgi-types.xsd wsdl/typemap.dat wsdl/vgi_values.h build-aux/contract.awk
contract_stamp = generated/stamp-$(GSOAP_VERSION)
contract_outputs = generated/soapC.c generated/soapH.h generated/soapStub.h generated/names.h generated/hub.nsmap

noinst_LIBRARIES += libvgi_contract.a
nodist_libvgi_contract_a_SOURCES = generated/soapC.c
libvgi_contract_a_SOURCES = src/codec/soap/values.c
libvgi_contract_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(builddir)/generated -I$(srcdir)/generated $(GSOAP_CFLAGS)
# Not our warnings, but never -w: incompatible pointers are how a drift between schema and model shows.
libvgi_contract_a_CFLAGS = -std=gnu11 -Wall -Wextra -Werror=incompatible-pointer-types -Wno-missing-field-initializers $(SANITIZE) -pthread

EXTRA_DIST += $(contract_inputs) $(contract_outputs) $(contract_stamp) schemas/soap-envelope-1.1.xsd schemas/soap-envelope-1.2.xsd
BUILT_SOURCES += $(contract_outputs)
MAINTAINERCLEANFILES += $(contract_outputs) $(contract_stamp)

pkgwsdldir = $(pkgdatadir)/wsdl
dist_pkgwsdl_DATA = $(contracts) $(contracts:.wsdl=.xsd)
pkgschemadir = $(pkgdatadir)/schemas
dist_pkgschema_DATA = schemas/vgi-types.xsd schemas/soap-envelope-1.1.xsd schemas/soap-envelope-1.2.xsd

# One run makes all outputs. The stamp is taken before, so that no output is older than it (automake manual, "Multiple Outputs").
$(contract_stamp): $(contract_inputs)
	$(AM_V_GEN)rm -rf generated/tmp && $(MKDIR_P) generated/tmp && touch generated/tmp/stamp && \
	top=`cd $(srcdir) && pwd` && here=`pwd`/generated/tmp && \
	$(MKDIR_P) generated/tmp/wsdl generated/tmp/schemas && cp $$top/wsdl/*.wsdl $$top/wsdl/*.xsd generated/tmp/wsdl && \
	cp $$top/schemas/vgi-types.xsd generated/tmp/schemas && chmod -R u+w generated/tmp && \
	$(SED) -i '/<xs:any /d' generated/tmp/wsdl/*.xsd generated/tmp/schemas/*.xsd && \
	(cd generated/tmp/wsdl && $(WSDL2H) -c -L -W -x -t $$top/wsdl/typemap.dat -o $$here/wsdl.h $(notdir $(contracts))) >generated/tmp/log 2>&1 && \
	$(AWK) -v names=generated/tmp/names.body -f $(srcdir)/build-aux/contract.awk generated/tmp/wsdl.h > generated/tmp/hub.h && \
	{ echo '#include "stdsoap2.h"'; echo '#include "model/messages.h"'; cat generated/tmp/names.body; } > generated/tmp/names.h && \
	(cd generated/tmp && $(SOAPCPP2) -c -L -x -w -CS -I$(GSOAP_SHARE):$(GSOAP_SHARE)/import:$$top/wsdl hub.h) >>generated/tmp/log 2>&1 && \
	for f in soapC.c soapH.h soapStub.h; do \
	  $(SED) -i 's/\(ver [0-9.]*\) [0-9-]* [0-9:]* GMT/\1/' generated/tmp/$$f || exit 1; done && \
	mv generated/tmp/AggregatorServiceSoap11.nsmap generated/tmp/hub.nsmap && \
	for f in $(notdir $(contract_outputs)); do mv -f generated/tmp/$$f generated/$$f || exit 1; done && \
	rm -f generated/stamp-* && mv -f generated/tmp/stamp $@ && rm -rf generated/tmp || \
	{ cat generated/tmp/log >&2; exit 1; }

# If one output was deleted, make all of them again, once, also under -j.
$(contract_outputs): $(contract_stamp)
	@test -f $@ || { trap 'rm -rf generated/lock' 1 2 13 15; \
	  if mkdir generated/lock 2>/dev/null; then rm -f $(contract_stamp); \
	    $(MAKE) $(AM_MAKEFLAGS) $(contract_stamp); r=$$?; rm -rf generated/lock; exit $$r; \
	  else while test -d generated/lock; do sleep 1; done; test -f $@; fi; }

# BUILT_SOURCES are made before all, check and install alone: without this a single target of a fresh tree finds no soapH.h.
$(libvgi_contract_a_OBJECTS) $(libvgi_codec_a_OBJECTS): | $(contract_outputs)

clean-local:
	-rm -rf generated/tmp generated/lock
distclean-local:
	-test "$(srcdir)" = . || rm -rf generated
generated/libvgi_contract_a-soapC.$(OBJEXT): CFLAGS += -O1     # -O2 takes twice as long and gains nothing measurable
