#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""python3-zeep, from the WSDL alone, plays the common story, with signed messages and answers (WS-Security), which its principals must
have for everything that binds somebody. Prints TAP."""
import os, sys
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'), os.path.dirname(os.path.abspath(__file__))]
from parts import Parts
from stack import INTEGRATION, Stack
from story import Story
from tap import run

try: import xmlsec
except ImportError:
    print('1..0 # SKIP not here: python3-xmlsec')
    sys.exit(0)
P = Parts()
for name in ('A1', 'trading', 'dispatch'): P.vgihub('principal', 'protect', name, '--signature', 'control')
folder = os.path.join(INTEGRATION, 'python')
python = [sys.executable, '-B']                         # the source tree may be read-only
s = Stack(P, 'zeep', python + [folder + '/play.py'], python + [folder + '/sample.py'], env=dict(SIGN='yes'))
sys.exit(run(Story(P, s).cases()))
