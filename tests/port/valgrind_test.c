/* SPDX-License-Identifier: MIT */
/*
 * valgrind_test.c - in a build with CONFIG_VALGRIND Valgrind finds each of the errors that are
 * planted here, and none in what is right.
 *
 * A test runs this program again, under Valgrind, for itself alone; there it does its work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/kmalloc.h>
#include <quire/page_frag.h>
#include <quire/percpu.h>
#include <quire/quire.h>
#include <quire/vmalloc.h>

#include "mm/lib/annotate.h"
#include "port/host/host.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB (1ULL << 20)

#if CONFIG_VALGRIND

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #theirs)
SAME(VALGRIND_REQUEST_RUNNING, VG_USERREQ__RUNNING_ON_VALGRIND);
SAME(VALGRIND_REQUEST_COUNT_ERRORS, VG_USERREQ__COUNT_ERRORS);
SAME(VALGRIND_REQUEST_MALLOCLIKE_BLOCK, VG_USERREQ__MALLOCLIKE_BLOCK);
SAME(VALGRIND_REQUEST_FREELIKE_BLOCK, VG_USERREQ__FREELIKE_BLOCK);
SAME(VALGRIND_REQUEST_CHANGE_ERR_DISABLEMENT, VG_USERREQ__CHANGE_ERR_DISABLEMENT);
SAME(VALGRIND_REQUEST_MAKE_MEM_NOACCESS, VG_USERREQ__MAKE_MEM_NOACCESS);
SAME(VALGRIND_REQUEST_MAKE_MEM_UNDEFINED, VG_USERREQ__MAKE_MEM_UNDEFINED);
SAME(VALGRIND_REQUEST_MAKE_MEM_DEFINED, VG_USERREQ__MAKE_MEM_DEFINED);
#endif

/* Valgrind's own status when it has reported errors. */
#define ERRORS_STATUS 77

/*
 * False, in the process that prove started: the test has been run under Valgrind, which said what was expected of it,
 * and may end. True under Valgrind.
 */
static bool is_under_valgrind(const char *test, const char *expected)
{
	char self[4096], command[8192];
	ssize_t len;
	int status;

	if (valgrind_is_running())
		return true;
	if (system("valgrind --version >/dev/null 2>&1"))
		tap_skip("valgrind is not installed");
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	REQUIRE(len > 0);
	self[len] = '\0';
	/*
	 * Valgrind minds that a scan for leaks reads all. What it says is a comment in the TAP of this process; the last
	 * line is the child's verdict.
	 */
	snprintf(command, sizeof(command),
		 "QUIRE_TEST_LEAKS= valgrind -q --error-exitcode=%d --track-origins=no --log-fd=1 '%s' %s 2>&1 | "
		 "awk '{ print \"# \" $0 } /^not ok/ { failed = 1 } /%s/ { is_said = 1 } END { exit failed || !is_said }'; "
		 "status=(\"${PIPESTATUS[@]}\"); [ ${status[1]} = 0 ] || exit 1; exit ${status[0]}",
		 ERRORS_STATUS, self, test, expected);
	fflush(stdout);
	if (!fork()) {
		execlp("bash", "bash", "-c", command, (char *)NULL);
		_exit(127);
	}
	REQUIRE(wait(&status) > 0);
	REQUIRE(WIFEXITED(status));
	/* Errors that the child has counted itself are no failure of it. */
	CHECK_EQ(WEXITSTATUS(status), strncmp(test, "each_", 5) ? 0 : ERRORS_STATUS);
	return false;
}

static const struct machine_bank banks[] = { { 0x80000000, 16 * MB, 0, 0 } };

static struct host_machine *boot(const struct slab_engine *engine)
{
	static struct quire_machine m;
	struct host_machine *hm;
	char err[256];

	m = (struct quire_machine){ .name = "test", .banks = banks, .nr_banks = 1,
				    .objects.engine = engine };
	hm = host_machine_create(&m, err, sizeof(err));
	REQUIRE(hm);
	host_machine_select(hm);
	REQUIRE(!host_machine_boot(hm));
	return hm;
}

/* ---- what is right ---- */

static void use(char *bytes, size_t size)
{
	size_t i;
	unsigned int sum = 0;

	memset(bytes, 3, size);
	for (i = 0; i < size; i++)
		sum += (unsigned char)bytes[i];
	CHECK_EQ(sum, 3 * size);
}

static void use_pages(void)
{
	struct page *pages[16] = { NULL }, *page;
	unsigned int order, i;
	char *zeroed;

	for (order = 0; order < 5; order++) {
		page = alloc_pages(GFP_KERNEL, order);
		REQUIRE(page);
		use(page_address(page), PAGE_SIZE << order);
		__free_pages(page, order);
	}
	REQUIRE(alloc_pages_bulk_array(GFP_KERNEL, 16, pages) == 16);
	for (i = 0; i < 16; i++) {
		use(page_address(pages[i]), PAGE_SIZE);
		__free_page(pages[i]);
	}
	zeroed = (char *)(uintptr_t)get_zeroed_page(GFP_KERNEL);
	REQUIRE(zeroed);
	CHECK_EQ(zeroed[100], 0);
	free_pages((unsigned long)(uintptr_t)zeroed, 0);
	CHECK_EQ(page_alloc_validate(), 0);
}

