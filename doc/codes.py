#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Prints doc/codes.md from src/base/errors.def. After a new code: python3 doc/codes.py >doc/codes.md, and
python3 doc/codes.py --contract, which writes the list into the type ReasonCode of schemas/vgi-types.xsd."""
import os, re, sys

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
SECTION = {                                 # section of errors.def: heading, what is true of all its codes
    'transport and form': ('Transport and form', 'Told in a SOAP fault. The whole message is refused and leaves nothing behind. `too-many-items` also '
        'comes in an acknowledgement `rejected`, for a frame with more than 5,000 samples.'),
    'identity': ('Identity', 'Told in a SOAP fault. The hub also writes a security event.'),
    'protection of the message itself (WS-Security)': ('Protection of the message itself (WS-Security)', 'Told in a SOAP fault. The hub also '
        'writes a security event.'),
    'header': ('Header', '`created-time` is told in a SOAP fault; the others in an acknowledgement with status `rejected`. '
        '`revision-outdated` also refuses single items of ReportFrame, ReportOperation, ReportPlan, ReportBattery and ReportCapability, `business-date` single periods of a notice (partlyAccepted).'),
    'items': ('Items', 'Told in an acknowledgement. The item named by `path` is refused, the others are stored (`partlyAccepted`); if every '
        'item is refused, the message is `rejected`. Where a code concerns the frame of a message, not an item of it, the whole message is `rejected`.'),
    'market and dispatch': ('Market and dispatch', 'Told in an acknowledgement, for a period or for the whole message.'),
    'the hub itself': ('The hub itself', 'Codes with `retry` are told in a SOAP fault with `retry` true: send the same message again, with the same '
        'message id. `internal` is told in a fault with `retry` false. The others are used inside the hub, in its log and by its commands.')}
KIND = {'SENDER': 'sender', 'IDENTITY': 'identity', 'RETRY': 'retry', 'INTERNAL': 'internal'}
HEAD = '''# Reason codes

This page is printed by `doc/codes.py` from `src/base/errors.def`. A code is part of the contract: it is never renamed and
never used for something else. Kinds: `sender` – the message is wrong, sending it again does not help; `identity` – the sender may not do
this; `retry` – the hub could not do it now, the same message may be sent again; `internal` – the hub's own trouble.

A fault or diagnostic adds the value that was refused, and the path of the element it is about: element names with numbers from 1,
such as `station[2]/pile[5]/ratedKw`; `.` is the whole message.
'''

def sections():
    """[(section, [(code, kind, English, Chinese)])] of errors.def."""
    out = []
    with open(os.path.join(TOP, 'src/base/errors.def'), encoding='utf-8') as f:
        for line in f:
            if m := re.match(r'/\* -- ([^:*]+?)(:.*)? \*/', line): out.append((m.group(1), []))
            elif m := re.match(r'ERROR\(\w+,\s*"([^"]+)",\s*(\w+),\s*"([^"]+)",\s*"([^"]+)"\)', line): out[-1][1].append(m.groups())
    return out

def page():
    text = HEAD
    for name, rows in sections():
        title, remark = SECTION[name]
        text += f'\n## {title}\n{remark}\n\n| code | kind | English | 中文 |\n|---|---|---|---|\n'
        text += ''.join(f'| `{code}` | {KIND[kind]} | {en} | {zh} |\n' for code, kind, en, zh in rows)
    return text

CONTRACT = os.path.join(TOP, 'schemas/vgi-types.xsd')
LIST = re.compile(r'(      <xs:appinfo source="urn:vgi:codes:1">\n).*?(      </xs:appinfo>\n)', re.S)

def contract():
    """The schema of types with the codes as they stand in its type ReasonCode."""
    with open(CONTRACT, encoding='utf-8') as f: text = f.read()
    rows = ''.join(f'        <code name="{code}" kind="{KIND[kind]}"/>\n' for _, section in sections() for code, kind, *_ in section)
    return LIST.sub(lambda m: m.group(1) + rows + m.group(2), text)

if __name__ == '__main__':
    if sys.argv[1:] == ['--contract']:
        text = contract()
        with open(CONTRACT, 'w', encoding='utf-8') as f: f.write(text)
    else: print(page(), end='')
