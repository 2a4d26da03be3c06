/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests and answers of every operation, as wsdl/NAME.xsd has them (agg = aggregator, trd = trading, dsp = dispatch,
 * dsk = dispatch-sink, tpf = trading-platform, acb = aggregator-callback). The header comes first in every request, the
 * acknowledgement first in every answer. */
#ifndef VGI_MODEL_MESSAGES_H
#define VGI_MODEL_MESSAGES_H
#include "model/types.h"

struct agg_report_ledger {
	struct header *header;
	struct party *aggregator;
	enum fallback *fallback;
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
	struct count wait_s;
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

struct agg_report_operation {
	struct header *header;
	struct instant at;
	enum polarity polarity;
	int n_resource;
	struct resource_operation *resource;
};

struct agg_report_operation_response {
	struct ack *ack;
};

struct agg_report_plan {
	struct header *header;
	enum plan_horizon horizon;
	int n_plan;
	struct plan *plan;
};

struct agg_report_plan_response {
	struct ack *ack;
};

struct agg_report_battery {
	struct header *header;
	struct instant at;
	int n_battery;
	struct battery *battery;
};

struct agg_report_battery_response {
	struct ack *ack;
};

struct agg_query_message_status {
	struct header *header;
	char *message_id;
	enum message_direction *direction;
};

struct agg_query_message_status_response {
	struct ack *ack;
	struct message_status *status;
};

struct agg_test_connection {
	struct header *header;
	char *echo;
};

struct agg_test_connection_response {
	struct ack *ack;
	char *principal;
	struct instant server_time;
	bool store_available;
	char *echo;
};

struct agg_get_capabilities {
	struct header *header;
};

struct agg_get_capabilities_response {
	struct ack *ack;
	char *service;
	char *contract_version;
	char *oldest_contract;
	char *software;
	struct instant server_time;
	struct instant business_time;
	struct count_list step_min;
	int n_operation;
	char **operation;
	int n_limit;
	struct limit *limit;
	int n_algorithm;
	struct algorithm *algorithm;
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

struct trd_submit_bid {
	struct header *header;
	char *aggregator_id;
	char *bid_id;
	char *notice_id;
	int n_period;
	struct offer_period *period;
};

struct trd_submit_bid_response {
	struct ack *ack;
};

struct trd_query_metered_energy {
	struct header *header;
	char *aggregator_id;
	char *meter_no;
};

struct trd_query_metered_energy_response {
	struct ack *ack;
	int n_series;
	struct metered_series *series;
};

struct trd_query_message_status {
	struct header *header;
	char *message_id;
	enum message_direction *direction;
};

struct trd_query_message_status_response {
	struct ack *ack;
	struct message_status *status;
};

struct trd_test_connection {
	struct header *header;
	char *echo;
};

struct trd_test_connection_response {
	struct ack *ack;
	char *principal;
	struct instant server_time;
	bool store_available;
	char *echo;
};

struct trd_get_capabilities {
	struct header *header;
};

struct trd_get_capabilities_response {
	struct ack *ack;
	char *service;
	char *contract_version;
	char *oldest_contract;
	char *software;
	struct instant server_time;
	struct instant business_time;
	struct count_list step_min;
	int n_operation;
	char **operation;
	int n_limit;
	struct limit *limit;
	int n_algorithm;
	struct algorithm *algorithm;
};

struct dsp_submit_dispatch_task {
	struct header *header;
	char *task_id;
	char *clearing_id;
	enum task_mode *mode;
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
	char *aggregator_id;
};

struct dsp_query_assessment_response {
	struct ack *ack;
	int n_line;
	struct assessment_line_mw *line;
};

struct dsp_cancel_dispatch_task {
	struct header *header;
	char *task_id;
	struct instant from;
	char *reason;
};

struct dsp_cancel_dispatch_task_response {
	struct ack *ack;
	enum task_state *state;
	struct instant cancelled_from;
};

struct dsp_query_resources {
	struct header *header;
	char *aggregator_id;
	char *station_id;
	char *after;
};

struct dsp_query_resources_response {
	struct ack *ack;
	bool more;
	int n_aggregator;
	struct static_aggregator *aggregator;
};

struct dsp_query_operation {
	struct header *header;
	char *aggregator_id;
	char *resource_id;
};

struct dsp_query_operation_response {
	struct ack *ack;
	enum polarity *polarity;
	int n_value;
	struct operation_value *value;
};

struct dsp_recall_data {
	struct header *header;
	enum recall_kind kind;
	struct instant from;
	struct instant to;
	char *resource_id;
};

struct dsp_recall_data_response {
	struct ack *ack;
	char *recall_id;
	struct count documents;
};

struct dsp_query_settlement {
	struct header *header;
	char *aggregator_id;
};

struct dsp_query_settlement_response {
	struct ack *ack;
	int n_statement;
	struct statement_mwh *statement;
};

struct dsp_acknowledge_upload {
	struct header *header;
	char *document_id;
	enum decision decision;
	int n_diagnostic;
	struct diagnostic *diagnostic;
};

struct dsp_acknowledge_upload_response {
	struct ack *ack;
};

struct dsp_query_message_status {
	struct header *header;
	char *message_id;
	enum message_direction *direction;
};

struct dsp_query_message_status_response {
	struct ack *ack;
	struct message_status *status;
};

struct dsp_test_connection {
	struct header *header;
	char *echo;
};

struct dsp_test_connection_response {
	struct ack *ack;
	char *principal;
	struct instant server_time;
	bool store_available;
	char *echo;
};

struct dsp_get_capabilities {
	struct header *header;
};

struct dsp_get_capabilities_response {
	struct ack *ack;
	char *service;
	char *contract_version;
	char *oldest_contract;
	char *software;
	struct instant server_time;
	struct instant business_time;
	struct count_list step_min;
	int n_operation;
	char **operation;
	int n_limit;
	struct limit *limit;
	int n_algorithm;
	struct algorithm *algorithm;
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

struct dsk_push_static {
	struct header *header;
	int n_aggregator;
	struct static_aggregator *aggregator;
};

struct dsk_push_static_response {
	struct ack *ack;
};

struct dsk_push_potential {
	struct header *header;
	enum plan_horizon horizon;
	struct instant made_at;
	struct ratio confidence_ratio;
	struct grid *grid;
	int n_curve;
	struct potential_curve *curve;
};

struct dsk_push_potential_response {
	struct ack *ack;
};

struct dsk_push_plan {
	struct header *header;
	enum plan_horizon horizon;
	struct instant made_at;
	struct grid *grid;
	int n_curve;
	struct plan_curve *curve;
};

struct dsk_push_plan_response {
	struct ack *ack;
};

struct dsk_push_event {
	struct header *header;
	int n_event;
	struct alarm_event *event;
};

struct dsk_push_event_response {
	struct ack *ack;
};

struct dsk_push_settlement {
	struct header *header;
	int n_statement;
	struct statement_mwh *statement;
};

struct dsk_push_settlement_response {
	struct ack *ack;
};

struct dsk_test_connection {
	struct header *header;
	char *echo;
};

struct dsk_test_connection_response {
	struct ack *ack;
	char *principal;
	struct instant server_time;
	bool store_available;
	char *echo;
};

struct tpf_declare_bid {
	struct header *header;
	char *notice_id;
	int n_offer;
	struct offer *offer;
};

struct tpf_declare_bid_response {
	struct ack *ack;
};

struct tpf_report_response {
	struct header *header;
	char *task_id;
	char *clearing_id;
	struct grid *grid;
	int n_point;
	struct response_point *point;
};

struct tpf_report_response_response {
	struct ack *ack;
};

struct tpf_test_connection {
	struct header *header;
	char *echo;
};

struct tpf_test_connection_response {
	struct ack *ack;
	char *principal;
	struct instant server_time;
	bool store_available;
	char *echo;
};

struct acb_deliver_control {
	struct header *header;
	struct control *control;
};

struct acb_deliver_control_response {
	struct ack *ack;
};

struct acb_deliver_assessment {
	struct header *header;
	int n_line;
	struct assessment_line *line;
};

struct acb_deliver_assessment_response {
	struct ack *ack;
};

struct acb_deliver_settlement {
	struct header *header;
	int n_statement;
	struct statement *statement;
};

struct acb_deliver_settlement_response {
	struct ack *ack;
};

struct acb_deliver_notice {
	struct header *header;
	struct notice *notice;
};

struct acb_deliver_notice_response {
	struct ack *ack;
};

struct acb_request_ledger {
	struct header *header;
	char *reason;
	int n_missing;
	struct missing_field *missing;
};

struct acb_request_ledger_response {
	struct ack *ack;
};

struct acb_test_connection {
	struct header *header;
	char *echo;
};

struct acb_test_connection_response {
	struct ack *ack;
	char *principal;
	struct instant server_time;
	bool store_available;
	char *echo;
};

#endif
