/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The words of the domain as the contracts have them (schemas/vgi-types.xsd explains each field in English and Chinese).
 * Field order and names follow the schema by the rule of build-aux/contract.awk; soapcpp2's codecs work on these structs
 * themselves, so a field that does not fit the schema does not compile.
 * Counts are int n_<name>; optional strings and structs are NULL, optional values VALUE_NONE / COUNT_NONE / DATE_NONE when
 * absent. Memory belongs to the request's arena or decoder; nothing here owns anything. */
#ifndef VGI_MODEL_TYPES_H
#define VGI_MODEL_TYPES_H
#include "model/value.h"

/* The first enumerator is 0: what a forgotten field means is always the cautious reading. */
enum ack_status { ACK_STATUS_REJECTED, ACK_STATUS_ACCEPTED, ACK_STATUS_PARTLY_ACCEPTED, ACK_STATUS_RECEIVED };
enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_INFORMATION };
enum coordinate_system { COORDINATE_SYSTEM_GCJ_02, COORDINATE_SYSTEM_WGS_84, COORDINATE_SYSTEM_BD_09 };
enum pile_kind { PILE_KIND_AC, PILE_KIND_DC, PILE_KIND_V2G };
enum resource_state { RESOURCE_STATE_IN_SERVICE, RESOURCE_STATE_TEST, RESOURCE_STATE_STOPPED, RESOURCE_STATE_RETIRED };
enum window { WINDOW_HOLD, WINDOW_SHAVE, WINDOW_FILL };
enum polarity { POLARITY_LOAD, POLARITY_GEN };
enum curve_value { CURVE_VALUE_MEAN, CURVE_VALUE_INSTANT };
enum curve_reference { CURVE_REFERENCE_ABSOLUTE, CURVE_REFERENCE_DEVIATION };
enum fallback { FALLBACK_KEEP_SCHEDULE, FALLBACK_CHARGE_AT_ONCE, FALLBACK_STOP };
enum decision { DECISION_REFUSED, DECISION_ACCEPTED };
enum task_state {
	TASK_STATE_REFUSED, TASK_STATE_ACCEPTED, TASK_STATE_STARTED, TASK_STATE_ENDED, TASK_STATE_SETTLED,
	TASK_STATE_CANCELLED
};
enum settlement_item { SETTLEMENT_ITEM_RESPONSE, SETTLEMENT_ITEM_SHORTFALL };
enum diagnostic_level { DIAGNOSTIC_LEVEL_DOCUMENT, DIAGNOSTIC_LEVEL_SERIES, DIAGNOSTIC_LEVEL_POINT };
enum control_state { CONTROL_STATE_BYPASS, CONTROL_STATE_STANDBY, CONTROL_STATE_CONTROLLED };
enum control_location { CONTROL_LOCATION_LOCAL, CONTROL_LOCATION_REMOTE };
enum control_mode { CONTROL_MODE_MANUAL, CONTROL_MODE_AUTOMATIC };
enum plan_horizon { PLAN_HORIZON_DAY_AHEAD, PLAN_HORIZON_REAL_TIME };
enum task_mode { TASK_MODE_SUBMIT, TASK_MODE_CHECK };
enum message_direction { MESSAGE_DIRECTION_IN, MESSAGE_DIRECTION_OUT };
enum message_state {
	MESSAGE_STATE_UNKNOWN, MESSAGE_STATE_RECEIVED, MESSAGE_STATE_VALIDATED, MESSAGE_STATE_STORED,
	MESSAGE_STATE_REJECTED, MESSAGE_STATE_DUPLICATE, MESSAGE_STATE_QUEUED, MESSAGE_STATE_DELIVERED,
	MESSAGE_STATE_ACKNOWLEDGED, MESSAGE_STATE_REFUSED, MESSAGE_STATE_EXPIRED
};
enum recall_kind { RECALL_KIND_OPERATION, RECALL_KIND_POTENTIAL, RECALL_KIND_PLAN, RECALL_KIND_EVENTS };
enum event_state { EVENT_STATE_RAISED, EVENT_STATE_CLEARED };
enum algorithm_use { ALGORITHM_USE_TLS, ALGORITHM_USE_SIGNATURE, ALGORITHM_USE_ENCRYPTION, ALGORITHM_USE_DIGEST };
enum voltage_level { VOLTAGE_LEVEL_LOW_VOLTAGE, VOLTAGE_LEVEL_KV10, VOLTAGE_LEVEL_KV20, VOLTAGE_LEVEL_KV35, VOLTAGE_LEVEL_KV110 };

