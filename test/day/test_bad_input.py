#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Bad input through SOAP. Each case: the database before and after are the same but for what the case may change, the answer
has the stable code and names the item, and a good call goes through afterwards. Prints TAP."""
import datetime as dt, http.client, os, re, ssl, subprocess, sys
from xml.etree import ElementTree
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client, D, ack_of
from parts import Parts, TOP, at
from tap import equal, run

os.environ['VGI_TRIAL_PEER'] = ''                # nobody to push to: the outbox stays as it is
P = Parts()
A = Client(P, 'aggregator', 'A1'); B = Client(P, 'aggregator', 'A2'); S = Client(P, 'dispatch', 'dispatch'); T = Client(P, 'trading', 'trading')
NOW = at('06-10 12:30')
minute = [at('06-10 11:59')]

def good():
    """A frame that is taken whole."""
    minute[0] -= dt.timedelta(minutes=1)
    got = A.call('ReportFrame', NOW, **client.frame(minute[0], {'A1-S1:1': '1.000'}))
    equal((ack_of(got).status, ack_of(got).itemsStored), ('accepted', 5))

NOTHING = ('security_event',)
ROW = NOTHING + ('message',)
KEPT = ROW + ('message_content',)               # taken at least in part, and of an operation that says so
def unchanged(case, but=NOTHING):
    P.set_time(NOW)                             # whatever is due is done
    before = P.snapshot()
    out = case()
    after = P.snapshot()
    changed = sorted(t for t in after if after[t] != before[t] and t not in but)
    equal(changed, [], 'tables changed')
    good()
    return out

def fault(status, text):
    """(code, retry, [(code, path)]) of a fault."""
    code = re.search(r'<vgi:Fault[^>]*><vgi:code>([^<]+)', text)
    assert code, f'{status}: {text[:300]}'
    return code.group(1), 'true' in re.search(r'<vgi:retry>([^<]+)', text).group(1), re.findall(
        r'<vgi:diagnostic><vgi:code>([^<]+)</vgi:code>.*?<vgi:path>([^<]*)</vgi:path>', text)

def raw_frame(when=None, **power):
    return A.message('ReportFrame', NOW, **client.frame(when or at('06-10 12:29'), power))
def send(text, name='A1', service='aggregator', **more): return fault(*P.raw(service, name, text, **more))
def refused(answer): return ack_of(answer).status, [(d.code, d.path) for d in ack_of(answer).diagnostic]

def case_set_up():
    P.set_time(NOW)
    for c in (A, B): equal(ack_of(c.call('ReportLedger', NOW, **client.ledger(c.name))).status, 'accepted')
    for back in range(1, 15):
        equal(ack_of(T.call('SubmitMeterData', NOW, series=client.meters(dt.date(2026, 6, 10) - dt.timedelta(days=back)) +
                     client.meters(dt.date(2026, 6, 10) - dt.timedelta(days=back), 'A2'))).status, 'accepted')
    good()

# ---- form
def case_broken_schema():
    got = unchanged(lambda: send(re.sub('(:revision[^>]*>)1<', r'\g<1>one<', raw_frame())))
    equal(got, ('schema-invalid', False, [('schema-invalid', 'header[1]/revision')]))
def case_missing_element():
    got = unchanged(lambda: send(re.sub(r'<ns\d+:periodS>60</ns\d+:periodS>', '', raw_frame())))
    equal((got[0], got[2][0][1]), ('schema-invalid', 'polarity'))
def case_unknown_element():
    got = unchanged(lambda: send(raw_frame().replace('</soap-env:Body>', '<x/></soap-env:Body>')))
    equal(got[0], 'schema-invalid')
def case_not_well_formed():
    equal(unchanged(lambda: send(raw_frame()[:-20]))[0], 'xml-malformed')
def case_not_a_number():
    got = unchanged(lambda: send(raw_frame().replace('0.000 0.000', '0.000 NaN', 1)))
    equal(got[2][0], ('schema-invalid', 'powerKw'))
def case_doctype():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>' + raw_frame()
    equal(unchanged(lambda: send(bomb))[0], 'doctype-refused')
def case_header_block_that_must_be_understood():
    block = '<soap-env:Header><w:x xmlns:w="urn:w" soap-env:mustUnderstand="1"/></soap-env:Header>'
    def call():
        status, text = P.raw('aggregator', 'A1', raw_frame().replace('<soap-env:Body>', block + '<soap-env:Body>'))
        assert '<faultcode>SOAP-ENV:MustUnderstand<' in text, text
        return fault(status, text)
    equal(unchanged(call)[0], 'not-understood')
def case_other_encoding():
    equal(unchanged(lambda: send(('<?xml version="1.0" encoding="GBK"?>' + raw_frame()).encode('gbk')))[0], 'xml-malformed')
def case_many_attributes():
    equal(unchanged(lambda: send(raw_frame().replace('<soap-env:Body>', '<soap-env:Body ' + ' '.join(f'x{i}="1"' for i in range(100000)) + '>')))[0], 'too-many-items')
def case_text_in_pieces():
    equal(unchanged(lambda: send(raw_frame().replace('0.000 0.000', '&#48;' * 1000000, 1)))[0], 'too-large')
def case_deeply_nested():
    text = raw_frame().replace('</soap-env:Body>', '<a>' * 20000 + '</a>' * 20000 + '</soap-env:Body>')
    equal(unchanged(lambda: send(text))[0], 'too-deep')
    equal(unchanged(lambda: send('<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body>' + '<a>' * 20000))[0], 'too-deep')
def case_too_many_elements():
    equal(unchanged(lambda: send(raw_frame().replace('</soap-env:Body>', '<a/>' * 600000 + '</soap-env:Body>')))[0], 'too-many-items')
def case_long_foreign_name():
    status, text = unchanged(lambda: P.raw('aggregator', 'A1', raw_frame().replace('</soap-env:Body>', f'<{"充电桩" * 20}/></soap-env:Body>')))
    assert '\N{REPLACEMENT CHARACTER}' not in text, 'a character was torn'
    ElementTree.fromstring(text)
def case_another_action():
    got = unchanged(lambda: send(raw_frame(), head='SOAPAction: "urn:vgi:aggregator:1/FetchNotices"\r\n'))
    equal(got[0], 'unknown-operation')
def case_oversized():
    got = unchanged(lambda: send(raw_frame() + ' ' * (17 << 20)))
    equal(got[0], 'too-large')
def case_unknown_operation():
    got = unchanged(lambda: send(S.message('QueryPotential', NOW).replace('sender>dispatch<', 'sender>A1<')))
    equal(got[0], 'unknown-operation')
def case_media_type():
    status, text = unchanged(lambda: P.raw('aggregator', 'A1', raw_frame(), content_type='application/json'))
    equal((status, fault(status, text)[0]), (415, 'http-media-type'))
def case_wrong_path():
    equal(unchanged(lambda: send(raw_frame(), path='/elsewhere'))[0], 'http-path')

def case_hostile_queries():
    def get(target):
        host, port = P.address('aggregator')
        connection = http.client.HTTPSConnection(host, port, context=P.context('A1'), timeout=180)
        connection.putrequest('GET', target, skip_accept_encoding=True); connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors='replace')
    equal(get('/aggregator?wsdl')[0], 200)
    for query in ('', '?', '?xsd=../../../etc/passwd', '?xsd=%2e%2e%2fvgi-types', '?xsd=', '?xsd=trading', '?wsdl=' + 'x' * 4000, '?WSDL&xsd=vgi-types'):
        status, text = get('/aggregator' + query)
        equal((status, fault(status, text)[0]), (404, 'http-path'), query[:40])

# ---- identity
def case_foreign_authority():
    other = os.path.join(P.place, 'foreign')
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), other, 'A1'], check=True, stderr=subprocess.DEVNULL)
    def call():
        c = ssl.create_default_context(cafile=P.pki('ca.pem')); c.load_cert_chain(other + '/A1.pem', other + '/A1.key')
        P.context, keep = (lambda name: c), P.context
        try: return P.raw('aggregator', 'A1', raw_frame())
        except (ssl.SSLError, OSError) as e: return 0, type(e).__name__
        finally: P.context = keep
    equal(unchanged(call)[0], 0, 'no HTTP answer')
def case_unregistered_certificate():
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), 'stranger'], check=True, stderr=subprocess.DEVNULL)
    equal(unchanged(lambda: send(raw_frame(), name='stranger'))[0], 'certificate-unknown')
def case_wrong_listener():
    got = unchanged(lambda: send(S.message('QueryPotential', NOW), name='A1', service='dispatch'))
    equal(got[0], 'wrong-listener')
    assert any(r[1] == 'A1' for r in P.sql("SELECT kind, principal FROM security_event WHERE kind = 'wrong-listener'"))
def case_sender_of_another():
    got = unchanged(lambda: send(re.sub('(:sender[^>]*>)A1<', r'\g<1>A2<', raw_frame())))
    equal((got[0], got[2]), ('sender-mismatch', [('sender-mismatch', 'header/sender')]))
def case_revoked_principal():
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), 'gone'], check=True, stderr=subprocess.DEVNULL)
    P.principal('add', 'gone', '--role', 'aggregator', '--cert', P.pki('gone.pem'))
    G = Client(P, 'aggregator', 'gone')
    equal(G.call('GetCapabilities', NOW).service, 'aggregator')
    P.principal('revoke', 'gone')
    equal(unchanged(lambda: send(G.message('GetCapabilities', NOW), name='gone'))[0], 'certificate-revoked')

# ---- header
def case_created_long_ago():
    got = unchanged(lambda: send(A.message('ReportFrame', at('06-01 12:00'), **client.frame(at('06-10 12:29'), {}))))
    equal((got[0], got[2][0][1]), ('created-time', 'header/createdAt'))
def case_created_in_the_future():
    equal(unchanged(lambda: send(A.message('ReportFrame', at('06-11 12:00'), **client.frame(at('06-10 12:29'), {}))))[0], 'created-time')
def case_a_query_may_have_a_wrong_clock():
    equal(A.call('GetCapabilities', at('01-01 00:00')).businessTime, NOW)
def case_same_message_again():
    text = raw_frame(at('06-10 12:28'))
    first = P.raw('aggregator', 'A1', text)
    again = unchanged(lambda: P.raw('aggregator', 'A1', text))
    equal(again, first, 'the first answer, byte for byte')
def case_same_id_other_content():
    text = raw_frame(at('06-10 12:27'))
    P.raw('aggregator', 'A1', text)
    status, answer = unchanged(lambda: P.raw('aggregator', 'A1', text.replace('0.000 0.000', '0.000 0.001', 1)))
    assert 'status>rejected<' in answer and 'duplicate-message-id' in answer and 'header/messageId' in answer, answer

# ---- items of a frame
FRAME = ROW + ('frame', 'interval_state', 'pile_interval')
def item(change, but=FRAME):
    content = client.frame(at('06-10 12:26') - dt.timedelta(minutes=item.n), {})
    item.n += 1
    change(content)
    return refused(unchanged(lambda: A.call('ReportFrame', NOW, **content), but))
item.n = 0
def case_unknown_pile():
    equal(item(lambda f: f['pileId'].__setitem__(2, 'NO-SUCH')), ('partlyAccepted', [('unknown-resource', 'pileId[3]')]))
def case_pile_of_another():
    def one(name):
        content = client.frame(at('06-10 12:26') - dt.timedelta(minutes=item.n), {}); item.n += 1
        content['pileId'][2] = name
        got = ack_of(unchanged(lambda: A.call('ReportFrame', NOW, **content), FRAME))
        return got.status, [(d.code, d.path, d.textEn.replace(name, '?'), d.textZh.replace(name, '?')) for d in got.diagnostic]
    equal(one('A2-S1:1'), one('A9-S1:1'), "another's pile and an unknown one")
def case_power_above_rating():
    equal(item(lambda f: f['powerKw'].__setitem__(1, D('8.401'))), ('partlyAccepted', [('above-rating', 'powerKw[2]')]))
def case_power_a_little_above_rating_is_kept():
    equal(item(lambda f: f['powerKw'].__setitem__(1, D('7.500'))), ('accepted', []))
def case_negative_power():
    equal(item(lambda f: f['powerKw'].__setitem__(0, D('-0.500'))), ('partlyAccepted', [('negative-value', 'powerKw[1]')]))
def case_pile_twice():
    equal(item(lambda f: f['pileId'].__setitem__(1, f['pileId'][0])), ('partlyAccepted', [('duplicate-item', 'pileId[2]')]))
def case_columns_differ():
    equal(item(lambda f: f['powerKw'].pop(), ROW)[0], 'rejected')
    equal(item(lambda f: f['powerKw'].pop(), ROW)[1][0][0], 'column-length')
def case_stamp_in_the_future():
    equal(item(lambda f: f.__setitem__('at', at('06-10 18:00')), ROW), ('rejected', [('time-future', 'at')]))
def case_stamp_long_ago():
    equal(item(lambda f: f.__setitem__('at', at('05-01 12:00')), ROW), ('rejected', [('time-ancient', 'at')]))

# ---- ledger, capability, sessions
LEDGER = KEPT + ('aggregator', 'station', 'pile', 'pile_operator')
def case_negative_rating():
    def call():
        content = client.ledger(); content['station'][0]['pile'][1]['ratedKw'] = D('-7.000')
        return A.call('ReportLedger', NOW, header=dict(revision=2), **content)
    status, said = refused(unchanged(call, LEDGER))
    equal((status, said), ('partlyAccepted', [('negative-value', 'station[1]/pile[2]/ratedKw')]))
    A.call('ReportLedger', NOW, header=dict(revision=3), **client.ledger()); good()
def case_outdated_ledger():
    equal(refused(unchanged(lambda: A.call('ReportLedger', NOW, header=dict(revision=1), **client.ledger()), ROW))[1][0][0], 'revision-outdated')
def grid(n=96): return dict(start=at('06-10 12:00'), stepMin=15, count=n, value='MEAN', reference='ABSOLUTE', polarity='LOAD')
def case_negative_capability():
    cap = lambda r, up: dict(resourceId=r, grid=grid(), upKw=[D(up)] * 96, downKw=[D('1.000')] * 96)
    status, said = refused(unchanged(lambda: A.call('ReportCapability', NOW, capability=[cap('A1-S1', '2.000'), cap('A1-S2', '-2.000')]), ROW + ('capability',)))
    equal(status, 'partlyAccepted'); assert said[0][0] == 'negative-value' and said[0][1].startswith('capability[2]/upKw'), said
def case_curve_of_95_points():
    cap = dict(resourceId='A1-S1', grid=grid(), upKw=[D('1.000')] * 95, downKw=[D('1.000')] * 96)
    status, said = refused(unchanged(lambda: A.call('ReportCapability', NOW, capability=[cap]), ROW))
    equal((status, said[0][0]), ('rejected', 'curve-length')); assert said[0][1].startswith('capability[1]'), said
def case_task_of_95_points():
    S.call('QueryPotential', NOW, header=dict(businessDate=dt.date(2026, 6, 10)))
    points = [dict(no=k + 1, end=at('06-10 13:00') + dt.timedelta(minutes=15 * (k + 1)), window='hold', targetMw=D('0.01'), weight=D(1)) for k in range(92)]
    content = dict(taskId='T95', grid=dict(grid(92), start=at('06-10 13:00')), point=points[:91])
    got = unchanged(lambda: S.call('SubmitDispatchTask', NOW, **content), ROW)
    equal((got.ack.status, got.ack.diagnostic[0].code), ('rejected', 'curve-length'))
def case_sessions():
    bad = client.sessions()
    bad[0]['pileId'] = 'A2-S1:1'; bad[1]['departure'] = bad[1]['arrival']; bad[2]['maxKw'] = D('7.001'); bad[3]['needKwh'] = D('-1.000')
    status, said = refused(unchanged(lambda: A.call('ReportSessions', NOW, session=bad), ROW))
    equal(sorted(said), [('above-rating', 'session[3]/maxKw'), ('negative-value', 'session[4]/needKwh'), ('time-order', 'session[2]/departure'),
                         ('unknown-resource', 'session[1]/pileId')])
    equal(status, 'rejected', 'every session refused')
def case_every_item_refused():
    def twice():
        text = raw_frame(at('06-10 12:10')).replace('A1-S', 'A2-S')     # another's piles, all of them
        return P.raw('aggregator', 'A1', text), P.raw('aggregator', 'A1', text)
    first, again = unchanged(twice, ROW)
    equal(again, first, 'the first answer, byte for byte')
    assert 'status>rejected<' in first[1] and first[1].count('unknown-resource') == 5, first
    ledger = client.ledger('A1'); ledger['aggregator'].update(name='改名')
    for s in ledger['station']:
        s['limitKw'] = D('-1.000')
        for p in s['pile']: p['ratedKw'] = D('-1.000')
    status, said = refused(unchanged(lambda: A.call('ReportLedger', NOW, header=dict(revision=9), **ledger), ROW))
    equal((status, [c for c, _ in said]), ('rejected', ['negative-value'] * 2), 'neither the ledger nor its revision nor its name')
def case_overlapping_sessions():
    two = client.sessions()[:2]
    two[1].update(pileId=two[0]['pileId'], arrival=two[0]['arrival'] + dt.timedelta(minutes=30))
    status, said = refused(unchanged(lambda: A.call('ReportSessions', NOW, session=two), KEPT + ('session',)))
    equal((status, said), ('partlyAccepted', [('overlap', 'session[2]')]))

# ---- the hub's own trouble
def case_database_away():
    P.shell('sh "$here/mariadb.sh" kill "$place/db"')
    got = send(S.message('QueryDispatchTask', NOW, taskId='T1'), 'dispatch', 'dispatch')    # a report would wait in the file journal
    equal(got[:2], ('store-unavailable', True))
    P.shell('start_database')
    good()
def case_wrong_configuration():
    from parts import BUILD
    text = open(P.config).read()
    def says(old, new, *words):
        path = os.path.join(P.place, 'bad.conf')
        open(path, 'w').write(text.replace(old, new, 1))
        r = subprocess.run([os.path.join(BUILD, 'src/daemon/vgihubd'), '-c', path, '--check'], capture_output=True, text=True)
        equal(r.returncode, 78, 'exit status')
        for w in words: assert w in r.stderr, (w, r.stderr)
    line = 1 + text[:text.index('first_retry_ms')].count('\n')
    says('first_retry_ms = 200', 'first_retry_ms = soon', f'bad.conf:{line}', 'first_retry_ms', 'whole number', '"soon"')
    says('first_retry_ms', 'first_rettry_ms', f'bad.conf:{line}', 'first_rettry_ms')
    says('address = 127.0.0.2', 'address = 0.0.0.0', 'trial', 'loopback', '0.0.0.0')
    says('key = pki/hub.key', 'key = pki/none.key', 'none.key')
    os.chmod(P.pki('hub.key'), 0o644)
    try: says('nothing', 'nothing', 'hub.key', '0644')
    finally: os.chmod(P.pki('hub.key'), 0o600)

def case_daemon_ends_when_told(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
