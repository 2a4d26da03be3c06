#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Holds the documents to the tree: the page of reason codes is the one errors.def makes, links lead somewhere, every clause has
its row with files that exist, every configuration key, rule key, command and operation is described, both READMEs say the same commands,
and all pages are in the tarball. Prints TAP."""
import os, re, sys

TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.dont_write_bytecode = True                  # the source tree may be read-only
sys.path.insert(0, os.path.join(TOP, 'doc'))
import codes

CLAUSES = [f'G{i}' for i in range(1, 7)] + [f'F{i}' for i in range(1, 13)] + ['F8a', 'F8b', 'F8c', 'F8d'] + \
    [f'D{i}' for i in range(1, 11)] + ['D2a'] + [f'A{i}' for i in range(1, 13)] + [f'P{i}' for i in range(1, 8)] + \
    [f'S{i}' for i in range(1, 6)] + ['N1']
results = []
def ok(name, problems): results.append((name, problems))
def text(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f: return f.read()
def there(path): return os.path.exists(os.path.join(TOP, path))

def pages():
    out = [n for n in os.listdir(TOP) if n.endswith('.md')]
    for top in ('doc', 'bench', 'etc', 'schemas'):
        for folder, _, names in os.walk(os.path.join(TOP, top)):
            out += [os.path.relpath(os.path.join(folder, n), TOP) for n in names if n.endswith('.md')]
    return sorted(out)
def plain(page): return re.sub(r'```.*?```', '', text(page), flags=re.S)         # without blocks of code
def anchors(page):
    """As they are made of headings: lower case, no punctuation, blanks to hyphens."""
    return {re.sub(r'[^\w\- ]', '', h.strip().lower()).replace(' ', '-') for h in re.findall(r'^#+ (.*)$', plain(page), re.M)}

def check_codes():
    have, want = text('doc/codes.md'), codes.page()
    ok('doc/codes.md is what doc/codes.py prints', [] if have == want else ['run: python3 doc/codes.py >doc/codes.md'])
    n = len(re.findall(r'^ERROR\(', text('src/base/errors.def'), re.M))
    ok('the contract lists the reason codes', [] if text('schemas/vgi-types.xsd') == codes.contract() else ['run: python3 doc/codes.py --contract'])
    rows = [c for _, section in codes.sections() for c, *_ in section]
    ok('every reason code has its row', [] if len(set(rows)) == n else [f'{len(set(rows))} of {n} codes'])

def check_links():
    dead = []
    for page in pages():
        for target in re.findall(r'\]\(([^)\s]+)\)', plain(page)):
            if re.match(r'[a-z]+:', target): continue
            path, _, anchor = target.partition('#')
            to = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
            if not there(to): dead.append(f'{page}: {target}')
            elif anchor and to.endswith('.md') and anchor not in anchors(to): dead.append(f'{page}: {target} (no such heading)')
    ok('every link leads somewhere', dead)

def check_conformance():
    rows = re.findall(r'^\| ([GFDAPSN]\d+[a-d]?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$', text('doc/conformance.md'), re.M)
    ids, wrong = [r[0] for r in rows], []
    ok('every clause has one row', [f'{c}: {ids.count(c)} rows' for c in CLAUSES if ids.count(c) != 1] + [f'{i}: no such clause' for i in ids if i not in CLAUSES])
    for i, _, state, where, test in rows:
        if not re.match(r'(done(: \S.*)?|in part: \S.*|not yet(: \S.*)?)$', state): wrong.append(f'{i}: state "{state}"')
        for cell in (where, test):
            paths = re.findall(r'`([^`]+)`', cell)
            wrong += [f'{i}: {p} is not there' for p in paths if not there(p)]
            if not paths and not state.startswith('not yet'): wrong.append(f'{i}: names no file or no test')
        wrong += [f'{i}: {p} is no test' for p in re.findall(r'`([^`]+)`', test) if not p.startswith('test/')]
    ok('states of clauses are known, their files and tests exist', wrong)

def sections_of(page):
    """heading or first cell "[name]" → the text that belongs to it."""
    out = {}
    for m in re.finditer(r'^\|([^|]*)\|(.*)\|$', text(page), re.M):
        for s in re.findall(r'`\[(\w+)\]`', m.group(1)): out[s] = m.group(2)
    for part in re.split(r'^## ', text(page), flags=re.M)[1:]:
        if m := re.match(r'\[(\w+)\]', part): out[m.group(1)] = part
    return out

def check_keys():
    c = text('src/model/installation.c')
    keys = re.findall(r'^\s*(?:TEXT|FILE_|NUMBER)\("(\w+)", "(\w+)"', c, re.M) + re.findall(r'\.section = "(\w+)", \.key = "(\w+)"', c)
    for macro in ('LISTENER', 'PEER'):
        body = re.search(r'#define %s\(NAME.*?[^\\]\n' % macro, c, re.S).group()
        keys += [(s, k) for s in re.findall(macro + r'\("(\w+)"', c) for k in re.findall(r'(?:TEXT|NUMBER|FILE_)\(NAME, "(\w+)"', body)]
    told = sections_of('doc/operator.md')
    ok('every configuration key is described', [f'[{s}] {k}' for s, k in keys if f'`{k}`' not in told.get(s, '')] or ([] if len(keys) > 60 else ['keys not found']))
    c = text('src/model/rules_table.c')
    keys = [('rules', k) for k in re.findall(r'^\s*TEXT\("(\w+)"', c, re.M)]
    keys += re.findall(r'^\s*(?:WHOLE|RATIO|CLOCK|LIST)\("(\w+)", "(\w+)"', c, re.M) + re.findall(r'^\s*\{ "(\w+)", "(\w+)"', c, re.M)
    told = sections_of('doc/market-rules.md')
    ok('every rule key is described', [f'[{s}] {k}' for s, k in keys if f'`{k}`' not in told.get(s, '')] or ([] if len(keys) > 40 else ['keys not found']))

def check_commands():
    rows = re.findall(r'^\t\{ "([\w-]+)", (?:"([\w-]+)"|NULL), action_|^\t\{ "(\w+)", "(\w+)", command_', text('src/cli/command_table.c'), re.M)
    names = [' '.join(w for w in r if w) for r in rows]
    told = re.sub(r'\s+', ' ', text('doc/operator.md'))
    ok('every command is described', [n for n in names if not re.search(r'vgihub (-c \S+ )?%s\b' % n, told)] or ([] if len(names) > 20 else ['commands not found']))

def check_operations():
    rows = re.findall(r'^OPERATION\((\w+),\s*\w+,\s*(\w+),', text('src/codec/soap/operations.def'), re.M)
    page = text('doc/integrator.md')
    part = lambda heading: re.split(r'^## ', page.split(f'## {heading}', 1)[1], flags=re.M)[0] if f'## {heading}' in page else ''
    told = {'AGGREGATOR': part('Operations: aggregator'), 'TRADING': part('Operations: trading platform'),
            'DISPATCH': part('Operations: dispatch system'), **dict.fromkeys(('DISPATCH_SINK', 'TRADING_PLATFORM', 'AGGREGATOR_CALLBACK'), part('What the hub sends'))}
    ok('every operation is described', [f'{s} {o}' for s, o in rows if not re.search(r'\b%s\b' % o, told[s])])
    known = {c for _, section in codes.sections() for c, *_ in section}
    cells = ' '.join(re.findall(r'^\| \w+ \|.*$', part('Operations: aggregator') + part('Operations: trading platform') + part('Operations: dispatch system'), re.M))
    ok('refusals that are named exist', [c for c in re.findall(r'`([a-z]+(?:-[a-z]+)+)`', cells) if c not in known])
    bad = []
    for n, block in enumerate(re.findall(r'```python\n(.*?)```', page, re.S), 1):
        try: compile(block, f'example {n}', 'exec')
        except SyntaxError as e: bad.append(str(e))
    ok('examples are Python', bad)

def check_readmes():
    commands = lambda page: re.findall(r'^(?:\./quickstart|make|build/|sh |python3 ).*$', '\n'.join(re.findall(r'```\n(.*?)```', text(page), re.S)), re.M) + \
        re.findall(r'`((?:\./quickstart|make|build/|sh |\.\./)[^`]*)`', plain(page))
    numbers = lambda page: re.findall(r'\d[\d,.]*', ' '.join(re.findall(r'^\|.*\|$', plain(page), re.M)))
    ok('both READMEs name the same commands', [] if commands('README.md') == commands('README.zh.md') else ['README.md and README.zh.md differ'])
    ok('both READMEs tell the same figures', [f'{a} / {b}' for a, b in zip(numbers('README.md'), numbers('README.zh.md')) if a != b] or
       ([] if len(numbers('README.md')) == len(numbers('README.zh.md')) else ['another number of figures']))

def check_tarball():
    listed = ''.join(text(os.path.join(d, n)) for d, n in (('.', 'Makefile.am'), ('doc', 'room.mk'), ('bench', 'room.mk'), ('etc', 'room.mk'), ('src/codec', 'room.mk')))
    ok('every page is in the tarball', [p for p in pages() if not re.search(r'(?<![\w/])%s(?!\S)' % re.escape(p), listed)])

for check in (check_codes, check_links, check_conformance, check_keys, check_commands, check_operations, check_readmes, check_tarball): check()
print(f'1..{len(results)}')
for n, (name, problems) in enumerate(results, 1):
    print(f'{"not ok" if problems else "ok"} {n} - {name}')
    for p in problems[:20]: print('#  ', p)
sys.exit(any(p for _, p in results))
