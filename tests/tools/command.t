#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# command.t - quire itself: usage, help, version, machines.
. tests/tools/tools.sh

subcommands="boot map shell machines help version"

check "quire alone prints the usage" shows 'usage: quire COMMAND' "$QUIRE"
check "--help does too" same "$("$QUIRE")" "$QUIRE" --help
check "so does help" same "$("$QUIRE")" "$QUIRE" help
for command in $subcommands; do
	check "the usage names $command" shows "  quire $command " "$QUIRE"
	check "help $command explains it" shows "usage: quire $command" "$QUIRE" help "$command"
	check "$command --help is the same" same "$("$QUIRE" help "$command")" "$QUIRE" "$command" --help
done
for option in --show --quiet --arch --lowmem --bootmem --max-order --as-dumped; do
	check "help boot lists $option" shows "  $option" "$QUIRE" help boot
done
check "an unknown command is wrong usage" refused 2 'no command `bot`' "$QUIRE" bot
check "help of an unknown command is wrong usage" refused 2 'no command `bot`' "$QUIRE" help bot
check "version prints the version" grep -qE '^quire [0-9]+\.[0-9]+\.[0-9]+$' <("$QUIRE" version)
check "--version does too" same "$("$QUIRE" version)" "$QUIRE" --version
check "version takes no argument" refused 2 'unexpected' "$QUIRE" version 2
check "machines takes no argument" refused 2 'unexpected' "$QUIRE" machines imx6ul

for machine in imx6ul pc-i386-2g pc-x86_64-512m pc-x86_64-numa arm-1g server-64g; do
	check "machines lists $machine" grep -qE "^$machine +[^ ]" <("$QUIRE" machines)
done
check "machines on a full disk is an error" needs_room "$QUIRE" machines
plan
