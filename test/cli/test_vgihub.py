#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The command vgihub: its table, exit codes, what goes where. Prints TAP."""
import atexit, json, os, re, shutil, subprocess, sys, tempfile
TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
BUILD = os.environ.get('builddir') or os.path.join(TOP, 'build')
sys.path.insert(0, os.path.join(TOP, 'test/lib'))
from tap import equal, run

VGIHUB = os.environ.get('VGIHUB') or os.path.join(BUILD, 'src/cli/vgihub')
place = tempfile.mkdtemp(prefix='vgihub-cli.')
os.chmod(place, 0o755)
at = lambda *p: os.path.join(place, *p)
database = lambda action: subprocess.run(['sh', os.path.join(TOP, 'etc/trial/mariadb.sh'), action, at('db')], check=True, stdout=sys.stderr)
def clear():
    database('stop')
    shutil.rmtree(place, ignore_errors=True)
atexit.register(clear)

def vgihub(*args, code=0, language='C', config=True):
    env = dict(os.environ, LC_ALL=language)
    r = subprocess.run([VGIHUB, *(['-c', at('vgihub.conf')] if config else []), *args], capture_output=True, text=True, env=env)
    if r.returncode != code: raise AssertionError(f'vgihub {" ".join(args)}: exit {r.returncode}, want {code}\n{r.stdout}{r.stderr}')
    return r

def configure(**change):
    text = f"""[hub]
rules = {change.get('rules', os.path.join(TOP, 'etc/rules/sichuan-2023.rules'))}
drop_dir = {place}
[trial]
enabled = yes
socket = {at('clock')}
start = 2026-06-10T11:00:00+08:00
[database]
socket = {change.get('socket') or open(at('db/socket')).read().strip()}
user = root
[contracts]
wsdl_dir = {os.path.join(TOP, 'wsdl')}
schema_dir = {os.path.join(TOP, 'schemas')}
sql_dir = {os.path.join(TOP, 'schemas/sql')}
"""
    for zone in ('dispatch', 'trading', 'aggregator'):
        text += f"[{zone}]\naddress = {change.get('address', '127.0.0.1')}\ncertificate = {at('pki/hub.pem')}\nkey = {at('pki/hub.key')}\ntrust = {at('pki/ca.pem')}\n"
    open(at('vgihub.conf'), 'w').write(text + change.get('more', ''))

def commands():
    """Usage lines of --help: [(words, arguments and options)]."""
    lines = [l.split() for l in vgihub('--help').stdout.splitlines() if l.startswith('  vgihub ')]
    return [([w for w in l[1:] if re.fullmatch('[a-z][a-z0-9]*(-[a-z]+)*', w)], ' '.join(l)) for l in lines]

def case_parts_start():
    database('start')
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), at('pki'), 'hub', 'one', 'two'], check=True, stdout=sys.stderr)
    configure()
def case_each_command_has_help():
    table = commands()
    names = [' '.join(w) for w, _ in table]
    equal(len(set(names)), len(names))
    for want in ('migrate', 'status', 'principal add', 'principal list', 'principal revoke', 'export day', 'report day', 'settlement compute', 'trace',
                 'config check', 'config sample', 'rules sample', 'completion bash'): assert want in names, want
    for words, usage in table:
        r = vgihub(*words, '--help')
        equal(r.stderr, '')
        assert usage in r.stdout.splitlines()[0], (usage, r.stdout)
        assert len(r.stdout.splitlines()[1]) > 20, r.stdout
        assert r.stdout != vgihub(*words, '--help', language='zh_CN.UTF-8').stdout
        for option in re.findall(r'--([a-z]+)', usage): assert f'--{option} ' in r.stdout.split('\n', 2)[2], option
    return f'{len(table)} commands'
