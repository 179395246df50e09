#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# unit-imx6ul.t - the unit tests of mm/ inside the kernel of imx6ul.
exec tests/kernel/run-unit imx6ul