/* Written through the area, read through the direct map, and back. */
static void use_areas(void)
{
	char *area = vmalloc(3 * PAGE_SIZE + 5), *zeroed = vzalloc(100);
	struct page *page = alloc_page(GFP_KERNEL);
	char *window;

	REQUIRE(area && zeroed && page);
	use(area, 3 * PAGE_SIZE + 5);
	CHECK_EQ(*(char *)page_address(vmalloc_to_page(area)), 3);
	CHECK_EQ(zeroed[99], 0);
	window = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	REQUIRE(window);
	use(window, PAGE_SIZE);
	CHECK_EQ(((char *)page_address(page))[17], 3);
	vunmap(window);
	__free_page(page);
	vfree(area);
	vfree(zeroed);
	vm_unmap_aliases();
	CHECK_EQ(vmalloc_validate(), 0);
}

static void use_small_pieces(void)
{
	struct page_frag_cache nc = { .va = NULL };
	char __percpu *copies = __alloc_percpu(20, 4);
	char *frag = page_frag_alloc(&nc, 77, GFP_KERNEL);

	REQUIRE(copies && frag);
	CHECK_EQ(per_cpu_ptr(copies, 0)[19], 0);
	use(per_cpu_ptr(copies, 0), 20);
	use(frag, 77);
	page_frag_free(frag);
	page_frag_cache_drain(&nc);
	free_percpu(copies);
}

static void construct(void *object)
{
	memset(object, 3, 40);
}

/* Enough of each size to come from slabs, go to arrays and the depot, and come again. */
static void use_objects(slab_flags_t flags)
{
	static char *objects[600];
	struct kmem_cache *plain = kmem_cache_create("plain", 100, 0, flags | SLAB_NO_MERGE, NULL);
	struct kmem_cache *made = kmem_cache_create("made", 40, 0, flags, construct);
	unsigned int i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 600; i++) {
			objects[i] = i % 3 ? kmalloc(1 + i * 7, GFP_KERNEL) : kmem_cache_alloc(plain, GFP_KERNEL);
			REQUIRE(objects[i]);
			use(objects[i], i % 3 ? 1 + i * 7 : 100);
		}
		for (i = 0; i < 600; i++)
			i % 3 ? kfree(objects[i]) : kmem_cache_free(plain, objects[i]);
	}
	objects[0] = kmem_cache_alloc(made, GFP_KERNEL);
	CHECK_EQ(objects[0][39], 3);
	kmem_cache_free(made, objects[0]);
	objects[0] = kzalloc(300, GFP_KERNEL);
	CHECK_EQ(objects[0][299], 0);
	objects[0] = krealloc(objects[0], 5000, GFP_KERNEL);
	CHECK_EQ(objects[0][299], 0);
	kfree(objects[0]);
	kmem_cache_destroy(plain);
	kmem_cache_destroy(made);
	CHECK(!kmem_cache_validate());
}

static void use_all(const struct slab_engine *engine)
{
	struct host_machine *hm = boot(engine);
	unsigned int with_poison;

	for (with_poison = 0; with_poison < 2; with_poison++) {
		set_page_poisoning(with_poison ? PAGE_POISONING : 0);
		use_pages();
		use_areas();
		use_small_pieces();
		use_objects(with_poison ? SLAB_DEBUG_FLAGS & ~SLAB_TRACE : 0);
	}
	host_machine_destroy(hm);
	CHECK_EQ(valgrind_count_errors(), 0);
}

static void what_is_right_is_not_reported(void)
{
	if (is_under_valgrind("what_is_right_is", "^ok"))
		use_all(&quire_slub);
}

static void what_is_right_in_a_heap_is_not_reported(void)
{
	if (is_under_valgrind("what_is_right_in_a_heap", "^ok"))
		use_all(&quire_slob);
}

/* ---- what is wrong ---- */

static volatile int sink;

/* More errors than there were? */
static bool is_caught(uintptr_t before)
{
	return valgrind_count_errors() > before;
}

static void plant_in_objects(void)
{
	volatile size_t size = 50;
	/* Of the first it is not known what lies before it. */
	volatile char *first = kmalloc(size, GFP_KERNEL), *object = kmalloc(size, GFP_KERNEL);
	uintptr_t before = valgrind_count_errors();

	REQUIRE(first && object);
	if (object[7] == 1) /* undefined */
		sink = 3;
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	object[49] = 1;
	CHECK(!is_caught(before));
	object[50] = 1;
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	sink = object[-1];
	CHECK(is_caught(before));
	kfree((void *)(uintptr_t)object);
	before = valgrind_count_errors();
	sink = object[49];
	CHECK(is_caught(before));
	/* The library finds this one itself. */
	kfree((void *)(uintptr_t)object);
	CHECK_EQ(this_quire()->log.warnings, 1);
}

