# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A service of the hub as a python3-zeep client, made from its WSDL alone."""
import time, uuid
import requests, zeep

SERVICE = {'aggregator': 'AggregatorService', 'trading': 'TradingService', 'dispatch': 'DispatchService'}

def connect(url, pki, name, soap=12, wsse=None):
    """url: https://HOST:PORT/aggregator; pki: folder with ca.pem, NAME.pem and NAME.key; soap: 11 or 12; wsse: Signed or
    Encrypted of protect.py. Calls are hub.Operation."""
    session = requests.Session()
    session.trust_env = False
    session.cert, session.verify = (f'{pki}/{name}.pem', f'{pki}/{name}.key'), f'{pki}/ca.pem'
    # The contract itself is fetched over the same mutual TLS.
    client = zeep.Client(url + '?wsdl', transport=zeep.transports.Transport(session=session), wsse=wsse)
    service = SERVICE[url.rsplit('/', 1)[1]]
    return client.bind(service, f'{service}Soap{soap}')

def header(name, now, **more):
    """now: business time; the machine's unless the hub is in a trial."""
    return dict(dict(messageId=str(uuid.uuid4()), sender=name, createdAt=now, revision=1), **more)

def fault_of(error):
    """What the hub said about a refusal before it looked at the content, as {element: text}, a diagnostic as a dict in a list;
    None if it was not the hub who refused."""
    from lxml import etree
    told = error.detail.find('{urn:vgi:types:1}Fault') if error.detail is not None else None
    if told is None: return None
    name = lambda node: etree.QName(node).localname
    out = {name(n): n.text for n in told if not len(n)}
    out['diagnostic'] = [{name(n): n.text for n in d} for d in told if len(d)]
    return out

def call(hub, operation, content, tries=5):
    """Calls an operation; while the hub asks to, sends the same message again."""
    wait = 1
    while True:
        try: return getattr(hub, operation)(**content)
        except zeep.exceptions.Fault as e:
            tries -= 1
            if tries < 1 or (fault_of(e) or {}).get('retry') != 'true': raise
            time.sleep(wait)
            wait *= 2
