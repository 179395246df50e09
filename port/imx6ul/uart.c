/* SPDX-License-Identifier: MIT */
/*
 * uart.c - the serial console, and the end of QEMU.
 */
#include "port/imx6ul/imx6ul.h"

/* Registers, as offsets, and the bits used of them. */
#define UTXD 0x40
#define UCR1 0x80
#define UCR1_ENABLE (1u << 0)
#define UCR2 0x84
#define UCR2_NO_RESET (1u << 0)
#define UCR2_TRANSMIT (1u << 2)
#define UCR2_8_BITS (1u << 5)
#define UCR2_IGNORE_RTS (1u << 14)
#define USR1 0x94
#define USR1_READY (1u << 13)

/* From the start of C on, the early table and then the real one map it here. */
static volatile u32 *reg(unsigned int offset)
{
	return (volatile u32 *)(UART_VA + offset);
}

void uart_init(void)
{
	*reg(UCR1) |= UCR1_ENABLE;
	*reg(UCR2) |= UCR2_NO_RESET | UCR2_TRANSMIT | UCR2_8_BITS | UCR2_IGNORE_RTS;
}

void console_write(const char *text, size_t length)
{
	for (; length; length--) {
		while (!(*reg(USR1) & USR1_READY))
			;
		*reg(UTXD) = (u8)*text++;
	}
}

/*
 * Semihosting: a supervisor call with this number is for the debugger, or for QEMU with
 * -semihosting, which ends. Without either it is a trap, and trap_entry stops here.
 */
#define SYS_EXIT_EXTENDED 0x20
#define APPLICATION_EXIT 0x20026

_Noreturn void machine_exit(int status)
{
	const u32 block[2] = { APPLICATION_EXIT, (u32)status };
	register u32 operation __asm__("r0") = SYS_EXIT_EXTENDED;
	register const u32 *argument __asm__("r1") = block;

	__asm__ volatile("svc 0x123456" : "+r"(operation) : "r"(argument) : "lr", "memory");
	for (;;)
		__asm__ volatile("wfi");
}
