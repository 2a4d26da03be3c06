# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
bin_PROGRAMS += src/cli/vgihub
src_cli_vgihub_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) -DVGI_GSOAP_VERSION='"$(GSOAP_VERSION)"'
src_cli_vgihub_SOURCES = \
	src/cli/action_config.c \
	src/cli/action_ledger.c \
	src/cli/action_message.c \
	src/cli/action_outbox.c \
	src/cli/action_peer.c \
	src/cli/action_database.c \
	src/cli/action_day.c \
	src/cli/action_doctor.c \
	src/cli/action_document.c \
	src/cli/action_key.c \
	src/cli/action_p7.c \
	src/cli/action_principal.c \
	src/cli/action_security.c \
	src/cli/action_trace.c \
	src/cli/action_value.c \
	src/cli/actions.h \
	src/cli/audit.c src/cli/audit.h \
	src/cli/cli.c src/cli/cli.h \
	src/cli/command.c src/cli/command.h \
	src/cli/command_table.c \
	src/cli/doctor.h \
	src/cli/doctor_database.c \
	src/cli/doctor_files.c \
	src/cli/doctor_folders.c \
	src/cli/doctor_machine.c \
	src/cli/language.c src/cli/language.h \
	src/cli/main.c \
	src/cli/output.c src/cli/output.h \
	src/cli/report_chart.c \
	src/cli/report_rows.c \
	src/cli/report_view.c src/cli/report_view.h
src_cli_vgihub_LDADD = libvgi_endpoint.a libvgi_handler.a libvgi_channel.a $(LIBS_CODEC) $(LIBS_NET) $(LIBS_COMPUTE) $(LIBS_STORE) $(JANSSON_LIBS)
