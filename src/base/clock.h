/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The only place that asks what time it is. Two times exist:
 * business time: gates, periods, expiries, message times. In trial mode it stands where it was last set and moves only
 *   by clock_business_set; otherwise it is the machine's UTC clock.
 * machine time: time-outs, retries, certificates, WS-Security, P7, every latency. Never simulated.
 * All functions are thread-safe. */
#ifndef VGI_BASE_CLOCK_H
#define VGI_BASE_CLOCK_H
#include <stdbool.h>
#include <stdint.h>

/* Switches to trial mode, standing at ts_ms (UTC ms since 1970). Call before threads start. */
void clock_trial(int64_t ts_ms);
bool clock_is_trial(void);
int64_t clock_business_ms(void);
/* Beyond it lie times that cannot be told in writing (9999-01-01). */
#define CLOCK_LATEST_MS INT64_C(253370764800000)
/* Trial mode: moves business time. 0; E_TIME_ORDER if ts_ms lies before the present instant; E_RANGE behind CLOCK_LATEST_MS;
 * E_CONFIG outside trial mode. */
int clock_business_set(int64_t ts_ms);
int64_t clock_machine_ms(void);         /* UTC, CLOCK_REALTIME */
int64_t clock_machine_us(void);         /* UTC, CLOCK_REALTIME, microseconds: stamps of stages in the journal */
int64_t clock_monotonic_us(void);       /* CLOCK_MONOTONIC: time-outs and durations */
int64_t clock_thread_cpu_us(void);      /* CPU time of this thread */
int64_t clock_process_cpu_us(void);     /* CPU time of this process, all threads */
void clock_sleep_ms(int64_t ms);        /* machine time; returns early on a signal */
#endif