def case_completion_knows_the_table():
    script = vgihub('completion', 'bash').stdout
    def words(*typed):
        line = ' '.join(f"'{w}'" for w in typed)
        r = subprocess.run(['bash', '-c', f'{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(typed) - 1}; _vgihub; printf "%s\\n" "${{COMPREPLY[@]}}"'],
                           capture_output=True, text=True, check=True, cwd=place)
        return set(r.stdout.split())
    for w, usage in commands():
        assert w[0] in words('vgihub', ''), w
        if len(w) > 1: assert w[1] in words('vgihub', w[0], ''), w
        for option in re.findall(r'--[a-z]+', usage): assert option in words('vgihub', *w, '--'), (w, option)
    equal(words('vgihub', 'mig'), {'migrate'})
def case_wrong_calls_are_64():
    for args in ([], ['bogus'], ['principal'], ['principal', 'bogus'], ['status', 'x'], ['trace'], ['principal', 'add', 'x'], ['--bogus'], ['status', '--role', 'x'],
                 ['principal', 'add', 'x', '--role', 'king', '--cert', at('pki/one.pem')], ['report', 'day', 'today'], ['export', 'day', '2026-02-30', at('out')],
                 ['settlement', 'compute', '2026-06-10'], ['trace', 'a', 'b'], ['-c']):
        r = vgihub(*args, code=64)
        equal(r.stdout, '', args)
        assert r.stderr.startswith('vgihub: '), r.stderr
def case_wrong_configuration_is_78():
    assert 'vgihub.conf' in vgihub('status', '-c', at('nowhere/vgihub.conf'), code=78, config=False).stderr
    for change, word in (({'more': '[net]\nworkers = none\n'}, 'workers'), ({'more': '[nut]\nx = 1\n'}, 'nut'), ({'address': '10.0.0.1'}, 'loopback'), ({'rules': at('none.rules')}, 'none.rules')):
        configure(**change)
        for command in (['status'], ['config', 'check']):
            assert word in vgihub(*command, code=78).stderr, word
    configure()
    os.rename(at('pki/hub.key'), at('pki/away'))
    assert 'hub.key' in vgihub('config', 'check', code=78).stderr
    os.rename(at('pki/away'), at('pki/hub.key'))
    equal(vgihub('config', 'check').stdout, '')
def keys(text):
    """(section, key) of a configuration, those behind # too."""
    section, found = '', set()
    for line in text.splitlines():
        line = line.lstrip('# ') if re.match(r'#\w+ = ', line) else line
        if m := re.fullmatch(r'\[(\w+)\]', line): section = m[1]
        elif m := re.match(r'(\w+) =', line): found.add((section, m[1]))
    return found
def case_samples_have_every_key():
    shipped = keys(open(os.path.join(TOP, 'etc/rules/sichuan-2023.rules'), encoding='utf-8').read())
    assert len(shipped) > 30
    equal(keys(vgihub('rules', 'sample', config=False).stdout), shipped)
    sample = keys(vgihub('config', 'sample', config=False).stdout)
    assert keys(open(at('vgihub.conf')).read()) < sample and ('outbox', 'most_retry_s') in sample
