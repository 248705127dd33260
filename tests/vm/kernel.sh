#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Prints the cache folder of the named kernel, which is downloaded or built first if need be. The folder has
# kdir, which modules are built against (kdir/source: the sources of a kernel built here), and image, which is booted.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$VM/apt.sh"

describe() {
	arch=x86_64
	case $1 in
	6.12) image=linux-image-6.12-cloud-amd64 headers=linux-headers-6.12-cloud-amd64 ;;
	6.1) image=linux-image-cloud-amd64 headers=linux-headers-cloud-amd64 ;;
	uml) arch=um target=linux fragments=(um-tlb.patch um-yield.patch uml.config smp.config) source=$(newest_source)
		[ "$source" != linux-source-6.12 ] || fragments=(um-tlb.patch uml.config) ;;
	uml-up) arch=um target=linux fragments=(um-tlb.patch uml.config) source=$(newest_source) ;;
	uml-debug) arch=um target=linux fragments=(um-tlb.patch uml.config uml-debug.config) source=linux-source-6.12 ;;
	debug) target=arch/x86/boot/bzImage fragments=(x86.config x86-debug.config) source=linux-source-6.12 ;;
	kcsan) target=arch/x86/boot/bzImage fragments=(x86.config x86-kcsan.config) source=linux-source-6.12 ;;
	*) die "no kernel is called '$1'; there are 6.12, 6.1, uml, uml-up, uml-debug, debug, kcsan" ;;
	esac
}

# trixie-backports has a newer source than bookworm; only with that can a user-mode kernel have two CPUs.
newest_source() {
	local newest
	newest=$(apt-cache "${APT_OPTIONS[@]}" search --names-only '^linux-source-[0-9.]+$' | cut -d ' ' -f 1 | sort -V | tail -n 1)
	if [ "$newest" = linux-source-6.12 ]; then
		say "WARNING: no newer source than 6.12 is to be had: KERNEL=uml will be 6.12 with ONE CPU"
	fi
	echo "$newest"
}

# --- Debian's own kernels -------------------------------------------------

stock_packages() {
	local real_headers
	apt_depends "$image" '^linux-image'
	real_headers=$(apt_depends "$headers" '^linux-headers')
	echo "$real_headers"
	apt_depends "$real_headers" '-common$'
	apt_depends "$real_headers" '^linux-kbuild'
}

# QEMU boots the image as it comes, as it does with those built here: its payload is packed in another way in each version,
# and unpacking it here would save a second of a boot at most.
fill_stock() {
	local new=$2 final=$3 makefile list packages
	describe "$1"
	list=$(stock_packages)
	mapfile -t packages <<<"$list"
	apt_unpack "$new" "${packages[@]}"
	rm -r "${new:?}/usr/share" "${new:?}/lib"
	for makefile in "$new"/usr/src/linux-headers-*-cloud-amd64/Makefile; do
		sed -i "s|^include /usr/src|include $final/usr/src|" "$makefile"
		ln -s "usr/src/$(basename "$(dirname "$makefile")")" "$new/kdir"
	done
	mv "$new"/boot/vmlinuz-* "$new/image"
}

# --- kernels built here ---------------------------------------------------

