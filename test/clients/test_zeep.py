#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""python3-zeep, from the WSDL alone, plays the common story. Prints TAP."""
import os, sys
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'), os.path.dirname(os.path.abspath(__file__))]
from parts import Parts
from stack import INTEGRATION, Stack
from story import Story
from tap import run

P = Parts()
folder = os.path.join(INTEGRATION, 'python')
python = [sys.executable, '-B']                         # the source tree may be read-only
s = Stack(P, 'zeep', python + [folder + '/play.py'], python + [folder + '/sample.py'])
sys.exit(run(Story(P, s).cases()))
