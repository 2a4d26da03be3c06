/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests and answers of every operation, as wsdl/NAME.xsd has them (agg = aggregator, trd = trading, dsp = dispatch,
 * dsk = dispatch-sink). The header comes first in every request, the acknowledgement first in every answer. */
#ifndef VGI_MODEL_MESSAGES_H
#define VGI_MODEL_MESSAGES_H
#include "model/types.h"

struct agg_report_ledger {
	struct header *header;
	struct party *aggregator;
	int n_pile_operator;
	struct party *pile_operator;
	int n_station;
	struct station *station;
};

struct agg_report_ledger_response {
	struct ack *ack;
};

struct agg_report_sessions {
	struct header *header;
	int n_session;
	struct session *session;
};

struct agg_report_sessions_response {
	struct ack *ack;
};

struct agg_report_frame {
	struct header *header;
	struct instant at;
	struct count period_s;
	enum polarity polarity;
	struct id_list pile_id;
	struct watt_list power_w;
	struct count_list quality;
};

struct agg_report_frame_response {
	struct ack *ack;
};

struct agg_report_capability {
	struct header *header;
	int n_capability;
	struct capability *capability;
};

struct agg_report_capability_response {
	struct ack *ack;
};

struct agg_fetch_notices {
	struct header *header;
	struct instant since;
};

struct agg_fetch_notices_response {
	struct ack *ack;
	int n_notice;
	struct notice *notice;
};

struct agg_submit_bid {
	struct header *header;
	char *bid_id;
	char *notice_id;
	int n_period;
	struct bid_period *period;
};

struct agg_submit_bid_response {
	struct ack *ack;
};

struct agg_fetch_control {
	struct header *header;
};

struct agg_fetch_control_response {
	struct ack *ack;
	int n_control;
	struct control *control;
};

struct agg_acknowledge_control {
	struct header *header;
	char *control_id;
	enum decision decision;
	struct count rows;
	int n_diagnostic;
	struct diagnostic *diagnostic;
};

struct agg_acknowledge_control_response {
	struct ack *ack;
};

struct agg_query_assessment {
	struct header *header;
};

struct agg_query_assessment_response {
	struct ack *ack;
	int n_line;
	struct assessment_line *line;
};

struct agg_query_settlement {
	struct header *header;
};

struct agg_query_settlement_response {
	struct ack *ack;
	int n_statement;
	struct statement *statement;
};

struct agg_get_capabilities {
	struct header *header;
};

struct agg_get_capabilities_response {
	struct ack *ack;
	char *service;
	char *contract_version;
	char *software;
	struct instant server_time;
	struct instant business_time;
	struct count_list step_min;
	int n_operation;
	char **operation;
	int n_limit;
	struct limit *limit;
};

struct vgi_fault {
	char *code;
	bool retry;
	char *text_en;
	char *text_zh;
	char *trace_id;
	int n_diagnostic;
	struct diagnostic *diagnostic;
};

struct trd_publish_market_notice {
	struct header *header;
	struct notice *notice;
};

struct trd_publish_market_notice_response {
	struct ack *ack;
};

struct trd_query_bids {
	struct header *header;
	char *notice_id;
};

struct trd_query_bids_response {
	struct ack *ack;
	int n_offer;
	struct offer *offer;
};

struct trd_submit_clearing_result {
	struct header *header;
	char *notice_id;
	char *clearing_id;
	int n_period;
	struct cleared_period *period;
};

struct trd_submit_clearing_result_response {
	struct ack *ack;
};

struct trd_submit_meter_data {
	struct header *header;
	int n_series;
	struct meter_series *series;
};

struct trd_submit_meter_data_response {
	struct ack *ack;
};

struct trd_query_settlement {
	struct header *header;
};

struct trd_query_settlement_response {
	struct ack *ack;
	int n_statement;
	struct statement_mwh *statement;
};

struct trd_get_capabilities {
	struct header *header;
};

struct trd_get_capabilities_response {
	struct ack *ack;
	char *service;
	char *contract_version;
	char *software;
	struct instant server_time;
	struct instant business_time;
	struct count_list step_min;
	int n_operation;
	char **operation;
	int n_limit;
	struct limit *limit;
};

struct dsp_submit_dispatch_task {
	struct header *header;
	char *task_id;
	char *clearing_id;
	struct grid *grid;
	int n_point;
	struct target_point *point;
};

struct dsp_submit_dispatch_task_response {
	struct ack *ack;
	int n_feasible;
	struct feasible_point *feasible;
};

struct dsp_query_dispatch_task {
	struct header *header;
	char *task_id;
};

struct dsp_query_dispatch_task_response {
	struct ack *ack;
	enum task_state *state;
	struct watt planned_deviation_w;
	struct watt least_deviation_w;
	struct watt measured_deviation_w;
	int n_point;
	struct task_point *point;
};

struct dsp_query_potential {
	struct header *header;
};

struct dsp_query_potential_response {
	struct ack *ack;
	struct grid *grid;
	int n_point;
	struct potential_point *point;
};

struct dsp_query_assessment {
	struct header *header;
};

struct dsp_query_assessment_response {
	struct ack *ack;
	int n_line;
	struct assessment_line_mw *line;
};

struct dsp_get_capabilities {
	struct header *header;
};

struct dsp_get_capabilities_response {
	struct ack *ack;
	char *service;
	char *contract_version;
	char *software;
	struct instant server_time;
	struct instant business_time;
	struct count_list step_min;
	int n_operation;
	char **operation;
	int n_limit;
	struct limit *limit;
};

struct dsk_push_operation {
	struct header *header;
	struct instant at;
	bool full;
	enum polarity polarity;
	int n_point;
	struct operation_point *point;
};

struct dsk_push_operation_response {
	struct ack *ack;
};

struct dsk_push_task_progress {
	struct header *header;
	char *task_id;
	enum task_state state;
	struct instant at;
	struct watt planned_deviation_w;
	struct watt least_deviation_w;
	struct watt measured_deviation_w;
};

struct dsk_push_task_progress_response {
	struct ack *ack;
};

#endif
