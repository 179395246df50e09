#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# unit-i386.t - the unit tests of mm/ inside the kernel of i386.
exec tests/kernel/run-unit i386
