#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# hooks.t - the porting hooks of port/host, which the test programs replace by their own.
. tests/tools/tools.sh

cat > "$scratch/hooks.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "port/host/host.h"

static void count(void *ctx, enum log_level level, const char *line)
{
	*(int *)ctx += 1;
	printf("%d:%s\n", (int)level, line);
}

static void *other_thread(void *unused)
{
	printf("other: cpu %u depth %lu\n", port_cpu_id(), host_irq_depth());
	return unused;
}

int main(int argc, char **argv)
{
	unsigned long outer, inner;
	pthread_t thread;
	int lines = 0;

	port_log(LOG_INFO, "info");
	port_log(LOG_ERR, "error");
	host_log_to(count, &lines);
	port_log(LOG_WARN, "warn");
	host_log_to(NULL, NULL);
	port_log(LOG_INFO, "again");
	printf("%d line\n", lines);
	host_set_cpu(3);
	outer = port_irq_save();
	inner = port_irq_save();
	printf("cpu %u depth %lu\n", port_cpu_id(), host_irq_depth());
	port_irq_restore(inner);
	port_cpu_relax();
	printf("depth %lu\n", host_irq_depth());
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	port_irq_restore(outer);
	printf("depth %lu\n", host_irq_depth());
	if (argc > 1 && !strcmp(argv[1], "panic"))
		port_panic("the end");
	return 0;
}
END
compile() {
	${CC:-gcc} -std=c11 -D_GNU_SOURCE -pthread -I"$B/include" -Iinclude -I. -o "$scratch/hooks" \
		"$scratch/hooks.c" "$B/libhost.a" "$B/libquire.a"
}
check "a program with the hooks of the host links" compile
check "log, CPU and interrupt depth are as they should be" same "info
1:warn
again
1 line
cpu 3 depth 2
depth 1
other: cpu 0 depth 0
depth 0" bash -c "$scratch/hooks 2> /dev/null"
check "errors go to stderr" same 'quire: error' bash -c "$scratch/hooks 2>&1 > /dev/null"
panics() {
	local got=0
	"$scratch/hooks" panic > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/err"
	[ $got -eq 70 ] && grep -qx 'quire: panic: the end' "$scratch/err" && grep -qx 'depth 0' "$scratch/out"
}
check "a panic says why, keeps what was printed, and ends with status 70" panics
plan
