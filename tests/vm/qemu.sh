# SPDX-License-Identifier: GPL-2.0
# Boots a guest in QEMU: the first disk has the small Debian, the second this tree, and results come back on the third.
# shellcheck shell=bash

MACHINE_OPTIONS=(-M pc -smp "2,sockets=2,cores=1" -nodefaults -no-user-config -display none -no-reboot)

# The disk gets this tree without history, object files and other runs: a copy of hard links, turned into a disk by mke2fs.
tree_disk() {
	local copy=$RUN/tree size
	rsync -a --link-dest="$TREE" --include="/build/guest/${RUN##*/}/" --exclude='/build/guest/*' --exclude=/.git \
		--exclude="/${copy#"$TREE/"}" --exclude='*.o' --exclude='*.cmd' --exclude='*.a' "$TREE/" "$copy/"
	size=$(du -sm --apparent-size "$copy" | cut -f 1)
	mke2fs -q -F -t ext4 -d "$copy" -O ^has_journal,^metadata_csum -E lazy_itable_init=0 "$RUN/tree.ext4" \
		"$((size * 5 / 4 + 16))M" >/dev/null
	rm -r "$copy"
	truncate -s 256M "$RUN/results.tar"
}

exit_program() {
	if [ ! -e "$BUILD/qexit" ]; then
		gcc -O2 -Wall -static -o "$RUN/qexit" "$VM/qexit.c"
		mv "$RUN/qexit" "$BUILD/qexit"
	fi
}

# Some machines have KVM that cannot run an ordinary kernel: it has to reach the missing root disk within ten seconds.
kvm_works() {
	[ -w /dev/kvm ] || return 1
	timeout -s KILL 10 qemu-system-x86_64 -accel kvm -cpu host "${MACHINE_OPTIONS[@]}" -m 512M -serial stdio \
		-kernel "$IMAGE/image" -append "console=ttyS0 panic=-1" </dev/null 2>&1 | grep -q 'Unable to mount root fs'
}

# The verdict on KVM is kept for this combination of kernel and QEMU.
accelerator() {
	local memo
	memo=$CACHE/accel-$( (uname -rv; qemu-system-x86_64 --version; ls -l /dev/kvm 2>&1) | hash)
	if [ ! -s "$memo" ]; then
		if kvm_works; then echo kvm; else echo tcg; fi >"$memo.$$"
		mv "$memo.$$" "$memo"
	fi
	cat "$memo"
}

boot_qemu() {
	local root accel append
	"$VM/packages.sh" qemu
	root=$("$VM/rootfs.sh")
	exit_program
	case $(accelerator) in
	kvm) accel=(-accel kvm -cpu host) ;;
	*)
		accel=(-accel "tcg,thread=multi" -cpu max)
		echo 'export MHEAP_CPU=emulated' >>"$RUN/settings"
		;;
	esac
	tree_disk
	say "QEMU runs with ${accel[1]}"
	append="console=ttyS0 loglevel=5 panic=-1 log_buf_len=4M tsc=reliable root=PARTUUID=6d686561-01 rootwait rw init=/init mheap_tree=$TREE mheap_run=$RUN"
	# Interpreting the ACPI routing tables under KASAN takes half a minute, and NVMe does not need them.
	if [ "$KERNEL" = debug ]; then append+=" pci=noacpi"; fi
	if [ "$LEAK" = 1 ]; then append+=" kmemleak=on"; fi
	timeout -s KILL "$TIMEOUT" qemu-system-x86_64 "${accel[@]}" "${MACHINE_OPTIONS[@]}" -m "$MEM" \
		-device isa-debug-exit,iobase=0xf4,iosize=0x04 -serial "file:$RUN/console" -serial "file:$RUN/output" \
		-drive "file=$root,if=none,id=root,format=raw,snapshot=on" \
		-drive "file=$RUN/tree.ext4,if=none,id=tree,format=raw,readonly=on" \
		-drive "file=$RUN/results.tar,if=none,id=results,format=raw" \
		-device nvme,id=nvme,serial=mheap -device nvme-ns,drive=root,bus=nvme,nsid=1 \
		-device nvme-ns,drive=tree,bus=nvme,nsid=2 -device nvme-ns,drive=results,bus=nvme,nsid=3 \
		-kernel "$IMAGE/image" -append "$append" </dev/null >>"$RUN/console.qemu" 2>&1 &
}

# Unpacks the archive that the guest left on the third disk.
collect_qemu() {
	tar -C "$RUN/results" -xf "$RUN/results.tar" 2>/dev/null || true
	rm -f "$RUN/results.tar" "$RUN/tree.ext4"
}
