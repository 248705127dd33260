/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Standard output: the JSON document, and whether all of it could be written.
 */
#ifndef MHEAPCTL_OUTPUT_H
#define MHEAPCTL_OUTPUT_H

struct json_object;

/*
 * Look for --json among the arguments, and see to what has to be done when the
 * process exits: a failure becomes a document then, and output that could not be
 * written becomes a failure.
 */
void output_start(int argc, char **argv);

/* Print the one JSON document of this run, and free it. */
void output_document(struct json_object *doc);

#endif /* MHEAPCTL_OUTPUT_H */
