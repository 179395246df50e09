# SPDX-License-Identifier: MIT
#
# tests.mk - test programs: tests/LAYER/NAME_test.c becomes $(B)/tests/LAYER/NAME_test.
# The other C files of tests/*/ are a library that they share; tests/kernel is mk/kernel-tests.mk's.

TEST_SRCS := $(filter-out tests/kernel/%,$(sort $(wildcard tests/*/*_test.c)))
TEST_OBJS := $(TEST_SRCS:%.c=$(B)/obj/%.o)
TEST_PROGS := $(TEST_SRCS:%.c=$(B)/%)
TEST_LIB_SRCS := $(filter-out $(TEST_SRCS) tests/build/% tests/kernel/%,$(sort $(wildcard tests/*/*.c)))
TEST_LIB_OBJS := $(TEST_LIB_SRCS:%.c=$(B)/obj/%.o)

$(TEST_OBJS) $(TEST_LIB_OBJS): $(B)/obj/%.o: %.c $(OPTIONS_H) $(B)/host.flags
	$(call compile,$(HOST_FLAGS))
$(B)/libtests.a: $(TEST_LIB_OBJS)
	$(archive)

# Not tests themselves: tests/build/leaks.t runs them.
LEAKING_PROGS := $(B)/tests/build/leaking $(B)/tests/build/leaking_host
$(LEAKING_PROGS:$(B)/%=$(B)/obj/%.o): $(B)/obj/%.o: %.c $(OPTIONS_H) $(B)/host.flags
	$(call compile,$(HOST_FLAGS))
$(B)/tests/build/leaking: $(B)/%: $(B)/obj/%.o $(B)/libtests.a $(B)/libquire.a
	$(link)

# A machine that a test boots may be watched for leaks (tests/support/leaks.c).
$(TEST_PROGS) $(LEAKING_PROGS): private LDFLAGS += -Wl,--wrap=quire_boot,--wrap=host_machine_destroy

# Tests of other things than the library's layers link the host port and the command's parts; what
# these call may be wrapped too, so what the tests share comes again.
HOSTED_TESTS := $(B)/tests/build/leaking_host $(filter-out $(patsubst mm/%/,$(B)/tests/%/%,$(wildcard mm/*/)),$(TEST_PROGS))
$(HOSTED_TESTS): $(B)/%: $(B)/obj/%.o $(B)/libtests.a $(B)/libtools.a $(B)/libhost.a $(B)/libquire.a
	$(call link,$(B)/libtests.a $(B)/libquire.a $(OPTIONAL_LIBS))
$(filter-out $(HOSTED_TESTS),$(TEST_PROGS)): $(B)/%: $(B)/obj/%.o $(B)/libtests.a $(B)/libquire.a
	$(link)

.PHONY: tests list-tests
tests: $(TEST_PROGS)
list-tests:
	@printf '%s\n' $(TEST_PROGS)

# The suites of the check; each is a build of its own (tests/check).
SUITES ?=
.PHONY: check
check:
	@tools/install-deps
	@MAKE='$(MAKE)' tests/check $(SUITES)

# The random tests, longer: those that ask test_rounds() how long to be.
.PHONY: soak
soak: $(patsubst %.c,$(B)/%,$(shell grep -l test_rounds $(TEST_SRCS) /dev/null))
	QUIRE_TEST_SCALE=$(or $(SCALE),100) QUIRE_TEST_TIMEOUT=0 prove -e tests/run-one $^

# What can be proved: see proof/prove. A kernel on one CPU is what its tools read best.
.PHONY: prove
prove:
	@$(MAKE) --no-print-directory -s B=$(B)/prove OPTIONS="SINGLE=1 SMP=0 MMU=0" \
		$(B)/prove/include/quire/options.h
	@proof/prove $(B)/prove/include

-include $(TEST_OBJS:.o=.d) $(TEST_LIB_OBJS:.o=.d) $(LEAKING_PROGS:$(B)/%=$(B)/obj/%.d)
