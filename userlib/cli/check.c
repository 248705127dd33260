// SPDX-License-Identifier: GPL-2.0
/*
 * mheapctl check: versions, features and limits of module, library and tool.
 */
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

#include "check.h"
#include "doc.h"
#include "options.h"
#include "output.h"
#include "say.h"

struct report {
	struct utsname system;
	char module[64];	/* version; empty: not loaded */
	const char *device;
	int err;		/* of opening the device */
	struct mheap_ioc_query query;
};

static const struct argp argp = {
	.children = options_json,
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

/* Why the device cannot be used, and what to do about it. */
static const char *advice(const struct report *r)
{
	if (!r->module[0] && r->err != -EACCES)
		return "the mheap module is not loaded: modprobe mheap";
	if (r->err == -ENOENT)
		return "the module is loaded, but the device is missing: look at devtmpfs and udev";
	if (r->err == -EACCES || r->err == -EPERM)
		return "the device may not be opened by this user: look at its owner and mode";
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

static void add_query(struct json_object *to, const struct mheap_ioc_query *q)
{
	doc_add_number(to, "module_abi_level", q->abi_level);
	doc_add_number(to, "features", q->features);
	doc_add_number(to, "opcodes", q->opcodes);
	doc_add_number(to, "max_ops", q->max_ops);
	doc_add_number(to, "op_size", q->op_size);
	doc_add_number(to, "max_slots", q->max_slots);
	doc_add_number(to, "max_name", q->max_name);
	doc_add_number(to, "max_bytes", q->max_bytes);
	doc_add_number(to, "max_types", q->max_types);
	doc_add_number(to, "max_intern", q->max_intern);
	doc_add_number(to, "max_frames", q->max_frames);
}

static void print_json(const struct report *r)
{
	struct json_object *doc = json_object_new_object();

	doc_add_string(doc, "mheapctl", MHEAP_VERSION);
	doc_add_string(doc, "library", mheap_version());
	doc_add_number(doc, "abi_level", MHEAP_ABI_LEVEL);
	doc_add_string(doc, "kernel", r->system.release);
	doc_add_string(doc, "machine", r->system.machine);
	json_object_object_add(doc, "module",
			       r->module[0] ? doc_string(r->module) : NULL);
	doc_add_string(doc, "device", r->device);
	doc_add_bool(doc, "usable", !r->err);
	if (r->err)
		doc_add_string(doc, "error", advice(r));
	else
		add_query(doc, &r->query);
	output_document(doc);
}

int check_command(int argc, char **argv)
{
	struct options options = { 0 };
	struct report r = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	look(&r);
	if (options.json)
		print_json(&r);
	else
		print_text(&r);
	return r.err ? STATUS_FAILED : STATUS_DONE;
}
