#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Holds the documents to the tree: the page of reason codes is the one errors.def makes, links lead somewhere, every clause has
its row with files that exist, every configuration key, rule key, command and operation is described, the manual pages have all that the programs have, both READMEs say
the same commands, and all pages are in the tarball. Prints TAP."""
import os, re, shutil, subprocess, sys, tempfile

TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
sys.dont_write_bytecode = True                  # the source tree may be read-only
sys.path.insert(0, os.path.join(TOP, 'doc'))
import codes, manual

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
            if 'node_modules' not in folder.split(os.sep):      # what `npm ci` put beside the sample
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

def check_security_events():
    """Those of what is done by hand."""
    made = {k for n in os.listdir(os.path.join(TOP, 'src/cli')) if n.endswith('.c')
            for k in re.findall(r'"([a-z]+-(?:added|removed|revoked|changed|read|released|given-up))"', text('src/cli/' + n))}
    table = re.search(r'\| event \| after \|\n((?:\|.*\n)+)', text('doc/operator.md')).group(1)
    told = {k for row in table.splitlines() for k in re.findall(r'`([a-z-]+)`', row.split('|')[1])}
    ok('every security event of vgihub is described', [f'{k}: not in doc/operator.md' for k in sorted(made - told)] + [f'{k}: there is none' for k in sorted(told - made)])

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

def installation_keys():
    """(section, key) as the source has them, read in another way than doc/manual.py does."""
    c = text('src/model/installation.c')
    keys = re.findall(r'^\s*(?:TEXT|FILE_|NUMBER)\("(\w+)", "(\w+)"', c, re.M) + re.findall(r'\.section = "(\w+)", \.key = "(\w+)"', c)
    for macro in ('LISTENER', 'PEER'):
        body = re.search(r'#define %s\(NAME.*?[^\\]\n' % macro, c, re.S).group()
        keys += [(s, k) for s in re.findall(macro + r'\("(\w+)"', c) for k in re.findall(r'(?:TEXT|NUMBER|FILE_)\(NAME, "(\w+)"', body)]
    return keys

def check_keys():
    keys, told = installation_keys(), sections_of('doc/operator.md')
    ok('every configuration key is described', [f'[{s}] {k}' for s, k in keys if f'`{k}`' not in told.get(s, '')] or ([] if len(keys) > 60 else ['keys not found']))
    c = text('src/model/rules_table.c')
    keys = [('rules', k) for k in re.findall(r'^\s*TEXT\("(\w+)"', c, re.M)]
    keys += re.findall(r'^\s*(?:WHOLE|RATIO|CLOCK|LIST)\("(\w+)", "(\w+)"', c, re.M) + re.findall(r'^\s*\{ "(\w+)", "(\w+)"', c, re.M)
    told = sections_of('doc/market-rules.md')
    ok('every rule key is described', [f'[{s}] {k}' for s, k in keys if f'`{k}`' not in told.get(s, '')] or ([] if len(keys) > 40 else ['keys not found']))

def command_names():
    rows = re.findall(r'^\t\{ "([\w-]+)", (?:"([\w-]+)"|NULL), action_|^\t\{ "(\w+)", "(\w+)", command_', text('src/cli/command_table.c'), re.M)
    return [' '.join(w for w in r if w) for r in rows]

def check_commands():
    names = command_names()
    told = re.sub(r'\s+', ' ', text('doc/operator.md'))
    ok('every command is described', [n for n in names if not re.search(r'vgihub (-c \S+ )?%s\b' % n, told)] or ([] if len(names) > 20 else ['commands not found']))

def entries(page, macro):
    """{heading: {what an item of its list is about: what is said of it}} of a page in mdoc."""
    return {title.removesuffix('\\&'): dict(re.findall(r'^\.It %s (.*)\n((?:(?!\.It |\.El).*\n)*)' % macro, part.replace('\\-', '-'), re.M))
            for title, part in re.findall(r'^\.S[hs] (.*)\n((?:(?!\.S[hs] ).*\n)*)', page, re.M)}

def check_vgihub_1():
    page, c, table = manual.command_page(), text('src/cli/command.c'), text('src/cli/command_table.c')
    names = dict(re.findall(r'\[OPTION_(\w+)\] = \{ "([\w-]+)"', c))
    want = set()
    for noun, verb, arguments, allowed, required in re.findall(r'^\t\{ "([\w-]+)", (?:"([\w-]+)"|NULL), \w+, "([A-Z ]*)", ([^,]+), ([^,]+),', table, re.M):
        bits = lambda cell: frozenset(names[o] for o in re.findall(r'BIT\((\w+)\)', cell))
        want.add((f'{noun} {verb}'.strip(), arguments, bits(allowed), bits(required)))
    told = set()
    for words, said in entries(page, 'Cm')['Commands'].items():
        name, arguments = re.match(r'([a-z0-9 -]+?)(?: Ar ([A-Z ]+?))?(?= Fl| Op|$)', words).groups()
        given = re.findall(r'(Op )?Fl Fl ([\w-]+) Ar [A-Z]+', words)
        if len(said) > 20: told.add((name, arguments or '', frozenset(o for _, o in given), frozenset(o for op, o in given if not op)))
    ok('vgihub(1) has every command with its arguments and options', [f'{n} {a}' for n, a, *_ in want ^ told] or
       ([] if sorted(n for n, *_ in want) == sorted(command_names()) else ['commands not found']))
    lacks = lambda heading, macro, some: sorted(set(some) ^ set(entries(page, macro).get(heading, ())))
    ok('vgihub(1) has every option', lacks('Options of single commands', 'Fl', [f'Fl {n} Ar {a}' for n, a in re.findall(r'\[OPTION_\w+\] = \{ "([\w-]+)", "(\w+)"', c)]) +
       [o for o in re.findall(r'\{ "(\w+)", (?:no|required)_argument', c) if not re.search(r'^\.It .*\bFl Fl %s\b' % o, page, re.M)])
    help_text = re.search(r'static void help_global.*?\n}', c, re.S).group()
    ok('vgihub(1) has every exit code', lacks('EXIT STATUS', 'Li', re.findall(r'[ "] +(\d\d?)  [a-z]', help_text)))

def check_vgihub_conf_5():
    page, keys = manual.conf_page(), installation_keys()
    told = [(title[1:-1], key) for title, rows in entries(page, 'Va').items() for key, said in rows.items() if title[0] == '[' and 'Value: ' in said]
    ok('vgihub.conf(5) has every setting', [f'[{s}] {k}' for s, k in sorted(set(keys) ^ set(told))] + ([] if len(told) == len(keys) else [f'{len(told)} of {len(keys)}']))
    keys = re.findall(r'\.key = "(\w+)"', text('src/model/callbacks.c')) + re.findall(r'^\tFILE_\((\w+),', text('src/model/partners.c'), re.M)
    told = [k for title, rows in entries(page, 'Va').items() for k in rows if title.startswith('A file of')]
    ok('vgihub.conf(5) has the files of peers and partners', sorted(set(keys) ^ set(told)))

def check_vgihubd_8():
    page, c = text('doc/vgihubd.8.in'), text('src/daemon/main.c')
    want = [f'Fl Fl {o}' for o in re.findall(r'\{ "(\w+)", (?:no|required)_argument', c)] + re.findall(r'sigaddset\(&signals, (\w+)\)', c)
    ok('vgihubd(8) has every option and signal', [w for w in want if not re.search(r'^\.It .*\b%s\b' % w, page, re.M)] or ([] if len(want) == 7 else want))
    codes_of = re.findall(r'^\| (\d+) \|', text('doc/operator.md').split('| exit code of vgihubd |', 1)[1].split('\n\n', 1)[0], re.M)
    told = list(entries(page, 'Li')['EXIT STATUS'])
    ok('vgihubd(8) and operator.md tell the same exit codes', [] if told == codes_of and len(told) > 3 else [f'{told} / {codes_of}'])

def check_forms():
    """Without a warning of the programs that show manual pages, as far as they are there."""
    tools = [t for t in (['mandoc', '-Tlint', '-Wwarning'], ['groff', '-mandoc', '-ww', '-Kutf8', '-Tutf8', '-z']) if shutil.which(t[0])]
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        at = lambda name: os.path.join(folder, name)
        for name, make in manual.PAGES.items():
            with open(at(name), 'w', encoding='utf-8') as f: f.write(make())
        for name, path in (('vgisim.1', 'doc/vgisim.1'), ('vgihubd.8', 'doc/vgihubd.8.in')): shutil.copy(os.path.join(TOP, path), at(name))
        subprocess.run([sys.executable, os.path.join(TOP, 'doc/pages.py'), '--man', at('vgi-codes.7')], check=True, env=dict(os.environ, srcdir=TOP))
        for name in sorted(os.listdir(folder)):
            for tool in tools:
                r = subprocess.run([*tool, name], capture_output=True, text=True, cwd=folder)
                wrong += (r.stdout + r.stderr).splitlines() or ([f'{tool[0]} {name}: exit {r.returncode}'] if r.returncode else [])
    ok('manual pages are well formed' + ('' if tools else ' # SKIP neither mandoc nor groff'), wrong)

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

def check_installed():
    """`make install` lays the pages of doc/ in one folder, and those of doc/internals in a folder below it."""
    room = text('etc/room.mk').replace('\\\n', ' ')
    laid = [p for name in ('doc', 'internals') for p in re.search(r'^dist_%s_DATA = (.*)$' % name, room, re.M).group(1).split()]
    dead = [f'{page}: {target}' for page in laid if page.startswith('doc/') and page.endswith('.md')
            for target in re.findall(r'\]\(([^)#\s]+)', plain(page)) if not re.match(r'[a-z]+:', target)
            for to in [os.path.normpath(os.path.join(os.path.dirname(page), target))]
            if re.match(r'doc/(internals/)?[^/]+\.md$', to) and to not in laid]
    ok('pages that installed pages lead to are installed', dead + [p for p in laid if not there(p)])

for check in (check_codes, check_security_events, check_links, check_conformance, check_keys, check_commands, check_vgihub_1, check_vgihub_conf_5, check_vgihubd_8, check_forms, check_operations, check_readmes, check_tarball, check_installed): check()
print(f'1..{len(results)}')
for n, (name, problems) in enumerate(results, 1):
    print(f'{"not ok" if problems else "ok"} {n} - {name}')
    for p in problems[:20]: print('#  ', p)
sys.exit(any(p for _, p in results))