# source_tree PACKAGE: prints the folder of its sources, unpacked once for all kernels, with our patches.
source_tree() {
	local folder
	folder=$CACHE/source/$1_$(apt_version "$1")-$(cat "$VM"/kernels/*.patch | hash)
	if [ ! -e "$folder" ]; then
		locked "$CACHE/lock/source" "$0" --call unpack_source "$1" "$folder"
	fi
	echo "$folder"
}

unpack_source() {
	local new=$2.new.$$
	[ ! -e "$2" ] || return 0
	step "unpacking $1" "$CACHE/log/$1" "$0" --call fill_source "$1" "$new"
	mv "$new/$1" "$2"
	rm -r "$new"
}

fill_source() {
	apt_unpack "$2" "$1"
	tar -C "$2" -xf "$2/usr/src/$1.tar.xz"
	cat "$VM"/kernels/*.patch | patch -d "$2/$1" -p1
}

configure() {
	local tree=$1 new=$2 configs
	mapfile -t configs < <(printf '%s\n' "${fragments[@]}" | grep '\.config$')
	cat "${configs[@]/#/$VM/kernels/}" >"$new/wanted.config"
	make -C "$tree" O="$new/kdir" ARCH="$arch" allnoconfig KCONFIG_ALLCONFIG="$new/wanted.config"
	survived "$new/wanted.config" "$new/kdir/.config"
}

# Every wanted line must still be there, because kconfig silently drops options whose dependencies are missing.
survived() {
	local line lost=0
	while read -r line; do
		case $line in
		CONFIG_*=n) ! grep -q "^${line%n}" "$2" || { echo "not switched off: $line"; lost=1; } ;;
		CONFIG_*) grep -qx "$line" "$2" || { echo "lost: $line"; lost=1; } ;;
		esac
	done <"$1"
	return $lost
}

# Module builds need headers, scripts, tools and the symbol list, but not the kernel's own objects, which take 1 GB.
strip_objects() {
	find "$1" -type f ! -path "$1/scripts/*" ! -path "$1/tools/*" ! -name vmlinux.symvers \
		\( -name '*.o' -o -name '*.a' -o -name '*.cmd' -o -name '*.gcno' -o -name '.tmp_*' -o -name 'vmlinux*' \) -delete
}

fill_built() {
	local new=$2 final=$3 tree=$4
	describe "$1"
	mkdir -p "$new/kdir"
	configure "$tree" "$new"
	make -C "$new/kdir" ARCH="$arch" -j"$JOBS"
	cp "$new/kdir/$target" "$new/image"
	strip_objects "$new/kdir"
	sed -i "s|$new|$final|" "$new/kdir/Makefile"
}

# --- the cache ------------------------------------------------------------

# An entry depends on the version, the fragments and the recipe. The number grows when an entry made by an older recipe will not do.
RECIPE=1

entry() {
	if [ -n "${source:-}" ]; then
		echo "$1-$(apt_version "$source")-$( (
			echo $RECIPE
			cat "${fragments[@]/#/$VM/kernels/}"
		) | hash)"
	else
		echo "$1-$(apt_version "$image")-$RECIPE"
	fi
}

fill() {
	local name=$1 final=$2 new=$2.new.$$ tree
	[ ! -e "$final" ] || return 0
	describe "$name"
	if [ -n "${source:-}" ]; then
		tree=$(source_tree "$source")
		step "building $name kernel" "$CACHE/log/kernel-$name" "$0" --call fill_built "$name" "$new" "$final" "$tree"
	else
		step "downloading $name kernel" "$CACHE/log/kernel-$name" "$0" --call fill_stock "$name" "$new" "$final"
	fi
	mv "$new" "$final"
}

resolve() {
	describe "$1"
	echo "$CACHE/kernel/$(entry "$1")" >"$2.$$"
	mv "$2.$$" "$2"
}

# Asking apt takes a second, so the answer is kept until the index is read again.
main() {
	local name=$1 memo final
	if apt_stale; then
		locked "$CACHE/lock/apt" "$0" --call apt_update
	fi
	mkdir -p "$CACHE/kernel"
	memo=$CACHE/kernel/now-$name-$( (echo $RECIPE; cat "$VM"/kernels/*) | hash)
	if [ ! "$memo" -nt "$APT/stamp" ]; then
		resolve "$name" "$memo"
	fi
	final=$(cat "$memo")
	if [ ! -e "$final" ]; then
		locked "$CACHE/lock/kernel-$name" "$0" --call fill "$name" "$final"
	fi
	echo "$final"
}

dispatch "$@"
