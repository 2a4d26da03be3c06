#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""vgihub doctor beside an installation that is well, and beside one thing after the other that is not. Prints TAP."""
import datetime as dt, json, os, subprocess, sys
sys.path.insert(0, os.path.join(os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..')), 'test/lib'))
from client import Client, frame, ledger
from parts import Parts, at
from tap import equal, run, until

parts = Parts()

def doctor(code=0):
    r = parts.vgihub('--json', 'doctor', check=False)
    equal(r.returncode, code, r.stdout + r.stderr)
    lines = json.loads(r.stdout)
    for l in lines:
        assert l['state'] in ('ok', 'warn', 'fail') and l['check'] and l['found'], l
        equal(l['advice'] is None, l['state'] == 'ok', l)
    equal(len({l['check'] for l in lines}), len(lines))
    return {l['check']: l for l in lines}

def failing(*checks):
    equal(sorted(k for k, l in doctor(78).items() if l['state'] == 'fail'), sorted(checks))

def edit(old, new):
    text = open(parts.config).read()
    assert old in text, old
    open(parts.config, 'w').write(text.replace(old, new, 1))

def case_all_is_well():
    lines = doctor()
    equal({l['check'] for l in lines.values() if l['state'] == 'fail'}, set())
    for check in ('openssl', 'tls 1.3', 'suite chinese', 'key file', 'signing', 'commits on disk', 'schema', 'drop directory', 'aggregator certificate'):
        equal(lines[check]['state'], 'ok', lines[check])
    equal(lines['dispatch revocation']['state'], 'warn')
    return f'{len(lines)} lines'
def case_text_and_json_have_the_same_lines():
    text = parts.vgihub('doctor').stdout.splitlines()
    equal(len(text) - 1, len(doctor()))
def case_a_key_file_open_to_others():
    os.chmod(os.path.join(parts.place, 'keys'), 0o644)
    failing('key file')
    os.chmod(os.path.join(parts.place, 'keys'), 0o600)
def case_a_database_that_may_lose():
    parts.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 2')
    failing('commits on disk')
    parts.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1')
def case_too_few_connections():
    edit('[outbox]', '[net]\nworkers = 98\n[outbox]')
    failing('connections')
    edit('[net]\nworkers = 98\n', '')
def case_a_contact_in_the_clear():
    parts.sql("INSERT INTO aggregator (aggregator_id, name, address, contact, revision, seq) VALUES ('A1', 'x', 'x', 'Li', 1, 1)")
    failing('personal fields')
    parts.vgihub('key', 'reseal')
    doctor()
def case_a_certificate_that_is_over_or_weak():
    pki = os.path.join(parts.place, 'pki')
    make = lambda *more: subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'over.key', '-out', 'over.pem', '-subj', '/CN=over',
                                         *more], cwd=pki, check=True, capture_output=True)
    make('-days', '10')
    os.chmod(os.path.join(pki, 'over.key'), 0o600)
    edit('sign_certificate = pki/hub.pem\nsign_key = pki/hub.key', 'sign_certificate = pki/over.pem\nsign_key = pki/over.key')
    equal(doctor()['signing']['state'], 'warn')
    make('-days', '10', '-sha1')
    failing('signing')
    edit('sign_certificate = pki/over.pem\nsign_key = pki/over.key', 'sign_certificate = pki/hub.pem\nsign_key = pki/hub.key')
def case_a_migration_missing():
    parts.sql('SET @n = (SELECT MAX(number) FROM schema_version); DELETE FROM schema_version WHERE number = @n')
    failing('schema')
    parts.vgihub('migrate')
    doctor()
def case_no_drop_directory():
    os.rename(os.path.join(parts.place, 'drop'), os.path.join(parts.place, 'drop-away'))
    failing('drop directory')
    os.rename(os.path.join(parts.place, 'drop-away'), os.path.join(parts.place, 'drop'))
def case_a_broken_configuration_still_has_the_machine():
    edit('[hub]', '[hub]\nnonsense = 1')
    lines = doctor(78)
    equal(lines['configuration']['state'], 'fail')
    assert 'openssl' in lines and 'schema' not in lines
    edit('[hub]\nnonsense = 1', '[hub]')
def revocation_list(file, begin_s, end_s):
    """By the openssl command, of the trial's authority; times from now."""
    pki = os.path.join(parts.place, 'pki')
    when = lambda s: (dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=s)).strftime('%Y%m%d%H%M%SZ')
    open(os.path.join(pki, 'index.txt'), 'w').close()
    with open(os.path.join(pki, 'ca.cnf'), 'w') as f: f.write(f'[ca]\ndefault_ca = x\n[x]\ndatabase = {pki}/index.txt\ndefault_md = sha256\ndefault_crl_days = 2\n')
    os.makedirs(os.path.join(pki, 'revoked'), exist_ok=True)
    subprocess.run(['openssl', 'ca', '-config', 'ca.cnf', '-gencrl', '-keyfile', 'ca.key', '-cert', 'ca.pem', '-crl_lastupdate', when(begin_s), '-crl_nextupdate',
                    when(end_s), '-out', 'revoked/' + file], cwd=pki, check=True, capture_output=True)
