// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl check: versions, features and limits of module, library and tool.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <linux/mheap.h>
#include <mheap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "cmd.h"
#include "say.h"

struct report {
	struct utsname system;
	char module[64];	/* version; empty: not loaded */
	const char *device;
	int err;		/* of opening the device */
	struct mheap_ioc_query query;
};

enum { KEY_JSON = 256 };

static const struct argp_option options[] = {
	{ "json", KEY_JSON, NULL, 0, "print one JSON document", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	switch (key) {
	case KEY_JSON:
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "this command takes no arguments");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Print versions, features and limits of module, library and tool, "
	       "and whether the device can be used.",
};

static void read_module_version(struct report *r)
{
	FILE *f = fopen("/sys/module/mheap/version", "re");

	if (!f)
		return;
	if (fgets(r->module, sizeof(r->module), f))
		r->module[strcspn(r->module, "\n")] = '\0';
	fclose(f);
}

static void look(struct report *r)
{
	struct mheap *h;

	uname(&r->system);
	read_module_version(r);
	r->device = secure_getenv("MHEAP_DEVICE");
	if (!r->device)
		r->device = "/dev/mheap";
	r->err = mheap_open(&h);
	if (r->err)
		return;
	r->query.size = sizeof(r->query);
	if (ioctl(mheap_fd(h), MHEAP_IOC_QUERY, &r->query) < 0)
		r->err = -errno;
	mheap_close(h);
}

/* What to do about it. */
static const char *advice(const struct report *r)
{
	if (!r->module[0] && r->err != -EACCES)
		return "the mheap module is not loaded: modprobe mheap";
	if (r->err == -ENOENT)
		return "the module is loaded, but the device is missing: see to devtmpfs or udev";
	if (r->err == -EACCES || r->err == -EPERM)
		return "the device is there, but not for you: see to its owner and mode";
	return mheap_strerror(r->err);
}

static void print_text(const struct report *r)
{
	const struct mheap_ioc_query *q = &r->query;

	printf("mheapctl  %s, library %s, ABI level %d\n", MHEAP_VERSION,
	       mheap_version(), MHEAP_ABI_LEVEL);
	printf("kernel    %s %s %s\n", r->system.sysname, r->system.release,
	       r->system.machine);
	printf("module    %s\n", r->module[0] ? r->module : "not loaded");
	if (r->err) {
		printf("device    %s: %s\n", r->device, advice(r));
		return;
	}
	printf("device    %s: usable, ABI level %u\n", r->device, q->abi_level);
	printf("features  %#" PRIx64 ", opcodes %#" PRIx64 "\n",
	       (uint64_t)q->features, (uint64_t)q->opcodes);
	printf("limits    %u slots and %" PRIu64 " bytes of an object, %u types of a heap,\n"
	       "          names of %u bytes, %u operations of %u bytes in a batch,\n"
	       "          %u bytes of an interned object, %u frames of a session\n",
	       q->max_slots, (uint64_t)q->max_bytes, q->max_types, q->max_name,
	       q->max_ops, q->op_size, q->max_intern, q->max_frames);
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_string(struct json_object *to, const char *key,
		       const char *value)
{
	json_object_object_add(to, key, json_object_new_string(value));
}

static void add_query(struct json_object *to, const struct mheap_ioc_query *q)
{
	add_number(to, "module_abi_level", q->abi_level);
	add_number(to, "features", q->features);
	add_number(to, "opcodes", q->opcodes);
	add_number(to, "max_ops", q->max_ops);
	add_number(to, "op_size", q->op_size);
	add_number(to, "max_slots", q->max_slots);
	add_number(to, "max_name", q->max_name);
	add_number(to, "max_bytes", q->max_bytes);
	add_number(to, "max_types", q->max_types);
	add_number(to, "max_intern", q->max_intern);
	add_number(to, "max_frames", q->max_frames);
}

static void print_json(const struct report *r)
{
	struct json_object *doc = json_object_new_object();

	add_string(doc, "mheapctl", MHEAP_VERSION);
	add_string(doc, "library", mheap_version());
	add_number(doc, "abi_level", MHEAP_ABI_LEVEL);
	add_string(doc, "kernel", r->system.release);
	add_string(doc, "machine", r->system.machine);
	json_object_object_add(doc, "module", r->module[0] ?
			       json_object_new_string(r->module) : NULL);
	add_string(doc, "device", r->device);
	json_object_object_add(doc, "usable", json_object_new_boolean(!r->err));
	if (r->err)
		add_string(doc, "error", advice(r));
	else
		add_query(doc, &r->query);
	say_json(doc);
}

int cmd_check(int argc, char **argv)
{
	struct report r = { 0 };
	bool json = false;

	argp_parse(&argp, argc, argv, 0, NULL, &json);
	look(&r);
	if (json)
		print_json(&r);
	else
		print_text(&r);
	return r.err ? STATUS_FAILED : STATUS_DONE;
}
