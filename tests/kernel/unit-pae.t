#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# unit-pae.t - the unit tests of mm/ inside the kernel of pae.
exec tests/kernel/run-unit pae