def case_manual_pages_say_what_the_program_says():
    """The pages as they were built, made of the sources, against what the built program prints."""
    def page(name):
        with open(os.path.join(BUILD, 'doc', name), encoding='utf-8') as f: return f.read().replace('\\-', '-').replace('\\&', '').replace('\\e', '\\')
    flat = lambda text: ' '.join(text.replace('`', '').split())
    items = lambda text, macro: {m[1]: flat(re.sub(r'^\.Li (.*) \.$', r'\1', m[2], flags=re.M)) for m in re.finditer(r'^\.It %s (.*)\n((?:(?!\.It |\.El).*\n)*)' % macro, text, re.M)}
    told = {s: items(part, 'Va') for s, part in re.findall(r'^\.Ss \[(\w+)\]\n((?:(?!\.S[hs] ).*\n)*)', page('vgihub.conf.5'), re.M)}
    section, n = '', 0
    for line in re.findall(r'^(\[\w+\]$|# .*\n# .*(?= Default: | Must be given)(?: Default: .*)?)', vgihub('config', 'sample', config=False).stdout, re.M):
        if line[0] == '[': section, keys_left = line[1:-1], iter(told[line[1:-1]].items()); continue
        key, said = next(keys_left)
        text, value = line.split('\n')
        expected, _, default = value[2:].partition(' Default: ')
        want = flat(f'{text[2:]} Value: {expected}') + (f' Default: {default}' if default else ' Must be given.')
        got = said.removesuffix(' Put in force by SIGHUP.').removesuffix('.')
        equal(got, want.removesuffix('.'), f'[{section}] {key}')
        n += 1
    equal(n, sum(len(rows) for rows in told.values()))
    said = items(page('vgihub.1'), 'Cm')
    lines = vgihub('--help').stdout.split('\n\nOptions of every command')[0].splitlines()
    for usage, text in zip(lines, lines[1:]):
        if not usage.startswith('  vgihub '): continue
        words = re.sub(r'\[(--[a-z]+ [A-Z]+)\]', r'Op \1', usage[9:]).replace('--', 'Fl Fl ')
        words = re.sub(r'(Fl Fl [a-z]+) ', r'\1 Ar ', re.sub(r'^([a-z0-9 -]+) (?=[A-Z]{2})', r'\1 Ar ', words))
        equal(said.get('Cm ' + words, said.get(words)), flat(text), usage)
    return f'{n} settings, {len(said)} commands'
def sql(text):
    subprocess.run(['mariadb', '--no-defaults', '-S', open(at('db/socket')).read().strip(), '-u', 'root', '-e', text], check=True)
def case_migrate_says_which_right_is_missing():
    conf = open(at('vgihub.conf')).read()
    sql("CREATE USER reader@localhost; GRANT SELECT ON vgihub.* TO reader@localhost")
    open(at('vgihub.conf'), 'w').write(conf.replace('user = root', 'user = reader'))
    r = vgihub('migrate', code=78)
    last = r.stderr.splitlines()[-1]
    assert 'lacks a right' in last and 'CREATE' in last and 'reader' in last and 'internal' not in r.stderr, r.stderr
    assert '缺少权限' in vgihub('migrate', code=78, language='zh_CN.UTF-8').stderr
    open(at('vgihub.conf'), 'w').write(conf)
def case_before_migrate_is_78():
    for command in (['status'], ['principal', 'list'], ['trace', 'x'], ['report', 'day', '2026-06-10']):
        assert 'migrate' in vgihub(*command, code=78).stderr
def case_migrate_may_be_repeated():
    first, again = (json.loads(vgihub('migrate', '--json', '--quiet').stdout) for _ in range(2))
    assert first['applied'] >= 2 and again['applied'] == 0 and first['schema_version'] == again['schema_version'], (first, again)
    r = vgihub('migrate')
    equal((r.stdout, bool(r.stderr)), ('', True))
    equal(vgihub('migrate', '--quiet').stderr, '')
