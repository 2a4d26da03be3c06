# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Reads the contracts: schemas, operation table, reason codes. doc/pages.py makes HTML of them, doc/samples.py messages, and
test/tree/check_contracts.py holds them to their rules."""
import os, re, sys
from xml.etree import ElementTree as ET

sys.dont_write_bytecode = True
TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
sys.path.insert(0, os.path.join(TOP, 'doc'))
import codes

X, LANG = '{http://www.w3.org/2001/XMLSchema}', '{http://www.w3.org/XML/1998/namespace}lang'
TYPES = 'urn:vgi:types:1'
SERVICES = {                    # service of operations.def: file of the contract, the other side, its name in samples
    'AGGREGATOR': ('aggregator', 'A1'), 'TRADING': ('trading', 'trading'), 'DISPATCH': ('dispatch', 'dispatch'),
    'DISPATCH_SINK': ('dispatch-sink', 'vgihub'), 'TRADING_PLATFORM': ('trading-platform', 'vgihub'),
    'AGGREGATOR_CALLBACK': ('aggregator-callback', 'vgihub')}

def text(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f: return f.read()

class Field:
    """An element of a sequence: name, type ("Id", "xs:dateTime"), least and most times it may stand, {language: text}."""
    def __init__(self, e):
        self.name, self.type, self.docs = e.get('name'), e.get('type').removeprefix('t:'), docs_of(e)
        self.least, self.most = int(e.get('minOccurs', 1)), int(e.get('maxOccurs', 1))

class Type:
    """kind: 'list' (item), 'enumeration' (values), 'simple' (base, facets) or 'complex' (fields, open: has a place for more)."""
    def __init__(self, e):
        self.name, self.docs = e.get('name'), docs_of(e)
        seq = e.find(f'{X}sequence') if e.tag == X + 'complexType' else e.find(f'{X}complexType/{X}sequence')
        if seq is not None:
            self.kind, self.fields, self.open = 'complex', [Field(f) for f in seq.findall(X + 'element')], seq.find(X + 'any') is not None
            return
        items, r = e.find(X + 'list'), e.find(X + 'restriction')
        if items is not None: self.kind, self.item = 'list', items.get('itemType').removeprefix('t:'); return
        self.base = r.get('base').removeprefix('t:')
        self.values = [v.get('value') for v in r.findall(X + 'enumeration')]
        self.facets = {f.tag.removeprefix(X): f.get('value') for f in r if f.tag != X + 'enumeration'}
        self.kind = 'enumeration' if self.values else 'simple'

def docs_of(e): return {d.get(LANG): ' '.join((d.text or '').split()) for d in e.findall(f'{X}annotation/{X}documentation')}
def schema(path): return ET.fromstring(text(path))

class Operation:
    """A row of operations.def with its two elements: service, prefix, name, roles, repeat, protection, privacy, kind, history, file,
    namespace, request, answer."""

def load():
    """(types by name, operations in the table's order, minor version)"""
    root = schema('schemas/vgi-types.xsd')
    types = {e.get('name'): Type(e) for e in root if e.tag in (X + 'simpleType', X + 'complexType', X + 'element')}
    elements, out = {}, []
    for file, _ in SERVICES.values():
        elements[file] = {e.get('name'): Type(e) for e in schema(f'wsdl/{file}.xsd').findall(X + 'element')}
    for row in re.findall(r'^OPERATION\(([^)]*)\)', text('src/codec/soap/operations.def'), re.M)[0:]:
        if 'protection' in row: continue                        # the comment that explains the columns
        o = Operation()
        o.service, o.prefix, o.name, _, roles, o.repeat, o.protection, o.privacy, o.kind, o.history = [w.strip() for w in row.split(',')]
        o.roles = re.findall(r'ROLE_(\w+)', roles) or (['everybody'] if roles == 'EVERYBODY' else [])
        o.file, o.sender = SERVICES[o.service]
        o.namespace, e = f'urn:vgi:{o.file}:1', elements[o.file]
        o.request, o.answer = e[o.name], e[o.name + 'Response']
        out.append(o)
    return types, out, root.get('version')

def told_codes(operation):
    """Reason codes of the operation's own, as its row in doc/integrator.md names them."""
    page = text('doc/integrator.md')
    known = {c for _, rows in codes.sections() for c, *_ in rows}
    part = {'AGGREGATOR': 'Operations: aggregator', 'TRADING': 'Operations: trading platform', 'DISPATCH': 'Operations: dispatch system'}
    if operation.service not in part: return []
    section = re.split(r'^## ', page.split(f'## {part[operation.service]}', 1)[1], flags=re.M)[0]
    for cells in re.findall(r'^\|(.*)\|$', section, re.M):
        if re.search(rf'\b{operation.name}\b', cells.split('|')[0]):
            return [c for c in dict.fromkeys(re.findall(r'`([a-z\-]+)`', cells)) if c in known]
    return []
