# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Plays calls that come as JSON, one a line: {"url", "name", "soap": 11|12, "operation", "content"}. Answers one a line:
{"answer": …}, {"fault": …} or {"error": text}. Environment: PKI; SIGN=yes signs messages and wants signed answers."""
import json, os, sys
import zeep
from zeep.xsd.types.collection import ListType
from hub import call, connect, fault_of

def columns(kind, value):
    """A column (xs:list) may come as one text; zeep wants its values."""
    if isinstance(value, dict): return {k: columns(dict(kind.elements)[k].type, v) for k, v in value.items()}
    if isinstance(value, list): return [columns(kind, v) for v in value]
    return value.split(' ') if isinstance(kind, ListType) else value

def signed(name):
    import xmlsec
    from protect import Signed
    pki = os.environ['PKI']
    return Signed(f'{pki}/{name}.key', f'{pki}/{name}.pem', f'{pki}/hub.pem', xmlsec.constants.TransformEcdsaSha256)

clients = {}
def play(step):
    key = step['url'], step['name'], step['soap']
    try:
        if key not in clients:
            clients[key] = connect(step['url'], os.environ['PKI'], step['name'], step['soap'], signed(step['name']) if os.environ.get('SIGN') == 'yes' else None)
        hub, operation = clients[key], step['operation']
        content = columns(hub._binding.get(operation).input.body.type, step['content'])
        return dict(answer=zeep.helpers.serialize_object(call(hub, operation, content, 1), dict))
    except zeep.exceptions.Fault as e:
        fault = fault_of(e)
        return dict(fault=fault) if fault else dict(error=str(e))
    except Exception as e: return dict(error=f'{type(e).__name__}: {e}')

for line in sys.stdin: print(json.dumps(play(json.loads(line)), default=lambda v: v.isoformat() if hasattr(v, 'isoformat') else str(v)), flush=True)
