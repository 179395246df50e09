# SPDX-License-Identifier: MIT
#
# Makefile - builds Quire: the library, the command, the tests. `make help` says how.
#
# GNU make and a C compiler are enough. Everything that is built lies below $(B); what
# differs between two builds (compiler, options, sanitizers) is given on the command line,
# each build in a $(B) of its own.

B ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
NM ?= nm
OBJCOPY ?= objcopy
OPTIONS ?=
PREFIX ?=
ARCH_CFLAGS ?=
SANITIZE ?=
PARTS ?=
Q := $(if $(V),,@)

.DEFAULT_GOAL := all
.SECONDEXPANSION:
.DELETE_ON_ERROR:
.SUFFIXES:
# Objects of test programs are kept.
.SECONDARY:

# A kernel build (SINGLE=1) has no hosted parts, and the command moves pages.
COMMAND := $(if $(filter SINGLE=1 PAGE_EXT=0,$(OPTIONS)),,$(B)/quire)

include mk/flags.mk
include mk/options.mk
include mk/lib.mk
include mk/tools.mk
include mk/tests.mk
include mk/kernel.mk
include mk/kernel-tests.mk
include mk/install.mk

.PHONY: all
all: $(B)/libquire.a $(COMMAND)

.PHONY: run
run: $(B)/quire
	$(B)/quire boot imx6ul --as-dumped --show buddyinfo
	$(B)/quire map imx6ul --as-dumped

.PHONY: clean
clean:
	$(if $(filter-out . / ..,$(B)),,$(error B=$(B): not a build directory))
	rm -rf $(B)

.PHONY: format-check
format-check:
	clang-format --dry-run $(shell find include mm port tools tests bench examples -name '*.[ch]')

.PHONY: help
help:
	@sed 's/^# \{0,1\}//' mk/help.txt

.PHONY: FORCE
FORCE:
