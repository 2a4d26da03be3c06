# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# For scripts that start and end servers: whether a process has ended.

# A dying process gives up its memory, and with it its command line, before its files, sockets and locks: it is gone when it has left
# /proc, or is a zombie whose last thread has ended.
gone() {
	[ -d "/proc/$1" ] || return 0
	[ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null)" = Z ] && [ "$(ls "/proc/$1/task" 2>/dev/null | wc -l)" -le 1 ]
}

# ends PID SECONDS: waits so long for its end
ends() {
	until_s=$(($(date +%s) + $2))
	until gone "$1"; do
		[ "$(date +%s)" -lt $until_s ] || return 1
		sleep 0.05
	done
}
