# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Documents. doc/codes.md is printed by doc/codes.py; test/tree/check_docs.py holds pages and code together.
EXTRA_DIST += doc/README.md doc/operator.md doc/integrator.md doc/market-rules.md doc/codes.md doc/codes.py doc/conformance.md doc/decisions.md doc/versions.md doc/flow.svg
EXTRA_DIST += doc/integration/README.md
EXTRA_DIST += doc/integration/php/hub.php doc/integration/php/sample.php doc/integration/php/play.php
EXTRA_DIST += doc/integration/node/hub.js doc/integration/node/sample.js doc/integration/node/play.js
EXTRA_DIST += doc/integration/node/package.json doc/integration/node/package-lock.json
EXTRA_DIST += doc/integration/java/generate.sh doc/integration/java/Hub.java doc/integration/java/Sample.java doc/integration/java/Play.java
EXTRA_DIST += doc/integration/python/protect.py
EXTRA_DIST += doc/integration/python/hub.py doc/integration/python/sample.py doc/integration/python/play.py

# Messages of every operation, written by doc/samples.py and held to the schemas by test/tree/check_contracts.py.
contract_samples = \
	doc/integration/samples/aggregator/AcknowledgeControl.xml \
	doc/integration/samples/aggregator/AcknowledgeControlResponse.xml \
	doc/integration/samples/aggregator/FetchControl.xml \
	doc/integration/samples/aggregator/FetchControlResponse.xml \
	doc/integration/samples/aggregator/FetchNotices.xml \
	doc/integration/samples/aggregator/FetchNoticesResponse.xml \
	doc/integration/samples/aggregator/GetCapabilities.xml \
	doc/integration/samples/aggregator/GetCapabilitiesResponse.xml \
	doc/integration/samples/aggregator/QueryAssessment.xml \
	doc/integration/samples/aggregator/QueryAssessmentResponse.xml \
	doc/integration/samples/aggregator/QueryMessageStatus.xml \
	doc/integration/samples/aggregator/QueryMessageStatusResponse.xml \
	doc/integration/samples/aggregator/QuerySettlement.xml \
	doc/integration/samples/aggregator/QuerySettlementResponse.xml \
	doc/integration/samples/aggregator/ReportBattery.xml \
	doc/integration/samples/aggregator/ReportBatteryResponse.xml \
	doc/integration/samples/aggregator/ReportCapability.xml \
	doc/integration/samples/aggregator/ReportCapabilityResponse.xml \
	doc/integration/samples/aggregator/ReportFrame.xml \
	doc/integration/samples/aggregator/ReportFrameResponse.xml \
	doc/integration/samples/aggregator/ReportLedger.xml \
	doc/integration/samples/aggregator/ReportLedgerResponse.xml \
	doc/integration/samples/aggregator/ReportOperation.xml \
	doc/integration/samples/aggregator/ReportOperationResponse.xml \
	doc/integration/samples/aggregator/ReportPlan.xml \
	doc/integration/samples/aggregator/ReportPlanResponse.xml \
	doc/integration/samples/aggregator/ReportSessions.xml \
	doc/integration/samples/aggregator/ReportSessionsResponse.xml \
	doc/integration/samples/aggregator/SubmitBid.xml \
	doc/integration/samples/aggregator/SubmitBidResponse.xml \
	doc/integration/samples/aggregator/TestConnection.xml \
	doc/integration/samples/aggregator/TestConnectionResponse.xml \
	doc/integration/samples/aggregator-callback/DeliverAssessment.xml \
	doc/integration/samples/aggregator-callback/DeliverAssessmentResponse.xml \
	doc/integration/samples/aggregator-callback/DeliverControl.xml \
	doc/integration/samples/aggregator-callback/DeliverControlResponse.xml \
	doc/integration/samples/aggregator-callback/DeliverNotice.xml \
	doc/integration/samples/aggregator-callback/DeliverNoticeResponse.xml \
	doc/integration/samples/aggregator-callback/DeliverSettlement.xml \
	doc/integration/samples/aggregator-callback/DeliverSettlementResponse.xml \
	doc/integration/samples/aggregator-callback/RequestLedger.xml \
	doc/integration/samples/aggregator-callback/RequestLedgerResponse.xml \
	doc/integration/samples/aggregator-callback/TestConnection.xml \
	doc/integration/samples/aggregator-callback/TestConnectionResponse.xml \
	doc/integration/samples/dispatch/AcknowledgeUpload.xml \
	doc/integration/samples/dispatch/AcknowledgeUploadResponse.xml \
	doc/integration/samples/dispatch/CancelDispatchTask.xml \
	doc/integration/samples/dispatch/CancelDispatchTaskResponse.xml \
	doc/integration/samples/dispatch/GetCapabilities.xml \
	doc/integration/samples/dispatch/GetCapabilitiesResponse.xml \
	doc/integration/samples/dispatch/QueryAssessment.xml \
	doc/integration/samples/dispatch/QueryAssessmentResponse.xml \
	doc/integration/samples/dispatch/QueryDispatchTask.xml \
	doc/integration/samples/dispatch/QueryDispatchTaskResponse.xml \
	doc/integration/samples/dispatch/QueryMessageStatus.xml \
	doc/integration/samples/dispatch/QueryMessageStatusResponse.xml \
	doc/integration/samples/dispatch/QueryOperation.xml \
	doc/integration/samples/dispatch/QueryOperationResponse.xml \
	doc/integration/samples/dispatch/QueryPotential.xml \
	doc/integration/samples/dispatch/QueryPotentialResponse.xml \
	doc/integration/samples/dispatch/QueryResources.xml \
	doc/integration/samples/dispatch/QueryResourcesResponse.xml \
	doc/integration/samples/dispatch/QuerySettlement.xml \
	doc/integration/samples/dispatch/QuerySettlementResponse.xml \
	doc/integration/samples/dispatch/RecallData.xml \
	doc/integration/samples/dispatch/RecallDataResponse.xml \
	doc/integration/samples/dispatch/SubmitDispatchTask.xml \
	doc/integration/samples/dispatch/SubmitDispatchTaskResponse.xml \
	doc/integration/samples/dispatch/TestConnection.xml \
	doc/integration/samples/dispatch/TestConnectionResponse.xml \
	doc/integration/samples/dispatch-sink/PushEvent.xml \
	doc/integration/samples/dispatch-sink/PushEventResponse.xml \
	doc/integration/samples/dispatch-sink/PushOperation.xml \
	doc/integration/samples/dispatch-sink/PushOperationResponse.xml \
	doc/integration/samples/dispatch-sink/PushPlan.xml \
	doc/integration/samples/dispatch-sink/PushPlanResponse.xml \
	doc/integration/samples/dispatch-sink/PushPotential.xml \
	doc/integration/samples/dispatch-sink/PushPotentialResponse.xml \
	doc/integration/samples/dispatch-sink/PushSettlement.xml \
	doc/integration/samples/dispatch-sink/PushSettlementResponse.xml \
	doc/integration/samples/dispatch-sink/PushStatic.xml \
	doc/integration/samples/dispatch-sink/PushStaticResponse.xml \
	doc/integration/samples/dispatch-sink/PushTaskProgress.xml \
	doc/integration/samples/dispatch-sink/PushTaskProgressResponse.xml \
	doc/integration/samples/dispatch-sink/TestConnection.xml \
	doc/integration/samples/dispatch-sink/TestConnectionResponse.xml \
	doc/integration/samples/trading/GetCapabilities.xml \
	doc/integration/samples/trading/GetCapabilitiesResponse.xml \
	doc/integration/samples/trading/PublishMarketNotice.xml \
	doc/integration/samples/trading/PublishMarketNoticeResponse.xml \
	doc/integration/samples/trading/QueryBids.xml \
	doc/integration/samples/trading/QueryBidsResponse.xml \
	doc/integration/samples/trading/QueryMessageStatus.xml \
	doc/integration/samples/trading/QueryMessageStatusResponse.xml \
	doc/integration/samples/trading/QueryMeteredEnergy.xml \
	doc/integration/samples/trading/QueryMeteredEnergyResponse.xml \
	doc/integration/samples/trading/QuerySettlement.xml \
	doc/integration/samples/trading/QuerySettlementResponse.xml \
	doc/integration/samples/trading/SubmitBid.xml \
	doc/integration/samples/trading/SubmitBidResponse.xml \
	doc/integration/samples/trading/SubmitClearingResult.xml \
	doc/integration/samples/trading/SubmitClearingResultResponse.xml \
	doc/integration/samples/trading/SubmitMeterData.xml \
	doc/integration/samples/trading/SubmitMeterDataResponse.xml \
	doc/integration/samples/trading/TestConnection.xml \
	doc/integration/samples/trading/TestConnectionResponse.xml \
	doc/integration/samples/trading-platform/DeclareBid.xml \
	doc/integration/samples/trading-platform/DeclareBidResponse.xml \
	doc/integration/samples/trading-platform/ReportResponse.xml \
	doc/integration/samples/trading-platform/ReportResponseResponse.xml \
	doc/integration/samples/trading-platform/TestConnection.xml \
	doc/integration/samples/trading-platform/TestConnectionResponse.xml

