#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# unit-x86_64.t - the unit tests of mm/ inside the kernel of x86_64.
exec tests/kernel/run-unit x86_64
