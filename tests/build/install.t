#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# install.t - what make install leaves can be used: by hand, by pkg-config, by CMake.
. tests/build/tap.sh

root=$scratch/root
check "make install" build "$B" install DESTDIR="$root" prefix=/opt/quire
mkdir -p "$root"
for file in bin/quire lib/libquire.a include/quire/quire.h include/quire/options.h \
	lib/pkgconfig/quire.pc lib/cmake/Quire/QuireConfig.cmake; do
	check "installs $file" test -s "$root/opt/quire/$file"
done
check "nothing lies outside of the prefix" empty find "$root" -type f -not -path "$root/opt/quire/*"
check "the installed command runs" "$root/opt/quire/bin/quire" machines

export PKG_CONFIG_PATH=$root/opt/quire/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
with_pkg_config() {
	# shellcheck disable=SC2046
	gcc -std=c11 -Wall -Wextra -Werror tests/build/embedder.c -o "$scratch/embedder" \
		$(pkg-config --cflags --libs quire) && [ "$("$scratch/embedder")" = "embedder: done" ]
}
version=$(sed -n 's/^.define QUIRE_VERSION "\(.*\)"/\1/p' include/quire/quire.h)
if command -v pkg-config >/dev/null; then
	check "pkg-config knows the version" test "$(pkg-config --modversion quire)" = "$version"
	check "an embedder is built with pkg-config" with_pkg_config
else
	skip "an embedder is built with pkg-config" "no pkg-config"
fi

with_cmake() {
	mkdir -p "$scratch/project"
	cp tests/build/embedder.c "$scratch/project"
	cat > "$scratch/project/CMakeLists.txt" <<-END
		cmake_minimum_required(VERSION 3.10)
		project(embedder C)
		find_package(Quire $1 REQUIRED)
		add_executable(embedder embedder.c)
		target_link_libraries(embedder Quire::quire)
	END
	rm -rf "$scratch/cmake"
	cmake -S "$scratch/project" -B "$scratch/cmake" -DCMAKE_PREFIX_PATH="$root/opt/quire" &&
		cmake --build "$scratch/cmake" && [ "$("$scratch/cmake/embedder")" = "embedder: done" ]
}
if command -v cmake >/dev/null; then
	check "an embedder is built with CMake" with_cmake "$version"
	check "CMake refuses a version that is newer" fails with_cmake 99.0
else
	skip "an embedder is built with CMake" "no cmake"
fi

# A kernel's library is installed with its options, and without the command.
check "make install of a kernel's library" build_kernel "gcc -m64" install \
	DESTDIR="$scratch/kernel" prefix=/usr
check "its options are installed" grep -q 'CONFIG_SINGLE 1' "$scratch/kernel/usr/include/quire/options.h"
check "it has no command" test ! -e "$scratch/kernel/usr/bin"
plan
