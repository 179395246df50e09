# SPDX-License-Identifier: MIT
#
# peers.mk - allocators that slab_bench measures beside ours, from their static libraries.
#
# They all define malloc and free: each is first linked into one object, in which only the two
# functions that are called stay visible, under names of their own. Another library than the
# system's is named on the command line: MIMALLOC_A=/somewhere/libmimalloc.a, and empty for none.
# What is not there as a static library slab_bench looks for when it runs.

# $(call archive_of,NAME): its path, if the compiler's linker would find it
archive_of = $(filter /%,$(realpath $(shell $(CC) $(ARCH_CFLAGS) -print-file-name=lib$(1).a)))
JEMALLOC_A = $(eval JEMALLOC_A := $$(call archive_of,jemalloc))$(JEMALLOC_A)
TCMALLOC_A = $(eval TCMALLOC_A := $$(call archive_of,tcmalloc_minimal))$(TCMALLOC_A)
MIMALLOC_A = $(eval MIMALLOC_A := $$(call archive_of,mimalloc))$(MIMALLOC_A)

# tcmalloc is C++. A sanitizer has a malloc of its own, and wants no other.
PEERS = $(if $(SANITIZE),,$(if $(JEMALLOC_A),jemalloc) $(if $(MIMALLOC_A),mimalloc) \
	$(if $(TCMALLOC_A),$(if $(call can_link,stdio.h,0,-lstdc++),tcmalloc)))
PEER_LIBS = $(if $(filter tcmalloc,$(PEERS)),-lstdc++)
PEER_OBJS = $(PEERS:%=$(B)/bench/peers/%.o)
peer_flags = $(if $(filter jemalloc,$(PEERS)),-DHAVE_STATIC_JEMALLOC=1) \
	$(if $(filter tcmalloc,$(PEERS)),-DHAVE_STATIC_TCMALLOC=1) \
	$(if $(filter mimalloc,$(PEERS)),-DHAVE_STATIC_MIMALLOC=1)

# $(call peer,NAME,ALLOC,FREE): archive $< into $@
define peer
$(call say,LD,$@)
$(make_dir)
$(Q)$(CC) $(ARCH_CFLAGS) -nostdlib -r -Wl,-u,$(2) -Wl,-u,$(3) -o $@.all $<
$(Q)$(OBJCOPY) --redefine-sym $(2)=peer_$(1)_alloc --redefine-sym $(3)=peer_$(1)_free \
	--keep-global-symbol=peer_$(1)_alloc --keep-global-symbol=peer_$(1)_free $@.all $@
$(Q)rm -f $@.all
endef
$(B)/bench/peers/jemalloc.o: $$(JEMALLOC_A) $(B)/peers.flags
	$(call peer,jemalloc,malloc,free)
$(B)/bench/peers/tcmalloc.o: $$(TCMALLOC_A) $(B)/peers.flags
	$(call peer,tcmalloc,tc_malloc,tc_free)
$(B)/bench/peers/mimalloc.o: $$(MIMALLOC_A) $(B)/peers.flags
	$(call peer,mimalloc,mi_malloc,mi_free)

$(B)/peers.flags: FORCE
	$(call write_if_changed,echo '$(peer_flags) $(JEMALLOC_A) $(TCMALLOC_A) $(MIMALLOC_A)')
$(B)/obj/bench/slab_subject_peers.o: $(B)/peers.flags
$(B)/obj/bench/slab_subject_peers.o: private PEER_FLAGS = $(peer_flags)
