#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""make.py DATA: makes stations.csv and home-sessions.csv of this folder from the public data sets in DATA
(shenzhen-ledger/urbanev_stations.csv and residential-sessions/sessions.csv). README.md says what was taken and why."""
import csv, datetime, os, sys

FIRST, LAST = datetime.date(2019, 11, 14), datetime.date(2019, 12, 18)   # noon-to-noon days, by plug-in
STATION = ['station_id', 'longitude', 'latitude', 'charge_count', 'TAZID']
SESSION = ['session_id', 'plugin_local', 'plugout_local', 'energy_kwh', 'charger_kw']
HERE = os.path.dirname(os.path.abspath(__file__))

def noon_day(plugin):
    return (datetime.datetime.fromisoformat(plugin) - datetime.timedelta(hours=12)).date()

def copy(source, target, columns, keep):
    with open(source, encoding='utf-8', newline='') as f:
        rows = [r for r in csv.DictReader(f) if keep(r)]
    with open(os.path.join(HERE, target), 'w', encoding='utf-8', newline='') as f:
        writer = csv.DictWriter(f, columns, extrasaction='ignore', lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)
    print(target, len(rows), 'rows')

def main(data):
    copy(os.path.join(data, 'shenzhen-ledger', 'urbanev_stations.csv'), 'stations.csv', STATION, lambda r: True)
    copy(os.path.join(data, 'residential-sessions', 'sessions.csv'), 'home-sessions.csv', SESSION,
         lambda r: FIRST <= noon_day(r['plugin_local']) <= LAST)

if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