dist_man_MANS = doc/vgisim.1
nodist_man_MANS = doc/vgihubd.8
EXTRA_DIST += doc/vgihubd.8.in doc/manual.py
CLEANFILES += doc/vgihubd.8
doc/vgihubd.8: doc/vgihubd.8.in Makefile
	$(AM_V_GEN)$(MKDIR_P) doc && sed -e 's,@sysconfdir[@],$(sysconfdir),g' -e 's,@localstatedir[@],$(localstatedir),g' \
		-e 's,@pkgdatadir[@],$(pkgdatadir),g' -e 's,@docdir[@],$(docdir),g' '$(srcdir)/doc/vgihubd.8.in' >$@.tmp && mv $@.tmp $@

# Reference of the contracts, vgi-codes(7), vgihub(1) and vgihub.conf(5), from the schemas and tables; a machine without Python goes without.
contract_readers = doc/contracts.py doc/pages.py doc/samples.py
EXTRA_DIST += $(contract_readers) $(contract_samples)
if HAVE_PYTHON
contract_page_inputs = $(contract_readers) doc/codes.py doc/integrator.md src/base/errors.def src/codec/soap/operations.def \
	$(contracts:.wsdl=.xsd) schemas/vgi-types.xsd $(contract_samples)
doc/contracts.stamp: $(contract_page_inputs)
	$(AM_V_GEN)$(MKDIR_P) doc && srcdir='$(abs_srcdir)' $(PYTHON) $(srcdir)/doc/pages.py doc/contracts && touch $@
