# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The other sides as python3-zeep clients, made from the WSDL files alone, and a small world for them to tell the hub about."""
import datetime as dt, decimal, os, warnings
import requests, zeep
from parts import TOP, CST, at, ms

D = decimal.Decimal
SERVICE = {'aggregator': 'AggregatorService', 'trading': 'TradingService', 'dispatch': 'DispatchService'}

class Client:
    """One principal at one service. call(Operation, at=time, **content) → answer; faults are zeep.exceptions.Fault."""
    def __init__(self, parts, service, name, soap=11):
        session = requests.Session()
        session.cert, session.verify = (parts.pki(name + '.pem'), parts.pki(name + '.key')), parts.pki('ca.pem')
        session.trust_env = False
        self.name, self.prefix, self.count = name, f'Z{soap}-{name}', 0
        self.client = zeep.Client(os.path.join(TOP, 'wsdl', service + '.wsdl'), transport=zeep.transports.Transport(session=session),
                                  settings=zeep.Settings(strict=True))
        self.service = self.client.create_service('{urn:vgi:%s:1}%sSoap%d' % (service, SERVICE[service], soap), parts.url(service))

    def header(self, when, **more):
        self.count += 1
        return dict(dict(messageId=f'{self.prefix}-{self.count}', sender=self.name, createdAt=when, revision=1), **more)

    def call(self, operation, when, header=None, **content):
        return getattr(self.service, operation)(header=self.header(when, **(header or {})), **content)

    def message(self, operation, when, header=None, **content):
        """The envelope as text, not sent."""
        from lxml import etree
        node = self.client.create_message(self.service, operation, header=self.header(when, **(header or {})), **content)
        return etree.tostring(node).decode()

def ack_of(answer):
    """The acknowledgement, which zeep gives alone where the answer has nothing beside it."""
    return answer.ack if hasattr(answer, 'ack') else answer

# ---- a small world: one aggregator, two stations, five piles
def ledger(aggregator='A1', n=2):
    station = lambda s, piles, limit: dict(
        id=f'{aggregator}-S{s}', name=f'站 {s}', position=dict(longitude=D('113.9'), latitude=D('22.5'), coordinateSystem='GCJ-02'),
        limitKw=D(limit), meterNo=f'{aggregator}-M{s}', transformerArea=f'TA-{s}', feeder='F-1', substation='SUB-1', state='inService',
        pile=[dict(id=f'{aggregator}-S{s}:{k}', kind='AC', ratedKw=D('7.000'), connectors=1, state='inService') for k in range(1, piles + 1)])
    return dict(aggregator=dict(id=aggregator, name='测试聚合商', address='深圳', contact='Li', phone='0755'),
                pileOperator=[], station=[station(1, 3, '21.000'), station(2, 2, '7.000')][:n])
def piles(aggregator='A1'): return [p['id'] for s in ledger(aggregator)['station'] for p in s['pile']]

def frame(when, power, aggregator='A1'):
    ids = piles(aggregator)
    return dict(at=when, periodS=60, polarity='LOAD', pileId=ids, powerKw=[D(power.get(i, '0.000')) for i in ids])

def sessions(aggregator='A1'):
    s = lambda n, pile, a, d, kwh: dict(id=f'{aggregator}-C{n}', pileId=f'{aggregator}-{pile}', arrival=at(a), departure=at(d), needKwh=D(kwh), maxKw=D('7.000'))
    return [s(1, 'S1:1', '06-10 17:00', '06-11 07:30', '14.000'), s(2, 'S1:2', '06-10 18:20', '06-11 06:00', '10.500'),
            s(3, 'S2:1', '06-10 17:40', '06-11 08:00', '12.000'), s(4, 'S2:2', '06-10 19:00', '06-10 21:00', '9.000')]

def meters(day, aggregator='A1'):
    """One business day's readings of both meters: 6 kW from 17:00 to 23:00, else 1 kW."""
    start = dt.datetime.combine(day, dt.time(12), CST)
    mw = [D('0.006000') if 20 <= i < 44 else D('0.001000') for i in range(96)]
    return [dict(meterNo=f'{aggregator}-M{s}', start=start, stepMin=15, meanMw=mw) for s in (1, 2)]
