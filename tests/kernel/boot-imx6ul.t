#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot-imx6ul.t - the reference kernel on the i.MX6UL board.
. tests/kernel/machine.sh

boot_and_test imx6ul
test_crashes
plan