doc/vgi-codes.7: doc/pages.py doc/contracts.py doc/codes.py src/base/errors.def
	$(AM_V_GEN)$(MKDIR_P) doc && srcdir='$(abs_srcdir)' $(PYTHON) $(srcdir)/doc/pages.py --man $@
manual_inputs = doc/manual.py src/cli/command_table.c src/cli/command.c src/model/installation.c src/model/callbacks.c src/model/partners.c \
	src/daemon/reload.c
doc/vgihub.1 doc/vgihub.conf.5: $(manual_inputs) Makefile
	$(AM_V_GEN)$(MKDIR_P) doc && srcdir='$(abs_srcdir)' $(PYTHON) $(srcdir)/doc/manual.py $(@F) VGI_SYSCONFDIR='$(sysconfdir)/vgihub' \
		VGI_DATADIR='$(pkgdatadir)' VGI_LOCALSTATEDIR='$(localstatedir)/lib/vgihub' >$@.tmp && mv $@.tmp $@
nodist_man_MANS += doc/vgi-codes.7 doc/vgihub.1 doc/vgihub.conf.5
all-local: doc/contracts.stamp
html-local: doc/contracts.stamp
CLEANFILES += doc/contracts.stamp doc/vgi-codes.7 doc/vgihub.1 doc/vgihub.conf.5 doc/contracts/*.html
install-data-local: doc/contracts.stamp
	$(MKDIR_P) '$(DESTDIR)$(htmldir)/contracts' && $(INSTALL_DATA) doc/contracts/*.html '$(DESTDIR)$(htmldir)/contracts'
uninstall-local:
	-rm -rf '$(DESTDIR)$(htmldir)/contracts'
endif
EXTRA_DIST += doc/integration/c/generate.sh doc/integration/c/sample.c
