# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Documents. doc/codes.md is printed by doc/codes.py; test/tree/check_docs.py holds pages and code together.
EXTRA_DIST += doc/README.md doc/operator.md doc/integrator.md doc/market-rules.md doc/codes.md doc/codes.py doc/conformance.md doc/decisions.md doc/flow.svg
EXTRA_DIST += doc/internals/message-path.md doc/internals/outbox.md doc/internals/clock.md doc/internals/telemetry.md
EXTRA_DIST += doc/internals/decomposition.md doc/internals/baseline-settlement.md doc/internals/trial-day.md
EXTRA_DIST += doc/internals/contracts-and-codecs.md doc/internals/store.md doc/internals/network.md
