# SPDX-License-Identifier: GPL-2.0
# Completion of mheapctl for bash.

_mheapctl_heaps()
{
	ls /sys/class/misc/mheap/heaps 2>/dev/null
}

_mheapctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} words=

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words='check gc list path play stat --help --version'
	elif [[ $cur == -* ]]; then
		words='--json --help'
		case ${COMP_WORDS[1]} in
		gc) words+=' --collect --threshold --enable --disable' ;;
		play) words+=' --scenario --oracle --shuffle --summary --live' ;;
		esac
	else
		case ${COMP_WORDS[1]} in
		gc|stat) words=$(_mheapctl_heaps) ;;
		path) [ "$COMP_CWORD" -eq 2 ] && words=$(_mheapctl_heaps) ;;
		play) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -o filenames -F _mheapctl mheapctl
