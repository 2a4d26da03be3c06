#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""PHP's SoapClient, from the WSDL alone, plays the common story. Prints TAP."""
import os, sys
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'), os.path.dirname(os.path.abspath(__file__))]
from parts import Parts
from stack import INTEGRATION, Stack, tool
from story import Story
from tap import run

php = tool('PHP', 'php', 'php-cli and php-soap')
P = Parts()
folder = os.path.join(INTEGRATION, 'php')
s = Stack(P, 'php', [php, folder + '/play.php'], [php, folder + '/sample.php'])
sys.exit(run(Story(P, s).cases()))