/* The end of a piece that ksize gave is closed with the rest. */
static void plant_in_what_grew(void)
{
	volatile size_t size = 50;
	volatile char *piece = kzalloc(size, GFP_KERNEL);
	uintptr_t before = valgrind_count_errors();

	REQUIRE(piece);
	if (piece[49] || ksize((const void *)(uintptr_t)piece) < 56)
		sink = 7;
	piece[55] = 1;
	CHECK(!is_caught(before));
	kfree((const void *)(uintptr_t)piece);
	CHECK(!is_caught(before));
	sink = piece[55];
	CHECK(is_caught(before));
}

static void each_planted_error_is_reported(void)
{
	struct host_machine *hm;
	struct page *page;
	volatile char *freed, *area, *object;
	char __percpu *copies;
	uintptr_t before;

	if (!is_under_valgrind("each_planted", "is 0 bytes after a block of size 50"))
		return;
	hm = boot(&quire_slub);
	set_page_poisoning(0);
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	freed = page_address(page);

	before = valgrind_count_errors();
	if (freed[5] == 1) /* undefined */
		sink = 1;
	CHECK(is_caught(before));

	__free_page(page);
	before = valgrind_count_errors();
	sink = freed[0];
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	freed[PAGE_SIZE - 1] = 1;
	CHECK(is_caught(before));

	area = vmalloc(101);
	REQUIRE(area);
	area[100] = 1;
	before = valgrind_count_errors();
	area[101] = 1;
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	if (area[50] == 1)
		sink = 2;
	CHECK(is_caught(before));

	copies = __alloc_percpu(12, 8);
	REQUIRE(copies);
	before = valgrind_count_errors();
	sink = per_cpu_ptr(copies, 0)[11];
	CHECK(!is_caught(before));
	sink = ((volatile char *)per_cpu_ptr(copies, 0))[12];
	CHECK(is_caught(before));

	/* As an allocator that cuts pages into objects does. */
	page = alloc_page(GFP_KERNEL);
	REQUIRE(page);
	object = page_address(page);
	annotate_noaccess(object, PAGE_SIZE);
	annotate_alloc(object, 24);
	before = valgrind_count_errors();
	object[23] = 1;
	CHECK(!is_caught(before));
	object[24] = 1;
	CHECK(is_caught(before));
	annotate_free(object, 24);
	before = valgrind_count_errors();
	sink = object[23];
	CHECK(is_caught(before));
	__free_page(page);

	plant_in_objects();
	plant_in_what_grew();
	host_machine_destroy(hm);
}

static void construct_a_part(void *object)
{
	memset(object, 3, 10);
}

static void plant_in_caches_of_a_heap(void)
{
	struct kmem_cache *cache = kmem_cache_create("test", 21, 0, SLAB_NO_MERGE, NULL);
	struct kmem_cache *made = kmem_cache_create("made", 21, 0, 0, construct_a_part);
	volatile char *object = kmem_cache_alloc(cache, GFP_KERNEL), *other = kmem_cache_alloc(made, GFP_KERNEL);
	uintptr_t before = valgrind_count_errors();

	REQUIRE(object && other);
	if (other[9] == 1)
		sink = 4;
	CHECK(!is_caught(before));
	if (other[10] == 1) /* an object is constructed anew each time */
		sink = 5;
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	if (object[20] == 1)
		sink = 6;
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	object[20] = 1;
	CHECK(!is_caught(before));
	object[21] = 1;
	CHECK(is_caught(before));
	before = valgrind_count_errors();
	/* What is refused stays whose it is. */
	kfree((void *)(uintptr_t)object);
	sink = object[20];
	CHECK(!is_caught(before));
	kmem_cache_free(cache, (void *)(uintptr_t)object);
	kmem_cache_free(cache, (void *)(uintptr_t)object);
	CHECK(!is_caught(before));
	sink = object[0];
	CHECK(is_caught(before));
}

static void each_error_planted_in_a_heap_is_reported(void)
{
	struct host_machine *hm;

	if (!is_under_valgrind("each_error_planted", "is 0 bytes after a block of size 50"))
		return;
	hm = boot(&quire_slob);
	set_page_poisoning(0);
	plant_in_objects();
	plant_in_caches_of_a_heap();
	plant_in_what_grew();
	CHECK(!kmem_cache_validate());
	host_machine_destroy(hm);
}

#else

static void what_is_right_is_not_reported(void)
{
	tap_skip("this build is without CONFIG_VALGRIND");
}

static void what_is_right_in_a_heap_is_not_reported(void)
{
	tap_skip("this build is without CONFIG_VALGRIND");
}

static void each_planted_error_is_reported(void)
{
	tap_skip("this build is without CONFIG_VALGRIND");
}

static void each_error_planted_in_a_heap_is_reported(void)
{
	tap_skip("this build is without CONFIG_VALGRIND");
}

#endif

const struct tap_test tap_tests[] = {
	TEST(what_is_right_is_not_reported),
	TEST(what_is_right_in_a_heap_is_not_reported),
	TEST(each_planted_error_is_reported),
	TEST(each_error_planted_in_a_heap_is_reported),
	{ NULL, NULL },
};
