# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Documents. doc/codes.md is printed by doc/codes.py; test/tree/check_docs.py holds pages and code together.
EXTRA_DIST += doc/README.md doc/operator.md doc/integrator.md doc/market-rules.md doc/codes.md doc/codes.py doc/conformance.md doc/decisions.md doc/versions.md doc/flow.svg
EXTRA_DIST += doc/internals/message-path.md doc/internals/outbox.md doc/internals/clock.md doc/internals/telemetry.md
EXTRA_DIST += doc/internals/decomposition.md doc/internals/delivery.md doc/internals/baseline-settlement.md doc/internals/trial-day.md
EXTRA_DIST += doc/internals/contracts-and-codecs.md doc/internals/store.md doc/internals/network.md
EXTRA_DIST += doc/integration/README.md
EXTRA_DIST += doc/integration/php/hub.php doc/integration/php/sample.php doc/integration/php/play.php
EXTRA_DIST += doc/integration/node/hub.js doc/integration/node/sample.js doc/integration/node/play.js
EXTRA_DIST += doc/integration/node/package.json doc/integration/node/package-lock.json
EXTRA_DIST += doc/integration/java/generate.sh doc/integration/java/Hub.java doc/integration/java/Sample.java doc/integration/java/Play.java
EXTRA_DIST += doc/integration/python/protect.py
EXTRA_DIST += doc/integration/python/hub.py doc/integration/python/sample.py doc/integration/python/play.py
