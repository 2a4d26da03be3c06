#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""vgihub doctor beside an installation that is well, and beside one thing after the other that is not. Prints TAP."""
import json, os, subprocess, sys
sys.path.insert(0, os.path.join(os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..')), 'test/lib'))
from parts import Parts
from tap import equal, run

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
def case_no_database():
    parts.shell('stop_parts')
    failing('database')

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
