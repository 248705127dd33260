# SPDX-License-Identifier: GPL-2.0
# Counts the cases of TAP and KTAP output: prints each failure with what was said about it, then "passed failed skipped".
# A result that sums up nested ones is not a case of its own, but each level must fulfil its plan.

# What a case says comes before its result; the last lines tell why it failed.
function failure(text,	i) {
	print "  " text
	for (i = notes > 12 ? notes - 11 : 1; i <= notes; i++)
		print "    " note[i]
	failed++
}

# Ends all levels from this depth on, each of which must have run what it planned.
function close_levels(depth,	d) {
	for (d in seen) {
		if (d + 0 < depth)
			continue
		if (!(d in plan) && d + 0 == 0)
			failure("no plan")
		else if (d in plan && plan[d] != seen[d])
			failure("planned " plan[d] " cases, ran " seen[d])
		delete seen[d]
		delete plan[d]
	}
}

function nested(depth,	d) {
	for (d in seen)
		if (d + 0 > depth)
			return 1
	return 0
}

function result(depth, line,	inner) {
	inner = nested(depth)
	close_levels(depth + 1)
	seen[depth]++
	if (inner) {
		if (line ~ /^not ok/ && failed == mark[depth])
			failure(line)
	} else if (line ~ /# *[Ss][Kk][Ii][Pp]/) {
		skipped++
	} else if (line ~ /^not ok/) {
		failure(line)
	} else {
		passed++
	}
	mark[depth] = failed
	notes = 0
}

{
	sub(/\r$/, "")
	match($0, /^ */)
	depth = RLENGTH
	line = substr($0, depth + 1)
}

line ~ /^K?TAP version/ { close_levels(depth); next }
line ~ /^(not )?ok( |$)/ { result(depth, line); next }
line ~ /^# / { note[++notes] = line; next }
line ~ /^1\.\.0.*# *[Ss][Kk][Ii][Pp]/ { skipped++; plan[depth] = 0; seen[depth] = 0; next }
line ~ /^1\.\.[0-9]+/ { plan[depth] = substr(line, 4) + 0; seen[depth] += 0; next }
line ~ /^Bail out!/ { failure(line) }

END {
	close_levels(0)
	if (passed + failed + skipped == 0)
		failure("did not run")
	print passed + 0, failed + 0, skipped + 0
}
