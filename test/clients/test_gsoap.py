#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The C sample, on gSOAP's stubs made from the WSDL in this test and compiled, says what the other samples say. Prints TAP."""
import os, shutil, subprocess, sys
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'), os.path.dirname(os.path.abspath(__file__))]
from parts import TOP, Parts, at
from stack import INTEGRATION, tool
from story import SAMPLE
from tap import equal, run

tool('', 'wsdl2h', 'gsoap'); tool('', 'soapcpp2', 'gsoap')
P = Parts()
out = os.path.join(P.place, 'c')

def case_is_made_from_the_contract():
    subprocess.run(['sh', os.path.join(INTEGRATION, 'c', 'generate.sh'), os.path.join(TOP, 'wsdl'), out], check=True)
def case_sample():
    with open(P.pki('A1.both.pem'), 'w') as both:
        os.chmod(both.name, 0o600)
        for part in '.key', '.pem': both.write(open(P.pki('A1' + part)).read())
    P.set_time(at('06-10 10:59'))
    env = dict(os.environ, HUB=P.url('aggregator'), PKI=P.pki('').rstrip('/'), NAME='A1', NOW=at('06-10 10:59:30').isoformat())
    r = subprocess.run([out + '/sample'], env=env, capture_output=True, text=True)
    equal((r.returncode, r.stdout.splitlines(), r.stderr), (0, SAMPLE, ''))
def case_a_refusal_is_told():
    env = dict(os.environ, HUB=P.url('aggregator'), PKI=P.pki('').rstrip('/'), NAME='A1', NOW='2026-06-20T10:59:30+08:00')
    r = subprocess.run([out + '/sample'], env=env, capture_output=True, text=True)
    equal((r.returncode, r.stderr.split(',')[0]), (1, 'ReportLedger: created-time'))

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')] + [('daemon ends when told', P.finish)]))
