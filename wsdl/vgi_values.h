/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For soapcpp2: which C type stands behind which simple type; read and written by src/codec/soap/values.c. */
#include "names.h"
extern typedef struct watt vgi__PowerKw;
extern typedef struct watt vgi__PowerMw;
extern typedef struct watt vgi__MagnitudeKw;
extern typedef struct watt vgi__MagnitudeMw;
extern typedef struct watt_hour vgi__EnergyKwh;
extern typedef struct watt_hour vgi__EnergyMwh;
extern typedef struct price vgi__PriceKwh;
extern typedef struct price vgi__PriceMwh;
extern typedef struct fen vgi__Money;
extern typedef struct ratio vgi__Ratio;
extern typedef struct ratio vgi__Weight;
extern typedef struct ratio vgi__Percent;
extern typedef struct degrees vgi__Degrees;
extern typedef struct count vgi__Count;
extern typedef struct count vgi__StepMin;
extern typedef struct count vgi__Revision;
extern typedef struct count vgi__PointNo;
extern typedef struct count vgi__Minutes;
extern typedef struct count vgi__WaitS;
extern typedef struct id_list vgi__IdList;
extern typedef struct watt_list vgi__PowerKwList;
extern typedef struct watt_list vgi__PowerMwList;
extern typedef struct count_list vgi__QualityList;
extern typedef struct count_list vgi__CountList;
extern typedef struct instant xsd__dateTime;
extern typedef struct date xsd__date;
extern typedef bool xsd__boolean;
extern typedef struct whole xsd__long;
