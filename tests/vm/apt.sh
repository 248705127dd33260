# SPDX-License-Identifier: GPL-2.0
# A private view of Debian's package index beside the machine's own: finds versions of packages and unpacks their files.
# shellcheck shell=bash

APT=$CACHE/apt
APT_OPTIONS=(
	-o "Dir::Etc::sourcelist=$APT/sources.list" -o Dir::Etc::sourceparts=-
	-o "Dir::State::lists=$APT/lists" -o "Dir::Cache=$APT/cache"
	-o Dir::State::status=/dev/null -o APT::Sandbox::User=root
	-o APT::Default-Release= -o "Dir::Etc::preferences=$APT/none" -o "Dir::Etc::preferencesparts=$APT/none.d"
)

apt_mirror() {
	# shellcheck disable=SC2016 # the format is apt's, not the shell's
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" | head -n 1
}

apt_sources() {
	local debian security key=/usr/share/keyrings/debian-archive-keyring.gpg
	debian=$(apt_mirror Debian)
	debian=${debian:-http://deb.debian.org/debian/}
	security=$(apt_mirror Debian-Security)
	security=${security:-${debian%/debian/}/debian-security/}
	cat <<-EOF
	deb [signed-by=$key] $debian bookworm main
	deb [signed-by=$key] $debian bookworm-updates main
	deb [signed-by=$key] $security bookworm-security main
	deb [signed-by=$key] $debian trixie-backports main
	EOF
}

# The index is read again after a week, so that new kernels arrive, but rarely enough not to disturb work.
apt_stale() { [ -z "$(find "$APT/stamp" -mtime -7 2>/dev/null)" ]; }

# Failing to read the index does no harm as long as there is an older one.
apt_update() {
	apt_stale || return 0
	mkdir -p "$APT/none.d" "$APT/lists/partial" "$APT/cache/archives/partial"
	apt_sources >"$APT/sources.list"
	if step "reading Debian's package index" "$CACHE/log/apt" apt-get "${APT_OPTIONS[@]}" -q update; then
		touch "$APT/stamp"
	fi
	[ -e "$APT/stamp" ]
}

# apt_depends PACKAGE PATTERN: prints the first dependency of the newest version that matches.
apt_depends() {
	apt-cache "${APT_OPTIONS[@]}" show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Depends: //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//' | grep -E -m 1 -e "$2"
}

apt_version() {
	apt-cache "${APT_OPTIONS[@]}" show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1
}

# apt_unpack FOLDER PACKAGE...: downloads the packages and unpacks them there; nothing is installed.
apt_unpack() {
	local folder=$1 deb
	shift
	mkdir -p "$folder/deb"
	(cd "$folder/deb" && apt-get "${APT_OPTIONS[@]}" -q download "$@")
	for deb in "$folder"/deb/*.deb; do
		dpkg -x "$deb" "$folder"
	done
	rm -r "$folder/deb"
}