def case_lists_that_end():
    """A list in the last quarter of its life, or over, is told before somebody is refused because of it."""
    edit('[aggregator]\n', '[aggregator]\nrevoked = pki/revoked\n')
    def told(worst): return doctor(78 if worst == 'fail' else 0)['aggregator revocation']
    for begin, end, worst, words in ((-3600, 7200, 'ok', '1 lists, 0 responses, 0 of them over'), (-7200, 600, 'warn', '0 of them over'), (-7200, -60, 'fail', 'none in force')):
        revocation_list('list.pem', begin, end)
        line = told(worst)
        equal(line['state'], worst, line)
        assert words in line['found'], line
    revocation_list('fresh.pem', -60, 86400)
    line = told('warn')
    equal(line['state'], 'warn', line)
    assert '2 lists, 0 responses, 1 of them over, the next ends' in line['found'], line
    os.remove(os.path.join(parts.place, 'pki', 'revoked', 'list.pem'))
    equal(told('ok')['state'], 'ok')
    edit('[aggregator]\nrevoked = pki/revoked\n', '[aggregator]\n')
def case_what_this_openssl_can():
    found = doctor()['cms with sm2']['found']
    assert 'NAME.sig' in found and 'NAME.vgp' in found, found
    pki, sign = os.path.join(parts.place, 'pki'), 'cms -sign -binary -md sm3 -outform DER -in s.pem -signer s.pem -inkey s.key -out s.p7s'
    def openssl(line): return subprocess.run(['openssl', *line.split()], cwd=pki, capture_output=True).returncode == 0
    if openssl('genpkey -algorithm SM2 -out s.key') and openssl('req -x509 -new -sm3 -key s.key -subj /CN=s -days 2 -out s.pem'):
        able = openssl(sign) and os.path.getsize(os.path.join(pki, 's.p7s')) > 0
        equal(found.startswith('there'), able, found)
def case_no_file_journal():
    place = os.path.join(parts.place, 'spool')
    lines = doctor()
    for check in ('file journal', 'file journal waiting', 'file journal aside'): equal(lines[check]['state'], 'ok', lines[check])
    os.rename(place, place + '-away')
    failing('file journal')
    open(place, 'w').close()
    failing('file journal')                     # a file is no folder
    os.remove(place)
    os.rename(place + '-away', place)
    edit(f'dir = {place}\n', '')
    equal(doctor()['file journal']['state'], 'warn')
    edit('[spool]\n', f'[spool]\ndir = {place}\n')
def case_something_aside():
    aside = os.path.join(parts.place, 'spool', 'aside')
    os.makedirs(aside)
    open(os.path.join(aside, '%020d-internal.record' % 7), 'w').close()
    line = doctor()['file journal aside']
    equal((line['state'], line['found']), ('warn', '1 messages'))
    os.remove(os.path.join(aside, '%020d-internal.record' % 7))
def case_partners():
    folder = {n: os.path.join(parts.place, n) for n in ('partners', 'p-drop', 'p-inbox', 'p-opened')}
    pki = os.path.join(parts.place, 'pki')
    for f in folder.values(): os.makedirs(f)
    for name in ('own', 'theirs'):
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', name + '.key', '-out', name + '.pem', '-subj', '/CN=' + name, '-days', '99'],
                       cwd=pki, check=True, capture_output=True)
    os.chmod(os.path.join(pki, 'own.key'), 0o600)
    with open(os.path.join(folder['partners'], 'T1.conf'), 'w') as f:
        f.write(f'[partner]\ndrop_dir = {folder["p-drop"]}\ncertificate = {pki}/theirs.pem\ninbox = {folder["p-inbox"]}\nopened = {folder["p-opened"]}\n')
    more = f'[exchange]\npartners = {folder["partners"]}\n'
    edit('[spool]\n', more + '[spool]\n')
    edit('key_file = keys\n', 'key_file = keys\nopen_certificate = pki/own.pem\nopen_key = pki/own.key\n')
    lines = doctor()
    for check in ('T1 documents', 'T1 drop', 'T1 inbox', 'T1 opened', 'T1 refused', 'opening'): equal(lines[check]['state'], 'ok', lines[check])
    for name in ('x.vgp', 'x.vgp.p7s', 'y.vgp.decryption-failed', 'y.vgp.p7s.decryption-failed'): open(os.path.join(folder['p-inbox'], name), 'w').close()
    equal((doctor()['T1 refused']['state'], doctor()['T1 refused']['found']), ('warn', '1 documents'))
    os.rename(folder['p-opened'], folder['p-opened'] + '-away')
    failing('T1 opened')
    edit('open_key = pki/own.key\n', 'open_key = pki/theirs.key\n')
    os.chmod(os.path.join(pki, 'theirs.key'), 0o600)
    failing('T1 opened', 'opening')
    edit('open_certificate = pki/own.pem\nopen_key = pki/theirs.key\n', '')
    edit(more, '')
def case_no_database():
    """What was received without it waits in the file journal."""
    now = at('06-10 11:00')
    parts.set_time(now)
    c = Client(parts, 'aggregator', 'A1')
    equal(c.call('ReportLedger', now, **ledger()).ack.status, 'accepted')
    parts.shell('sh "$here/mariadb.sh" kill "$place/db"')
    for k in range(3): equal(c.call('ReportFrame', now, header=dict(messageId=f'f{k}'), **frame(now, {'A1-S1:1': '7.000'})).ack.status, 'received')
    failing('database')
    line = doctor(78)['file journal waiting']
    assert line['found'].startswith('at most 3 messages'), line
    equal(line['state'], 'ok')
    parts.shell('start_database')
    until(lambda: doctor()['file journal waiting']['found'] == 'nothing', 'not replayed')
    parts.shell('stop_parts')
    failing('database')

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
