#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# linux.sh - for scripts to source: Debian's Linux kernel, and the machine in QEMU on which it and
# the reference kernel are counted. What is downloaded is unpacked in a cache; nothing is installed.

# The same machine for both kernels. With shift=0 an instruction is a nanosecond, and a tick of rdtsc.
machine=(qemu-system-x86_64 -smp 1 -m 512 -icount shift=0 -display none -monitor none -no-reboot
	-nic none)
linux_append="console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off nokaslr norandmaps init_on_alloc=0"

# need TOOL... - ends the script if a command is missing
need() {
	local tool
	for tool; do
		command -v "$tool" > /dev/null || { echo "${0##*/}: there is no $tool here" >&2; exit 1; }
	done
}

# get_linux [headers] - Debian's kernel for virtual machines, and what modules are compiled with:
# linux_release, linux_image and linux_headers say which and where. Without a network, the newest of the cache.
get_linux() {
	local cache=${XDG_CACHE_HOME:-$HOME/.cache}/quire-linux package
	linux_release=$(apt-cache depends linux-image-cloud-amd64 2> /dev/null |
		sed -n 's/.*Depends: linux-image-\([0-9].*\)/\1/p' | head -n 1)
	linux_release=${linux_release:-$(ls -v "$cache" 2> /dev/null | tail -n 1)}
	[ -n "$linux_release" ] || { echo "${0##*/}: no package linux-image-cloud-amd64 is known here" >&2; exit 1; }
	local dir=$cache/$linux_release
	linux_image=$dir/boot/vmlinuz-$linux_release
	[ -e "$linux_image" ] || unpack "$dir" "linux-image-$linux_release"
	linux_headers=$dir/usr/src/linux-headers-$linux_release
	if [ "${1-}" = headers ] && [ ! -e "$linux_headers/Makefile" ]; then
		package=linux-headers-$linux_release
		unpack "$dir" "$(echo "$package" | sed 's/-cloud-amd64$/-common/')" "$package" "linux-kbuild-${linux_release%%.[0-9]-*}"
		# It names the place where it would be installed.
		sed -i "s,/usr/src/,$dir/usr/src/," "$linux_headers/Makefile"
	fi
}

# unpack DIR PACKAGE...
unpack() {
	local dir=$1 package
	shift
	mkdir -p "$dir"
	for package; do
		(cd "$dir" && apt-get download -qq "$package" 2> /dev/null && dpkg-deb -x "$package"_*.deb . &&
			rm "$package"_*.deb) || { echo "${0##*/}: $package cannot be had" >&2; exit 1; }
	done
}

# make_initrd FOLDER FILE - of what is in the folder; its init is compiled from standard input
make_initrd() {
	gcc -O2 -static -x c -o "$1/init" - || return
	(cd "$1" && find . | cpio -o -H newc --quiet) > "$2"
}
