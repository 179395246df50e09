# SPDX-License-Identifier: MIT
#
# guest_instructions.py - run by gdb: counts the instructions that functions of a guest take
# from their call to their return, in a QEMU that was started with -icount shift=0 -S -gdb.
#
# Then one instruction is one nanosecond of the guest's clock and one tick of its time stamp
# counter. At a stop the counter is read by a rdtsc put in place of the next instruction,
# which adds that one; stopping and going on costs some ten thousand ticks of noise.
#
# gdb variables: $port, the names and addresses in the convenience string $functions
# ("name=address,..."), and $last, the function after whose return the guest is ended.
import gdb


def register(name):
    return int(gdb.parse_and_eval("(unsigned long)$" + name)) & (2**64 - 1)


def time_stamp(guest):
    before = {name: register(name) for name in ("rax", "rdx", "rip")}
    code = bytes(guest.read_memory(before["rip"], 2))
    guest.write_memory(before["rip"], b"\x0f\x31")
    gdb.execute("stepi", to_string=True)
    ticks = (register("rdx") & 0xFFFFFFFF) << 32 | register("rax") & 0xFFFFFFFF
    guest.write_memory(before["rip"], code)
    for name, value in before.items():
        gdb.execute("set $%s = %d" % (name, value))
    return ticks


def convenience(name):
    return gdb.convenience_variable(name).string()


def count(functions, last):
    guest = gdb.selected_inferior()
    began, returns = {}, {}
    for address in functions:
        gdb.execute("break *%d" % address, to_string=True)
    while True:
        gdb.execute("continue", to_string=True)
        pc, now = register("rip"), time_stamp(guest)
        gdb.execute("clear *%d" % pc, to_string=True)
        if pc in functions:
            began[functions[pc]] = now
            back = int.from_bytes(bytes(guest.read_memory(register("rsp"), 8)), "little")
            returns[back] = functions[pc]
            gdb.execute("break *%d" % back, to_string=True)
        elif pc in returns:
            name = returns.pop(pc)
            print("%s %d" % (name, now - began[name]))
            if name == last:
                return


gdb.execute("set pagination off")
gdb.execute("set confirm off")
gdb.execute("set architecture i386:x86-64", to_string=True)
gdb.execute("target remote 127.0.0.1:%d" % int(gdb.convenience_variable("port")), to_string=True)
pairs = [pair.split("=") for pair in convenience("functions").split(",")]
count({int(address, 16): name for name, address in pairs}, convenience("last"))
gdb.execute("kill")
