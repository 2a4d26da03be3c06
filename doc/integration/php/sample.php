<?php
// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// An aggregator: reports a ledger and one frame, looks for control. Environment: HUB, PKI, NAME, in a trial NOW (README.md).
declare(strict_types=1);
require __DIR__ . '/hub.php';

$name = getenv('NAME') ?: 'A1';
$hub = hub_connect(getenv('HUB'), getenv('PKI'), $name);
$now = new DateTimeImmutable(getenv('NOW') ?: 'now');
$header = fn() => hub_header($name, $now);

$got = hub_call($hub, 'GetCapabilities', ['header' => $header()]);
echo "service $got->service, contract $got->contractVersion\n";

$piles = ["$name-S1:1", "$name-S1:2"];
// Decimals are strings: a float may get digits that the schema refuses.
$ack = hub_call($hub, 'ReportLedger', ['header' => $header(),
    'aggregator' => ['id' => $name, 'name' => '示例聚合商', 'address' => '深圳'],
    'station' => [['id' => "$name-S1", 'name' => '示例站', 'limitKw' => '10.000', 'meterNo' => "$name-M1", 'state' => 'inService',
        'pile' => array_map(fn($id) => ['id' => $id, 'kind' => 'AC', 'ratedKw' => '7.000', 'connectors' => 1, 'state' => 'inService'], $piles)]],
])->ack;
echo "ledger $ack->status $ack->itemsStored\n";
foreach ($ack->diagnostic ?? [] as $d) echo "  $d->code $d->path $d->textEn\n";

$minute = $now->setTime((int)$now->format('H'), (int)$now->format('i'));    // end of the minute the values are the mean of
$ack = hub_call($hub, 'ReportFrame', ['header' => $header(), 'at' => $minute->format(DATE_RFC3339), 'periodS' => 60, 'polarity' => 'LOAD',
    'pileId' => implode(' ', $piles), 'powerKw' => '6.412 0.000'])->ack;       // columns are lists, one text each
echo "frame $ack->status $ack->itemsStored\n";

$controls = hub_call($hub, 'FetchControl', ['header' => $header()])->control ?? [];
foreach ($controls as $control) {
    $rows = array_sum(array_map(fn($s) => count(explode(' ', $s->powerKw)), $control->session ?? []));
    hub_call($hub, 'AcknowledgeControl', ['header' => $header(), 'controlId' => $control->controlId, 'decision' => 'accepted', 'rows' => $rows]);
}
echo 'controls ' . count($controls) . "\n";
