#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# command.t - quire itself: usage, help, version, machines.
. tests/tools/tools.sh

subcommands="boot map slabs shell translate machines help version"

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
for report in meminfo buddyinfo zoneinfo iomem memblock/memory memblock/reserved; do
	check "help boot explains the report $report" grep -qE "^  $report +[a-zA-Z]" <("$QUIRE" help boot)
done
check "help shell lists the commands" shows '  alloc_pages ORDER' "$QUIRE" help shell
for command in '' $subcommands; do
	# The help of a report is the library's own.
	check "the help fits 80 columns: $command" empty awk 'length > 80 && !/extfrag/' \
		<("$QUIRE" help $command)
done
check "an unknown command is wrong usage" refused 2 'no command `bot`' "$QUIRE" bot
check "help of an unknown command is wrong usage" refused 2 'no command `bot`' "$QUIRE" help bot
check "version prints the version" grep -qE '^quire [0-9]+\.[0-9]+\.[0-9]+$' <("$QUIRE" version)
check "--version does too" same "$("$QUIRE" version)" "$QUIRE" --version
check "version takes no argument" refused 2 'unexpected' "$QUIRE" version 2
check "machines takes one name" refused 2 'unexpected' "$QUIRE" machines imx6ul arm-1g
check "an unknown one fails" refused 1 'no built-in machine `vax`' "$QUIRE" machines vax

for machine in imx6ul pc-i386-2g pc-x86_64-512m pc-x86_64-numa arm-1g server-64g; do
	check "machines lists $machine" grep -qE "^$machine +[^ ]" <("$QUIRE" machines)
done
# its_description MACHINE - what `machines MACHINE` prints boots to the same log and reports
its_description() {
	local show="buddyinfo,zoneinfo,iomem,memblock/reserved"
	"$QUIRE" machines "$1" > "$scratch/$1" || return 1
	same "$("$QUIRE" boot "$1" --show $show)" "$QUIRE" boot "$scratch/$1" --show $show
}
for machine in $("$QUIRE" machines | cut -d ' ' -f 1); do
	check "the description of $machine is a machine file that boots the same" its_description "$machine"
done
check "another name of a machine will do" same "$("$QUIRE" machines imx6ul)" "$QUIRE" machines golden

check "no control character gets from a name to the terminal" refused 2 'no command `?[31mred?`' \
	"$QUIRE" $'\033[31mred\n'
check "machines on a full disk is an error" needs_room "$QUIRE" machines
plan
