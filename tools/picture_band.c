/* SPDX-License-Identifier: MIT */
/*
 * picture_band.c - reading a picture: rows, totals, names. What every way of printing needs.
 */
#include "tools/picture.h"

size_t band_rows(const struct picture *pic, const struct picture_band *band)
{
	return (band->nr_cells + pic->width - 1) / pic->width;
}

size_t band_row_cells(const struct picture *pic, const struct picture_band *band, size_t row)
{
	size_t left = band->nr_cells - row * pic->width;

	return left < pic->width ? left : pic->width;
}

bool band_row_is_hole(const struct picture *pic, const struct picture_band *band, size_t row)
{
	const u8 *cell = band->cells + row * pic->width;
	size_t nr = band_row_cells(pic, band, row);

	while (nr--)
		if (*cell++ != CELL_HOLE)
			return false;
	return true;
}

u64 band_row_address(const struct picture *pic, const struct picture_band *band, size_t row)
{
	u64 pfn = band->first_pfn + ((u64)(row * pic->width) << pic->cell_order);

	return pfn << pic->page_shift;
}

int picture_address_digits(const struct picture *pic)
{
	u64 last = 0;
	int digits = 8;
	size_t i;

	for (i = 0; i < pic->nr_bands; i++)
		if (pic->bands[i].end > last)
			last = pic->bands[i].end;
	while (digits < 16 && last << pic->page_shift >> (4 * digits))
		digits++;
	return digits;
}

unsigned long band_free_pages(const struct picture_band *band)
{
	unsigned long pages = 0;
	int kind;

	for (kind = CELL_FREE; kind < NR_CELL_KINDS; kind++)
		pages += band->pages[kind];
	return pages;
}

unsigned long band_ram_pages(const struct picture_band *band)
{
	return band->pages[CELL_RESERVED] + band->pages[CELL_ALLOCATED] + band_free_pages(band);
}

unsigned long picture_pages(const struct picture *pic, enum cell_kind kind)
{
	unsigned long pages = 0;
	size_t i;

	for (i = 0; i < pic->nr_bands; i++)
		pages += pic->bands[i].pages[kind];
	return pages;
}

unsigned long picture_free_pages(const struct picture *pic)
{
	unsigned long pages = 0;
	size_t i;

	for (i = 0; i < pic->nr_bands; i++)
		pages += band_free_pages(&pic->bands[i]);
	return pages;
}

const char *band_title(const struct picture *pic, const struct picture_band *band, char *buf,
		       size_t size)
{
	if (pic->nr_nodes > 1)
		snprintf(buf, size, "Node %d, zone %s", band->nid, band->zone);
	else
		snprintf(buf, size, "Zone %s", band->zone);
	return buf;
}

char cell_letter(enum cell_kind kind)
{
	static const char letters[] = ".#+0123456789abcdefghij";

	_Static_assert(sizeof(letters) - 1 == NR_CELL_KINDS, "a letter for each kind");
	return letters[kind];
}
