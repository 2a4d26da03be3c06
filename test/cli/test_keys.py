#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Personal fields with the real parts: what a party tells comes to lie nowhere in the clear, through rotations of the key while
the daemon runs, and comes back for its operator alone. Prints TAP."""
import json, os, stat, sys, time
sys.path.insert(0, os.path.join(os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..')), 'test/lib'))
from client import Client, ack_of, ledger
from parts import Parts, at
from tap import equal, run

NAME, PHONE, OPERATOR = 'Zhuge-Kongming-4711', '0755-98765432', 'Huang-Yueying-0815'
parts = Parts()
key_file = os.path.join(parts.place, 'keys')
NOW = at('06-10 11:00')

def report(revision):
    world = ledger()
    world['aggregator'].update(contact=NAME, phone=PHONE)
    world['pileOperator'] = [dict(id='OP1', name='运营商', address='深圳', contact=OPERATOR)]
    answer = Client(parts, 'aggregator', 'A1').call('ReportLedger', NOW, header=dict(messageId=f'L-{revision}', revision=revision), **world)
    assert ack_of(answer).status == 'accepted', answer

def holders(words):
    """Files of the whole trial, the database's too, in which one of the words stands."""
    parts.sql('FLUSH TABLES')
    found = set()
    for folder, _, names in os.walk(parts.place):
        for name in names:
            path = os.path.join(folder, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                with open(path, 'rb') as f: data = f.read()
                found |= {(os.path.relpath(path, parts.place), w) for w in words if w.encode() in data}
    return found

def keys(): return {k['key']: k for k in json.loads(parts.vgihub('--json', 'key', 'list').stdout)['keys']}

def case_the_key_file_is_the_owners():
    equal(oct(os.stat(key_file).st_mode & 0o7777), '0o600')
    assert parts.vgihub('key', 'create', check=False).returncode == 73
def case_contacts_lie_nowhere_in_the_clear():
    parts.set_time(NOW)
    report(1)
    equal(holders([NAME, PHONE, OPERATOR]), set())
    assert holders(['运营商']), 'what is no secret is found by the same search'
    equal(keys()[1]['values'], 4)           # three contacts, and the message
def case_the_operator_reads_them_and_leaves_a_trace():
    rows = json.loads(parts.vgihub('--json', 'party', 'list').stdout)
    equal(rows, [dict(kind='aggregator', party='A1', contact=NAME, phone=PHONE), dict(kind='operator', party='A1/OP1', contact=OPERATOR, phone=None)])
    equal(parts.sql("SELECT COUNT(*) FROM security_event WHERE kind = 'contacts-read'"), [['1']])
def case_a_rotation_while_the_daemon_runs():
    assert '4 values sealed again, under key 2' in parts.vgihub('key', 'rotate').stderr
    equal({k: v['values'] for k, v in keys().items()}, {1: 0, 2: 4})
    time.sleep(1.1)                         # the daemon looks once a second
    report(2)
    equal({k: v['values'] for k, v in keys().items()}, {1: 0, 2: 5})
    assert 'keyfile-read keys=2 newest=2' in parts.log()
def case_a_key_in_use_is_not_removed():
    r = parts.vgihub('key', 'remove', '2', check=False)
    assert r.returncode == 65 and '5 values are sealed under key 2' in r.stderr, r
    parts.vgihub('key', 'remove', '1')
    parts.vgihub('key', 'remove', '1', check=False)
    told = [(k, d.split(': ', 1)[1].split(' of ')[0]) for k, d in parts.sql("SELECT kind, detail FROM security_event WHERE kind LIKE 'key-%' ORDER BY seq")]
    equal([(k, d if k == 'key-removed' else '') for k, d in told], [('key-added', ''), ('key-removed', 'key 1')], 'what was refused is no event')
    equal(list(keys()), [2])
    equal(len(json.loads(parts.vgihub('--json', 'party', 'list').stdout)), 2)
def case_what_each_revision_said_is_still_there():
    shown = parts.vgihub('message', 'show', 'A1', 'L-1').stdout
    assert shown.startswith('<?xml') and f'contact>{NAME}<' in shown and 'revision>1<' in shown, shown
    later = json.loads(parts.vgihub('--json', 'message', 'show', 'A1', 'L-2').stdout)
    equal((later['operation'], later['revision'], later['status']), ('ReportLedger', 2, 'accepted'))
    assert PHONE in later['content'] and later['content'].startswith('<?xml')
    equal(parts.sql("SELECT principal, COUNT(*) FROM security_event WHERE kind = 'content-read' GROUP BY principal"), [['A1', '2']])
    rows = json.loads(parts.vgihub('--json', 'message', 'revisions', 'A1', 'L-1').stdout)
    equal([(r['message'], r['revision']) for r in rows], [('L-2', 2), ('L-1', 1)])
    equal(holders([NAME, PHONE]), set())
    for verb in ('show', 'revisions'): equal(parts.vgihub('message', verb, 'A1', 'nothing', check=False).returncode, 66)
def case_an_open_key_file_is_refused():
    os.chmod(key_file, 0o640)
    r = parts.vgihub('party', 'list', check=False)
    os.chmod(key_file, 0o600)
    assert r.returncode == 78 and 'for its owner alone' in r.stderr, r
def case_the_log_has_no_secret():
    secrets = [line.split()[-1] for line in open(key_file) if line.startswith(('key', 'pseudonym'))]
    equal(len(secrets), 2)
    equal({f for f, _ in holders(secrets + [NAME, PHONE, OPERATOR])}, {'keys'})
def case_the_daemon_ends_well(): parts.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