struct header {
	char *message_id;
	char *conversation_id;
	char *correlation_id;
	char *trace_id;
	char *sender;
	struct instant created_at;
	struct count revision;
	struct date business_date;
};

struct diagnostic {
	char *code;
	enum severity severity;
	char *path;
	char *text_en;
	char *text_zh;
	enum diagnostic_level *level;
};

struct ack {
	enum ack_status status;
	char *stored_id;
	char *trace_id;
	struct instant received_at;
	struct count items_received;
	struct count items_stored;
	int n_diagnostic;
	struct diagnostic *diagnostic;
};

struct position {
	struct degrees longitude;
	struct degrees latitude;
	enum coordinate_system coordinate_system;
};

struct party {
	char *id;
	char *name;
	char *address;
	char *contact;
	char *phone;
};

struct pile {
	char *id;
	enum pile_kind kind;
	struct watt rated_w;
	struct count connectors;
	enum resource_state state;
	enum control_location *location;
	enum control_mode *mode;
};

struct station {
	char *id;
	char *name;
	char *operator_id;
	char *address;
	struct position *position;
	struct watt limit_w;
	char *meter_no;
	char *transformer_area;
	char *feeder;
	char *substation;
	char *zone;
	enum voltage_level *voltage_level;
	enum resource_state state;
	enum control_location *location;
	enum control_mode *mode;
	enum fallback *fallback;
	int n_pile;
	struct pile *pile;
};

struct session {
	char *id;
	char *pile_id;
	struct instant arrival;
	struct instant departure;
	struct watt_hour need_wh;
	struct watt max_w;
	struct watt_hour wish_wh;
	struct instant wish_departure;
	char *vehicle_id;
	char *plate;
	char *user_id;
};

struct grid {
	struct instant start;
	struct count step_min;
	struct count count;
	enum curve_value value;
	enum curve_reference reference;
	enum polarity polarity;
};

struct capability {
	char *resource_id;
	struct grid *grid;
	struct watt_list up_w;
	struct watt_list down_w;
	struct watt up_rate_w_min;
	struct watt down_rate_w_min;
	struct count up_minutes;
	struct count down_minutes;
};

struct notice_period {
	struct instant start;
	struct instant end;
	enum window window;
	struct watt demand_w;
	struct price price_cap_e5;
};

struct notice {
	char *notice_id;
	char *product;
	char *title;
	char *text;
	struct date trade_date;
	struct instant gate_close;
	int n_period;
	struct notice_period *period;
};

struct bid_segment {
	struct count no;
	struct watt volume_w;
	struct price price_e5;
};

struct bid_period {
	struct instant start;
	struct instant end;
	enum window window;
	int n_segment;
	struct bid_segment *segment;
};

struct offer_segment {
	struct count no;
	struct watt volume_w;
	struct price price_e5;
};

struct offer_period {
	struct instant start;
	struct instant end;
	enum window window;
	int n_segment;
	struct offer_segment *segment;
};

struct offer {
	char *bid_id;
	char *aggregator_id;
	struct count revision;
	struct instant submitted_at;
	int n_period;
	struct offer_period *period;
};

struct cleared_period {
	struct instant start;
	struct instant end;
	enum window window;
	struct watt cleared_w;
	struct price price_e5;
};

struct meter_series {
	char *meter_no;
	struct instant start;
	struct count step_min;
	struct watt_list mean_w;
};

struct target_point {
	struct count no;
	struct instant end;
	enum window window;
	struct watt target_w;
	struct ratio weight;
	struct price price_e5;
};

struct feasible_point {
	struct count no;
	struct instant end;
	struct watt least_w;
	struct watt most_w;
};

struct potential_point {
	struct count no;
	struct instant end;
	struct watt baseline_w;
	struct watt up_w;
	struct watt down_w;
};

struct task_point {
	struct count no;
	struct instant end;
	struct watt target_w;
	struct watt planned_w;
	struct watt measured_w;
};

struct control_session {
	char *session_id;
	char *pile_id;
	struct count first;
	struct watt_list power_w;
};

struct control {
	char *control_id;
	char *task_id;
	struct count revision;
	struct grid *grid;
	struct watt_list total_w;
	enum fallback fallback;
	struct instant valid_from;
	struct instant valid_until;
	int n_session;
	struct control_session *session;
};

struct assessment_line {
	char *aggregator_id;
	enum window window;
	struct instant end;
	struct watt asked_w;
	struct watt measured_w;
	bool valid;
	struct watt delivered_w;
};

struct assessment_line_mw {
	char *aggregator_id;
	enum window window;
	struct instant end;
	struct watt asked_w;
	struct watt measured_w;
	bool valid;
	struct watt delivered_w;
};

