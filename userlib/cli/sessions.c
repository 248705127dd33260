// SPDX-License-Identifier: GPL-2.0
/*
 * Which process has which session open.  Processes and descriptors come and go while
 * /proc is read: those that are gone when it is their turn are left out.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "field.h"
#include "memory.h"
#include "sessions.h"

struct holders {
	struct sessions_holder *list;
	size_t count;
};

/* Read the beginning of a file, which is enough.  Returns false if it is gone. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return false;
	len = read(fd, text, size - 1);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	return len > 0;
}

/* The text behind this key, or NULL if no line has the key. */
static char *find_value(char *text, const char *key)
{
	char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

static bool find_number(char *text, const char *key, uint64_t *value)
{
	char *at = find_value(text, key);

	if (!at || !isdigit((unsigned char)*at))
		return false;
	*value = strtoull(at, NULL, 10);
	return true;
}

/* Returns false if the descriptor is not a session. */
static bool parse_fdinfo(char *text, struct sessions_holder *h)
{
	char *rights = find_value(text, "\nmheap-rights:\t");

	if (!rights || !find_number(text, "\nmheap-heap:\t", &h->number.heap) ||
	    !find_number(text, "\nmheap-session:\t", &h->number.session) ||
	    !find_number(text, "\nmheap-handles:\t", &h->handles))
		return false;
	snprintf(h->rights, sizeof(h->rights), "%.*s", (int)strcspn(rights, "\n"),
		 rights);
	return true;
}

/* A process may call itself anything, even what would confuse a terminal. */
static void read_command(struct sessions_holder *h)
{
	char path[64], *end;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", h->pid);
	if (!read_text(path, h->command, sizeof(h->command)))
		snprintf(h->command, sizeof(h->command), "?");
	end = strchr(h->command, '\n');
	if (end)
		*end = '\0';
	for (char *c = h->command; *c; c++) {
		if (!isprint((unsigned char)*c))
			*c = '?';
	}
}

static void read_process(struct holders *to, uint64_t pid)
{
	struct sessions_holder h = { .pid = pid };
	char path[128], text[1024];
	struct dirent *entry;
	uint64_t fd;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fdinfo", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char *name = entry->d_name;

		if (!field_number(&name, &fd) || *name)
			continue;
		snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fdinfo/%" PRIu64,
			 pid, fd);
		if (!read_text(path, text, sizeof(text)) || !parse_fdinfo(text, &h))
			continue;
		read_command(&h);
		to->list = memory_resize(to->list, to->count + 1, sizeof(*to->list));
		to->list[to->count++] = h;
	}
	closedir(dir);
}

static int compare(const void *a, const void *b)
{
	const struct sessions_holder *x = a, *y = b;

	if (x->number.heap != y->number.heap)
		return x->number.heap < y->number.heap ? -1 : 1;
	if (x->number.session != y->number.session)
		return x->number.session < y->number.session ? -1 : 1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* A process may have several descriptors of one session. */
static void sort_out(struct holders *h)
{
	size_t kept = 0;

	if (h->count)
		qsort(h->list, h->count, sizeof(*h->list), compare);
	for (size_t i = 0; i < h->count; i++) {
		if (!kept || compare(&h->list[kept - 1], &h->list[i]))
			h->list[kept++] = h->list[i];
	}
	h->count = kept;
}

int sessions_read(struct sessions_holder **holders, size_t *count)
{
	struct holders found = { 0 };
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uint64_t pid;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char *name = entry->d_name;

		if (field_number(&name, &pid) && !*name)
			read_process(&found, pid);
	}
	closedir(dir);
	sort_out(&found);
	*holders = found.list;
	*count = found.count;
	return 0;
}

size_t sessions_same(const struct sessions_holder *holders, size_t count)
{
	size_t n = 1;

	while (n < count && holders[n].number.heap == holders->number.heap &&
	       holders[n].number.session == holders->number.session)
		n++;
	return n;
}