def case_principals():
    one, two = (at('pki', n + '.pem') for n in ('one', 'two'))
    vgihub('principal', 'add', 'A1', '--role', 'aggregator', '--cert', one)
    vgihub('principal', 'add', 'A1', '--role', 'aggregator', '--cert', two, code=65)
    vgihub('principal', 'add', 'A2', '--role', 'aggregator', '--cert', one, code=65)
    vgihub('principal', 'add', 'A2', '--role', 'aggregator', '--cert', at('none.pem'), code=66)
    vgihub('principal', 'add', 'A2', '--role', 'aggregator', '--cert', at('pki/two.key'), code=65)
    vgihub('principal', 'add', 'a b', '--role', 'aggregator', '--cert', two, code=64)
    vgihub('principal', 'add', 'T', '--role', 'trading', '--cert', two)
    vgihub('principal', 'revoke', 'nobody', code=66)
    vgihub('principal', 'revoke', 'T')
    vgihub('principal', 'add-certificate', 'A1', '--cert', at('pki/hub.pem'))
    vgihub('principal', 'add-certificate', 'A1', '--cert', two, code=65)
    vgihub('principal', 'revoke-certificate', 'A1', '--cert', at('pki/hub.pem'))
    vgihub('principal', 'limit', 'A1', 'rate', '7'); vgihub('principal', 'limit', 'A1', 'rate', 'default')
    vgihub('principal', 'limit', 'nobody', 'rate', '7', code=66)
    vgihub('principal', 'protect', 'A1', '--signature', 'control')
    vgihub('principal', 'protect', 'A1', '--signature', 'often', code=64)
    import hashlib, pwd
    digest = lambda pem: hashlib.sha256(subprocess.run(['openssl', 'x509', '-in', pem, '-outform', 'DER'], capture_output=True, check=True).stdout).hexdigest()
    hub = digest(at('pki/hub.pem'))
    told = json.loads(vgihub('security', 'list', '--json').stdout)       # of what was done, not of what was refused
    equal([(e['kind'], e['principal'], e['n'], e['detail'].split(': ', 1)[1]) for e in told], [
        ('principal-added', 'A1', 1, f'role aggregator, certificate {digest(one)}'), ('principal-added', 'T', 1, f'role trading, certificate {digest(two)}'),
        ('principal-revoked', 'T', 1, 'with all its certificates'), ('certificate-added', 'A1', 1, f'certificate {hub}'),
        ('certificate-revoked', 'A1', 1, f'certificate {hub}'), ('limit-changed', 'A1', 1, 'rate is 7'), ('limit-changed', 'A1', 1, 'rate is default'),
        ('protection-changed', 'A1', 1, 'signature control, encryption as before')])
    by = {e['detail'].split(': ', 1)[0].split(' as ')[-1] for e in told}
    equal(by, {pwd.getpwuid(os.getuid()).pw_name})
    rows = [r for r in json.loads(vgihub('principal', 'list', '--json').stdout) if r['certificate'] != hub]
    equal([(r['name'], r['role'], r['status'], r['revoked'] is None) for r in rows], [('A1', 'aggregator', 'active', True), ('T', 'trading', 'revoked', False)])
    equal(rows[0]['certificate'], digest(one))
    assert re.search(r'^A1 +aggregator +active ', vgihub('principal', 'list').stdout, re.M)
    assert '聚合商' not in vgihub('principal', 'list').stdout and '角色' in vgihub('principal', 'list', language='zh_CN.UTF-8').stdout
def case_status():
    s = json.loads(vgihub('--json', 'status').stdout)
    equal((s['database'], s['trial'], s['business_time'], s['business_day'], s['principals'], s['outbox_waiting'], s['spool_aside']),
          ('ok', True, '2026-06-10T11:00:00+08:00', '2026-06-09', {'active': 1, 'revoked': 1}, 0, 0))
    assert 'outbox waiting' in vgihub('status').stdout and '待发消息' in vgihub('status', language='zh_CN.UTF-8').stdout
def case_nothing_there_is_66():
    for command in (['trace', 'x'], ['report', 'day', '2026-06-10'], ['export', 'day', '2026-06-10', at('out')],
                    ['settlement', 'compute', '2026-06-10', '--rules', os.path.join(TOP, 'etc/rules/threshold-80-120.rules')]):
        r = vgihub(*command, code=66)
        equal(r.stdout, '')
    assert not os.path.exists(at('out'))
    vgihub('settlement', 'compute', '2026-06-10', '--rules', at('vgihub.conf'), code=65)
def case_output_that_cannot_be_written_is_74():
    with open('/dev/full', 'w') as full:
        for command in (['status'], ['config', 'sample'], ['principal', 'list', '--json']):
            r = subprocess.run([VGIHUB, '-c', at('vgihub.conf'), *command], stdout=full, stderr=subprocess.DEVNULL)
            equal(r.returncode, 74, command)
def case_database_away_is_75():
    database('stop')
    for command in (['status'], ['migrate'], ['principal', 'list'], ['trace', 'x'], ['export', 'day', '2026-06-10', at('out')]):
        r = vgihub(*command, code=75)
        equal(r.stdout, '')
        assert 'vgihub: database: ' in r.stderr, r.stderr
    vgihub('config', 'check')

cases = [(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]
sys.exit(run(cases))
