# SPDX-License-Identifier: MIT
#
# tools.mk - the quire command and the host port it stands on; the measurements; the
# examples.
#
# libfdt (device tree blobs) and libedit (line editing) are used where they are: found by
# compiling and linking a program. Without them the command is built all the same, and
# names the missing package when it is asked for the feature.

# $(call can_link,HEADER,EXPRESSION,LIBRARY): "yes" if a program of that kind links
HASH := \#
can_link = $(shell printf '%s\n' '$(HASH)include <stdio.h>' '$(HASH)include <$(1)>' \
	'int main(void) { return (int)(long)($(2)); }' | \
	$(CC) $(ARCH_CFLAGS) $(LDFLAGS) -x c - -o /dev/null $(3) >/dev/null 2>&1 && echo yes)
# Asked once, and only when something needs the answer.
HAVE_LIBFDT = $(eval HAVE_LIBFDT := $$(call can_link,libfdt.h,fdt_strerror(0),-lfdt))$(HAVE_LIBFDT)
HAVE_LIBEDIT = $(eval HAVE_LIBEDIT := $$(call can_link,histedit.h,history_init(),-ledit))$(HAVE_LIBEDIT)
OPTIONAL_FLAGS = $(if $(HAVE_LIBFDT),-DHAVE_LIBFDT=1) $(if $(HAVE_LIBEDIT),-DHAVE_LIBEDIT=1)
OPTIONAL_LIBS = $(if $(HAVE_LIBFDT),-lfdt) $(if $(HAVE_LIBEDIT),-ledit)

# port/pc/e820.c reads firmware maps here as it does on bare metal. What is of port/imx6ul is
# here for its tests alone.
HOST_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(call sources,port/host) port/pc/e820.c \
	port/imx6ul/board.c port/imx6ul/device_tree.c port/imx6ul/divide.c)
TOOL_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(call sources,tools))

$(HOST_OBJS): $(B)/obj/%.o: %.c $(OPTIONS_H) $(B)/host.flags
	$(call compile,$(HOST_FLAGS))
$(TOOL_OBJS): $(B)/obj/%.o: %.c $(OPTIONS_H) $(B)/tools.flags
	$(call compile,$(HOST_FLAGS) $(OPTIONAL_FLAGS))

$(B)/libhost.a: $(HOST_OBJS)
	$(archive)
$(B)/libtools.a: $(TOOL_OBJS)
	$(archive)

$(B)/quire: $(TOOL_OBJS) $(B)/libhost.a $(B)/libquire.a
	$(call link,$(OPTIONAL_LIBS))

# ---- measurements: bench/NAME_bench.c, each a program; the other files are their library
#
# page_bench is made of bench/page_*.c, slab_bench of bench/slab_*.c. Both measure a kernel's
# library (SINGLE=1): they bring hooks of their own (bench/kernel_machine.c), and are linked with a
# library that is built for them.

PAGE_BENCH_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard bench/page_*.c)))
SLAB_BENCH_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard bench/slab_*.c)))
KERNEL_BENCH_OBJS := $(PAGE_BENCH_OBJS) $(SLAB_BENCH_OBJS) $(B)/obj/bench/kernel_machine.o
BENCH_OBJS := $(patsubst %.c,$(B)/obj/%.o,$(sort $(wildcard bench/*.c)))
BENCH_PROGS := $(patsubst bench/%.c,$(B)/bench/%,$(sort $(wildcard bench/*_bench.c)))

$(filter-out $(KERNEL_BENCH_OBJS),$(BENCH_OBJS)): $(B)/obj/%.o: %.c $(OPTIONS_H) $(B)/host.flags
	$(call compile,$(HOST_FLAGS))
$(B)/libbench.a: $(filter-out %_bench.o $(KERNEL_BENCH_OBJS),$(BENCH_OBJS))
	$(archive)
$(filter-out $(B)/bench/page_bench $(B)/bench/slab_bench,$(BENCH_PROGS)): $(B)/bench/%: $(B)/obj/bench/%.o $(B)/libbench.a $(B)/libtools.a $(B)/libhost.a \
		$(B)/libquire.a
	$(call link,$(OPTIONAL_LIBS))

BENCH_KERNEL := $(B)/bench/kernel
BENCH_KERNEL_OPTIONS := $(filter-out SINGLE=% MEM_FUNCTIONS=%,$(OPTIONS)) SINGLE=1 MEM_FUNCTIONS=0 \
	PREEMPT=0 CPU_BARRIER=1 PORT_INLINE=1 LEAF_ORDER=9
.PHONY: bench-kernel-library
bench-kernel-library:
	@$(MAKE) --no-print-directory B=$(BENCH_KERNEL) PREFIX= PARTS= \
		OPTIONS="$(BENCH_KERNEL_OPTIONS)" ARCH_CFLAGS="$(ARCH_CFLAGS) -I$(CURDIR)/bench/port" \
		$(BENCH_KERNEL)/libquire.a
$(BENCH_KERNEL)/libquire.a: bench-kernel-library ;

$(KERNEL_BENCH_OBJS): $(B)/obj/%.o: %.c $(BENCH_KERNEL)/libquire.a $(B)/host.flags
	$(call compile,-I$(BENCH_KERNEL)/include -Ibench/port $(HOST_FLAGS) $(PEER_FLAGS))
$(B)/bench/page_bench: $(PAGE_BENCH_OBJS) $(B)/obj/bench/kernel_machine.o $(B)/libbench.a \
		$(BENCH_KERNEL)/libquire.a
	$(call link,-ldl -lm)

include mk/peers.mk
$(B)/bench/slab_bench: $(SLAB_BENCH_OBJS) $$(PEER_OBJS) $(B)/obj/bench/kernel_machine.o \
		$(B)/libbench.a $(BENCH_KERNEL)/libquire.a
	$(call link,$(PEER_LIBS) -ldl -lm)

.PHONY: bench
bench: $(BENCH_PROGS)
	@printf 'suite\tworkload\tsize\tthreads\tsubject\tvalue\tunit\n' > $(B)/bench.tsv
	@for program in $(BENCH_PROGS); do QUIRE_BENCH_TSV=$(B)/bench.tsv $$program || exit 1; done

# ---- examples: each folder of examples/ is a program that an embedder could have written

EXAMPLES := $(patsubst examples/%,$(B)/examples/%,$(sort $(patsubst %/,%,$(dir $(wildcard examples/*/*.c)))))

$(EXAMPLES): $(B)/examples/%: $$(wildcard examples/%/*.c examples/%/*.h include/quire/*.h) \
		$(B)/libquire.a $(B)/host.flags
	$(call say,CC,$@)
	$(make_dir)
	$(Q)$(CC) $(HOST_FLAGS) $(LINK_FLAGS) -o $@ $(filter %.c %.a,$^)

.PHONY: examples
examples: $(EXAMPLES)

-include $(HOST_OBJS:.o=.d) $(TOOL_OBJS:.o=.d) $(BENCH_OBJS:.o=.d)
