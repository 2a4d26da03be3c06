<?php
// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// Plays calls that come as JSON, one a line: {"url", "name", "soap": 11|12, "operation", "content"}. Answers one a line:
// {"answer": …}, {"fault": …} or {"error": text}. Environment: PKI.
declare(strict_types=1);
require __DIR__ . '/hub.php';

$clients = [];
while (($line = fgets(STDIN)) !== false) {
    $step = json_decode($line, true, 64, JSON_THROW_ON_ERROR);
    try {
        $key = "$step[url] $step[name] $step[soap]";
        $clients[$key] ??= hub_connect($step['url'], getenv('PKI'), $step['name'], $step['soap'] == 12 ? SOAP_1_2 : SOAP_1_1);
        $out = ['answer' => hub_call($clients[$key], $step['operation'], $step['content'], 1)];
    } catch (SoapFault $fault) {
        $out = ($told = hub_fault($fault)) ? ['fault' => $told] : ['error' => $fault->getMessage()];
    }
    echo json_encode($out, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR), "\n";
}
