/* SPDX-License-Identifier: MIT */
/*
 * stat_names.c - the names of the counters in zoneinfo and vmstat, and which of them there are.
 *
 * Linux fixes the set of rows when it is compiled; here the machine decides. ZONE_DMA32
 * is a 64-bit kernel's zone, and those are built with NUMA (CONFIG_NUMA and
 * CONFIG_NUMA_BALANCING) even for machines with one node. So are kernels for machines
 * with several nodes. 32-bit kernels for one node are not, and lack the NUMA rows.
 */
#include "mm/proc/internal.h"

const char *const quire_zone_stat_names[NR_VM_ZONE_STAT_ITEMS] = {
	[NR_FREE_PAGES] = "nr_free_pages",
	[NR_ZONE_INACTIVE_ANON] = "nr_zone_inactive_anon",
	[NR_ZONE_ACTIVE_ANON] = "nr_zone_active_anon",
	[NR_ZONE_INACTIVE_FILE] = "nr_zone_inactive_file",
	[NR_ZONE_ACTIVE_FILE] = "nr_zone_active_file",
	[NR_ZONE_UNEVICTABLE] = "nr_zone_unevictable",
	[NR_ZONE_WRITE_PENDING] = "nr_zone_write_pending",
	[NR_MLOCK] = "nr_mlock",
	[NR_BOUNCE] = "nr_bounce",
	[NR_ZSPAGES] = "nr_zspages",
	[NR_FREE_CMA_PAGES] = "nr_free_cma",
};

const char *const quire_numa_stat_names[NR_VM_NUMA_EVENT_ITEMS] = {
	[NUMA_HIT] = "numa_hit",         [NUMA_MISS] = "numa_miss",
	[NUMA_FOREIGN] = "numa_foreign", [NUMA_INTERLEAVE_HIT] = "numa_interleave",
	[NUMA_LOCAL] = "numa_local",     [NUMA_OTHER] = "numa_other",
};

const char *const quire_node_stat_names[NR_VM_NODE_STAT_ITEMS] = {
	[NR_INACTIVE_ANON] = "nr_inactive_anon",
	[NR_ACTIVE_ANON] = "nr_active_anon",
	[NR_INACTIVE_FILE] = "nr_inactive_file",
	[NR_ACTIVE_FILE] = "nr_active_file",
	[NR_UNEVICTABLE] = "nr_unevictable",
	[NR_SLAB_RECLAIMABLE] = "nr_slab_reclaimable",
	[NR_SLAB_UNRECLAIMABLE] = "nr_slab_unreclaimable",
	[NR_ISOLATED_ANON] = "nr_isolated_anon",
	[NR_ISOLATED_FILE] = "nr_isolated_file",
	[WORKINGSET_NODES] = "workingset_nodes",
	[WORKINGSET_REFAULT_ANON] = "workingset_refault_anon",
	[WORKINGSET_REFAULT_FILE] = "workingset_refault_file",
	[WORKINGSET_ACTIVATE_ANON] = "workingset_activate_anon",
	[WORKINGSET_ACTIVATE_FILE] = "workingset_activate_file",
	[WORKINGSET_RESTORE_ANON] = "workingset_restore_anon",
	[WORKINGSET_RESTORE_FILE] = "workingset_restore_file",
	[WORKINGSET_NODERECLAIM] = "workingset_nodereclaim",
	[NR_ANON_MAPPED] = "nr_anon_pages",
	[NR_FILE_MAPPED] = "nr_mapped",
	[NR_FILE_PAGES] = "nr_file_pages",
	[NR_FILE_DIRTY] = "nr_dirty",
	[NR_WRITEBACK] = "nr_writeback",
	[NR_WRITEBACK_TEMP] = "nr_writeback_temp",
	[NR_SHMEM] = "nr_shmem",
	[NR_SHMEM_THPS] = "nr_shmem_hugepages",
	[NR_SHMEM_PMDMAPPED] = "nr_shmem_pmdmapped",
	[NR_FILE_THPS] = "nr_file_hugepages",
	[NR_FILE_PMDMAPPED] = "nr_file_pmdmapped",
	[NR_ANON_THPS] = "nr_anon_transparent_hugepages",
	[NR_VMSCAN_WRITE] = "nr_vmscan_write",
	[NR_VMSCAN_IMMEDIATE] = "nr_vmscan_immediate_reclaim",
	[NR_DIRTIED] = "nr_dirtied",
	[NR_WRITTEN] = "nr_written",
	[NR_THROTTLED_WRITTEN] = "nr_throttled_written",
	[NR_KERNEL_MISC_RECLAIMABLE] = "nr_kernel_misc_reclaimable",
	[NR_FOLL_PIN_ACQUIRED] = "nr_foll_pin_acquired",
	[NR_FOLL_PIN_RELEASED] = "nr_foll_pin_released",
	[NR_KERNEL_STACK_KB] = "nr_kernel_stack",
	[NR_PAGETABLE] = "nr_page_table_pages",
	[NR_SECONDARY_PAGETABLE] = "nr_sec_page_table_pages",
	[NR_SWAPCACHE] = "nr_swapcached",
	[PGPROMOTE_SUCCESS] = "pgpromote_success",
	[PGPROMOTE_CANDIDATE] = "pgpromote_candidate",
};

const char *const quire_zone_event_names[MAX_NR_ZONES] = {
	[ZONE_DMA] = "dma",	  [ZONE_DMA32] = "dma32",     [ZONE_NORMAL] = "normal",
	[ZONE_HIGHMEM] = "high", [ZONE_MOVABLE] = "movable", [ZONE_DEVICE] = "device",
};

const char *const quire_event_names[NR_VM_EVENT_ROWS - PGFREE] = {
	[0] = "pgfree",
	[SLABS_SCANNED - PGFREE] = "slabs_scanned",
	[DROP_SLAB - PGFREE] = "drop_slab",
	[PGMIGRATE_SUCCESS - PGFREE] = "pgmigrate_success",
	[PGMIGRATE_FAIL - PGFREE] = "pgmigrate_fail",
	[COMPACTMIGRATE_SCANNED - PGFREE] = "compact_migrate_scanned",
	[COMPACTFREE_SCANNED - PGFREE] = "compact_free_scanned",
	[COMPACTISOLATED - PGFREE] = "compact_isolated",
	[COMPACTSTALL - PGFREE] = "compact_stall",
	[COMPACTFAIL - PGFREE] = "compact_fail",
	[COMPACTSUCCESS - PGFREE] = "compact_success",
	[KCOMPACTD_WAKE - PGFREE] = "compact_daemon_wake",
	[KCOMPACTD_MIGRATE_SCANNED - PGFREE] = "compact_daemon_migrate_scanned",
	[KCOMPACTD_FREE_SCANNED - PGFREE] = "compact_daemon_free_scanned",
	[CMA_ALLOC_SUCCESS - PGFREE] = "cma_alloc_success",
	[CMA_ALLOC_FAIL - PGFREE] = "cma_alloc_fail",
};

bool quire_has_numa_rows(void)
{
	return zone_configured(ZONE_DMA32) || this_quire()->page.nr_nodes > 1;
}

unsigned int quire_nr_node_stats(void)
{
	return quire_has_numa_rows() ? NR_VM_NODE_STAT_ITEMS : PGPROMOTE_SUCCESS;
}
