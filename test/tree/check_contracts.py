#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Holds the contracts to their rules: everything is explained in both languages and no explanation only repeats the name, what may
grow has a place for it, samples are there and follow the schema, every file is installed. Prints TAP."""
import os, re, subprocess, sys
TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, 'doc'))
import contracts, samples

STOP = set('a an the of for to in on at by is are it its this that and or as was be with from all which what who whom'.split())
CHINESE = {'ack': '确认', 'header': '消息头'}
TYPES, OPERATIONS, MINOR = contracts.load()
results = []
def ok(name, problems): results.append((name, problems))

def words(s): return {w.rstrip('s') for w in re.findall(r'[a-z0-9]+', re.sub(r'(?<=[a-z0-9])(?=[A-Z])', ' ', s).lower())} - STOP
def told():
    """[(where, name, docs)] of every type and element."""
    for t in list(TYPES.values()) + [e for o in OPERATIONS for e in (o.request, o.answer)]:
        yield t.name, t.name, t.docs
        if t.kind == 'complex':
            for f in t.fields: yield f'{t.name}/{f.name}', f.name, f.docs

def check_words():
    bad = [f'{where}: {lang} missing' for where, _, docs in told() for lang in ('en', 'zh') if not docs.get(lang)]
    bad += [f'{where}: not Chinese' for where, _, docs in told() if docs.get('zh') and not re.search(r'[\u4e00-\u9fff]', docs['zh'])]
    ok('every type and element is explained in English and Chinese', bad)
    bad = []
    for where, name, docs in told():
        if len(words(docs.get('en', '')) - words(name)) < 2: bad.append(f'{where}: {docs.get("en")}')
        if len(docs.get('zh', '')) < 5 or docs.get('zh', '').strip('。') in CHINESE.values(): bad.append(f'{where}: {docs.get("zh")}')
    ok('no explanation only repeats the name', bad)

def check_growth():
    ok('what may grow has a place for it', [f'{o.file} {e.name}' for o in OPERATIONS for e in (o.request, o.answer) if not e.open] +
       [n for n in ('Header', 'Ack') if not TYPES[n].open])
    versions = {p: contracts.schema(p).get('version') for p in ['schemas/vgi-types.xsd'] + [f'wsdl/{f}.xsd' for f, _ in contracts.SERVICES.values()]}
    told_by_code = re.search(r'contract_version = arena_strdup\([^"]*"([^"]+)"', contracts.text('src/endpoint/capabilities.c'))
    ok('all schemas, the hub and doc/versions.md name one version', [f'{p}: {v}' for p, v in versions.items() if v != MINOR] +
       ([] if told_by_code and told_by_code[1] == MINOR else ['capabilities.c']) + ([] if f'Now: **{MINOR}**' in contracts.text('doc/versions.md') else ['doc/versions.md']))
    lists = [f'{t.name}/{f.name}' for t in list(TYPES.values()) + [e for o in OPERATIONS for e in (o.request, o.answer)] if t.kind == 'complex'
             for f in t.fields if f.most == 1 and f.name.lower().endswith('list')]
    ok('a list is named for what it holds', lists)

def check_samples():
    folder, missing, stale = os.path.join(TOP, 'doc/integration/samples'), [], []
    make, want = samples.Maker(), set()
    for o in OPERATIONS:
        for e in (o.request, o.answer):
            path = f'doc/integration/samples/{o.file}/{e.name}.xml'
            want.add(path)
            if not os.path.exists(os.path.join(TOP, path)): missing.append(path)
            elif contracts.text(path) != make.message(o, e): stale.append(f'{path}: run python3 doc/samples.py')
    have = {os.path.relpath(os.path.join(d, n), TOP) for d, _, names in os.walk(folder) for n in names}
    ok('every operation has its samples', missing + [f'{p}: of no operation' for p in sorted(have - want)])
    ok('samples are those of the schemas', stale)

def check_uniques():
    """A field of a uniqueness constraint exists, so that it holds something."""
    bad, x = [], contracts.X
    for f, _ in contracts.SERVICES.values():
        for e in contracts.schema(f'wsdl/{f}.xsd').iter(x + 'element'):
            for u in e.findall(x + 'unique'):
                inner = {c.get('name'): c.get('type').removeprefix('t:') for c in e.findall(f'{x}complexType/{x}sequence/{x}element')}
                inner = inner or {c.name: c.type for c in TYPES[e.get('type').removeprefix('t:')].fields}
                child = u.find(x + 'selector').get('xpath').split(':')[1]
                fields = {c.name for c in TYPES[inner[child]].fields} if child in inner else set()
                bad += [f'{f} {u.get("name")}: {k.get("xpath")}' for k in u.findall(x + 'field') if k.get('xpath').split(':')[1] not in fields]
    ok('what must be unique is there', bad)

check_words(); check_growth(); check_samples(); check_uniques()
print(f'1..{len(results)}')
for n, (name, problems) in enumerate(results, 1):
    print(f'{"not ok" if problems else "ok"} {n} - {name}')
    for p in problems[:int(os.environ.get('VGI_ALL', 20))]: print('#  ', p)
sys.exit(any(p for _, p in results))
