/* SPDX-License-Identifier: MIT */
/*
 * serial.c - the console: the first serial port, polled. And how the machine ends.
 */
#include "port/pc/cpu.h"
#include "port/pc/pc.h"

#define COM1 0x3f8
#define LINE_STATUS (COM1 + 5)
#define CAN_SEND 0x20

void console_write(const char *text, size_t length)
{
	while (length--) {
		while (!(inb(LINE_STATUS) & CAN_SEND))
			;
		outb(COM1, (u8)*text++);
	}
}

/* Where there is no exit device, the machine stands still. */
void machine_exit(int status)
{
	outb(EXIT_PORT, status ? EXIT_FAILED : EXIT_PASSED);
	for (;;)
		__asm__ volatile("cli; hlt");
}
