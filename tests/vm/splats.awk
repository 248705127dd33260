# SPDX-License-Identifier: GPL-2.0
# Prints the kernel's complaints found in a log, each with the lines that follow it; status 1 if there is any.
# Stack traces of injected failures ("FAULT_INJECTION: forcing a failure") are no complaints: only headlines count.

# Races within the kernel's own code are not ours to mend, so a report of KCSAN counts only if it names the module.

/mheap-guest: start/ { found = 0; delete kept; lines = 0; races = 0 }

/BUG: KCSAN: / { races = 1; race = ""; ours = 0 }

races {
	race = race $0 "\n"
	ours = ours || /\[mheap/
	if (!/==========/)
		next
	races = 0
	if (ours) {
		found++
		kept[lines++] = race
	}
	next
}

/WARNING: |BUG: |BUG [a-z]|KASAN: |UBSAN: |ODEBUG: |refcount_t: |Oops|general protection fault/ ||
/Kernel panic|possible circular|possible recursive|inconsistent lock state|suspicious RCU usage|bad unlock balance/ ||
/sleeping function called|held lock freed|lock held when returning|scheduling while atomic|list_(add|del) corruption/ ||
/blocked for more than|self-detected stall|detected stalls|soft lockup|hard LOCKUP|kernel BUG at|DEBUG_LOCKS_WARN_ON/ ||
/kmemleak: [1-9][0-9]* new suspected|Object already free|Trying to vfree|segfault at .* in init/ {
	found++
	left = 40
}

left > 0 { kept[lines++] = $0; left-- }

# The report was cut off.
END {
	if (races) {
		found++
		kept[lines++] = race
	}
	for (i = 0; i < lines; i++)
		print kept[i]
	exit found > 0
}
