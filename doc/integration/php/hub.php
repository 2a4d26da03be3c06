<?php
// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// A service of the hub as a SoapClient, made from its WSDL alone: needs PHP's soap and openssl.
declare(strict_types=1);

/** $url: https://HOST:PORT/aggregator; $pki: folder with ca.pem, NAME.pem and NAME.key; $soap: SOAP_1_1 or SOAP_1_2. */
function hub_connect(string $url, string $pki, string $name, int $soap = SOAP_1_2): SoapClient
{
    // The contract itself is fetched over the same mutual TLS, hence a context and not only local_cert.
    $tls = stream_context_create(['ssl' => [
        'cafile' => "$pki/ca.pem", 'verify_peer' => true, 'verify_peer_name' => true,
        'local_cert' => "$pki/$name.pem", 'local_pk' => "$pki/$name.key"]]);
    return new SoapClient("$url?wsdl", [
        'soap_version' => $soap, 'location' => $url, 'stream_context' => $tls, 'cache_wsdl' => WSDL_CACHE_NONE,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS,   // a list with one item is a list
    ]);
}

/** $now: business time; the machine's unless the hub is in a trial. */
function hub_header(string $name, DateTimeInterface $now, array $more = []): array
{
    return $more + ['messageId' => bin2hex(random_bytes(16)), 'sender' => $name, 'createdAt' => $now->format(DATE_RFC3339), 'revision' => 1];
}

/** What the hub said about a refusal before it looked at the content: code, retry, diagnostic…; null if it was not the hub who refused. */
function hub_fault(SoapFault $fault): ?stdClass
{
    return $fault->detail->Fault ?? null;
}

/** Calls an operation; while the hub asks to, sends the same message again. */
function hub_call(SoapClient $hub, string $operation, array $content, int $tries = 5): stdClass
{
    for ($wait = 1; ; $wait *= 2) {
        try {
            return $hub->$operation($content);
        } catch (SoapFault $fault) {
            if (!(hub_fault($fault)->retry ?? false) || --$tries < 1) throw $fault;
            sleep($wait);
        }
    }
}