struct settlement_line {
	enum window window;
	struct instant end;
	enum settlement_item item;
	struct watt_hour asked_wh;
	struct watt_hour delivered_wh;
	struct watt_hour energy_wh;
	struct price price_e5;
	struct fen amount_fen;
};

struct statement {
	char *account;
	struct date business_date;
	char *rule_set;
	struct count revision;
	int n_line;
	struct settlement_line *line;
	struct fen total_fen;
};

struct settlement_line_mwh {
	enum window window;
	struct instant end;
	enum settlement_item item;
	struct watt_hour asked_wh;
	struct watt_hour delivered_wh;
	struct watt_hour energy_wh;
	struct price price_e5;
	struct fen amount_fen;
};

struct statement_mwh {
	char *account;
	struct date business_date;
	char *rule_set;
	struct count revision;
	int n_line;
	struct settlement_line_mwh *line;
	struct fen total_fen;
};

struct operation_point {
	char *resource_id;
	struct watt power_w;
	struct count quality;
	struct count members;
	struct count heard;
};

struct limit {
	char *name;
	struct whole value;
};

struct resource_operation {
	char *resource_id;
	enum resource_state state;
	enum control_state control;
	enum control_location location;
	enum control_mode mode;
	bool up_blocked;
	bool down_blocked;
	struct watt charge_power_w;
	struct watt up_capability_w;
	struct watt up_rate_w_min;
	struct count up_duration_min;
	struct watt down_capability_w;
	struct watt down_rate_w_min;
	struct count down_duration_min;
	struct watt least_w;
	struct watt most_w;
};

struct plan {
	char *resource_id;
	struct grid *grid;
	struct watt_list power_w;
};

struct battery {
	char *session_id;
	char *vehicle_id;
	struct ratio soc_ratio;
	struct watt_hour capacity_wh;
	struct watt max_charge_w;
	struct watt max_discharge_w;
	struct ratio least_soc_ratio;
	struct ratio target_soc_ratio;
	struct ratio health_ratio;
};

struct message_stage {
	enum message_state state;
	struct instant at;
	char *detail;
};

struct message_status {
	char *message_id;
	enum message_direction direction;
	char *operation;
	enum message_state state;
	int n_stage;
	struct message_stage *stage;
	int n_diagnostic;
	struct diagnostic *diagnostic;
};

struct algorithm {
	enum algorithm_use use;
	char *name;
};

struct static_pile {
	char *id;
	enum pile_kind kind;
	struct watt rated_w;
	struct count connectors;
	enum resource_state state;
};

struct static_station {
	char *id;
	char *name;
	char *operator_id;
	char *address;
	struct position *position;
	struct watt limit_w;
	struct watt rated_w;
	char *meter_no;
	char *transformer_area;
	char *feeder;
	char *substation;
	enum voltage_level *voltage_level;
	enum resource_state state;
	int n_pile;
	struct static_pile *pile;
};

struct static_aggregator {
	char *id;
	char *name;
	char *address;
	char *contact;
	char *phone;
	int n_station;
	struct static_station *station;
};

struct operation_value {
	char *resource_id;
	struct instant at;
	struct watt power_w;
	struct count quality;
	struct count members;
	struct count heard;
	char *said_by;
	struct instant known_at;
	struct watt up_capability_w;
	struct watt down_capability_w;
};

struct energy_point {
	struct count no;
	struct instant end;
	struct watt_hour meter_wh;
	struct watt_hour hub_wh;
};

struct metered_series {
	char *aggregator_id;
	char *station_id;
	char *meter_no;
	struct count step_min;
	struct watt_hour meter_wh;
	struct watt_hour hub_wh;
	int n_point;
	struct energy_point *point;
};

struct potential_curve {
	char *resource_id;
	struct watt_list baseline_w;
	struct watt_list up_w;
	struct watt_list down_w;
	struct watt_list up_least_w;
	struct watt_list up_most_w;
	struct watt_list down_least_w;
	struct watt_list down_most_w;
};

struct plan_curve {
	char *resource_id;
	struct watt_list power_w;
};

struct alarm_event {
	char *event_id;
	char *code;
	enum severity severity;
	enum event_state state;
	char *aggregator_id;
	char *resource_id;
	struct instant raised_at;
	struct instant cleared_at;
	char *text_en;
	char *text_zh;
};

struct response_point {
	struct count no;
	struct instant end;
	enum window window;
	struct watt asked_w;
	struct watt baseline_w;
	struct watt measured_w;
	struct watt delivered_w;
	struct watt_hour delivered_wh;
	bool valid;
};

struct missing_field {
	char *resource_id;
	char *field;
};

#endif
