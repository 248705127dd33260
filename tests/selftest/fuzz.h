/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer of the whole interface.
 *
 * It does steps.  A step is a line of text: its kind, and words.  A word is a number, or
 * a letter and a number that stand for what a program holds at the moment: h a handle of
 * the session, f a handle of another session, w a weak handle, i an id, a an address.
 * So a step means something in every state, and sequences of steps can be cut, mixed and
 * replayed.  What a step does depends on its words and the state alone.
 *
 * Steps are drawn at random, or are sequences that gave an outcome not seen before,
 * changed a bit.  An outcome is what was called, with which rights, and its errno.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_WORDS	62
#define MAX_SESSIONS	6
#define MAX_WORKERS	3
#define POOL		24
#define WINDOWS		6
#define PAGE		4096UL
#define WINDOW_SIZE	(256 * PAGE)
#define ROOM_SIZE	65536UL

/* Heaps stay small, because otherwise steps take long and guests run out of memory. */
#define LIMIT_BYTES	(32UL << 20)
#define LIMIT_OBJECTS	50000UL

/* A word is a number ('n'), or a letter with the meanings above. */
struct word {
	char kind;
	uint64_t n;
};

struct step {
	unsigned int kind, count;
	struct word words[MAX_WORDS];
};

/* The last few values are remembered, including those that are no longer valid. */
struct pool {
	uint64_t values[POOL];
	unsigned int next;
};

struct fuzz_session {
	int fd;			/* -1: none */
	uint32_t rights;
	uint64_t heap;
	struct pool handles, weaks;
};

/*
 * A window is a range of our addresses. A mapping of a heap begins there, or nothing is
 * there, or what is there is unknown (heap is 0).
 */
struct window {
	char *at;
	uint64_t heap, offset;
	bool writable;		/* or may become writable */
	bool whole;		/* the mapping fills the window */
};

#define TRAIL		4096U
#define ERRNOS		134U
#define SUBJECTS	80U

/* Outcomes are about opcodes, ioctls (by number) and kinds of steps. */
#define SUBJECT_IOCTL	32U
#define SUBJECT_STEP	48U

/**
 * struct worker_state - What the watching process knows of one that does steps
 * @began: when it began the step, by now_ns()
 * @steps: how many it began
 * @trail: the last ones
 */
struct worker_state {
	volatile uint64_t began, steps;
	struct step trail[TRAIL];
};

/* All processes share this. */
struct fuzz_shared {
	uint32_t seen[SUBJECTS][8][ERRNOS];
	struct worker_state workers[MAX_WORKERS];
};

/**
 * struct fuzz - State of a process that does steps
 * @random: state of the random numbers
 * @shared: what all processes see
 * @me: its part of it
 * @alone: nobody else works on its heaps at the same time
 * @forked: it is a process made by a step
 * @news: the step gave an outcome for the first time
 * @sessions: sessions
 * @next_out: which one goes if there are too many, modulo their number
 * @numbers: how many numbers of handles were chosen
 * @ids: ids of objects, of any heap
 * @windows: mappings
 * @room: memory to read and write; after it there is none
 * @constant: memory that can only be read
 */
struct fuzz {
	uint64_t random;
	struct fuzz_shared *shared;
	struct worker_state *me;
	bool alone, forked, news;
	struct fuzz_session sessions[MAX_SESSIONS];
	unsigned int next_out, numbers;
	struct pool ids;
	struct window windows[WINDOWS];
	char *room, *constant;
};

/**
 * struct step_kind - A kind of steps
 * @name: as in the text
 * @weight: how often it is drawn
 * @make: draws the words
 * @run: does it: 0 or a negative errno; 1: it counted its outcomes itself, or there was
 *	nothing to do
 */
struct step_kind {
	const char *name;
	unsigned int weight;
	void (*make)(struct fuzz *f, struct step *s);
	int (*run)(struct fuzz *f, const struct step *s);
};

extern const struct step_kind step_kinds[];
extern const unsigned int step_kinds_count;

/* ---- steps: fuzz_step.c ---- */

void step_draw(struct fuzz *f, struct step *s);
void step_do(struct fuzz *f, const struct step *s);
void step_print(const struct step *s, char *line, size_t size);
bool step_parse(const char *line, struct step *s);
void step_add(struct step *s, char kind, uint64_t n);
uint64_t step_number(const struct step *s, unsigned int i);

uint64_t draw(struct fuzz *f, uint64_t below);
bool one_in(struct fuzz *f, uint64_t n);
uint64_t draw_number(struct fuzz *f);
struct word draw_word(struct fuzz *f);

/* ---- state: fuzz_state.c ---- */

void fuzz_begin(struct fuzz *f);
/* Check that all heaps are sound, then close everything. */
void fuzz_end(struct fuzz *f);

/* Returns the session that the first word names, or NULL. */
struct fuzz_session *session_of(struct fuzz *f, const struct step *s);
struct fuzz_session *session_add(struct fuzz *f, int fd, uint32_t rights);
void session_end(struct fuzz *f, struct fuzz_session *session);
uint64_t word_value(struct fuzz *f, struct fuzz_session *session, struct word w);
void pool_put(struct pool *pool, uint64_t value);
/*
 * Note a new handle of the session; one that has to be forgotten for it is mostly dropped.
 */
void handle_put(struct fuzz_session *session, uint64_t handle);

/* Batches lie at known places in the room, so that data can be made to overlap them. */
#define OPS_OFFSET	16384UL
#define OPS_MAX		512U
#define RESULTS_OFFSET	40960UL

/* ---- outcomes: fuzz_cover.c ---- */

void cover(struct fuzz *f, unsigned int subject, uint32_t rights, int err);
void cover_report(const struct fuzz_shared *shared);
/* Returns the rights that an opcode needs according to the interface. */
uint32_t opcode_rights(unsigned int opcode);

/* ---- sequences that are worth doing again: fuzz_corpus.c ---- */

void corpus_note(struct fuzz *f);
bool corpus_draw(struct fuzz *f, struct step *s);
void corpus_replay(struct fuzz *f, const char *path);

/* ---- kinds of steps ---- */

void batch_make(struct fuzz *f, struct step *s);
int batch_run(struct fuzz *f, const struct step *s);
void ioctl_make(struct fuzz *f, struct step *s);
int ioctl_run(struct fuzz *f, const struct step *s);
void small_make(struct fuzz *f, struct step *s);
int open_run(struct fuzz *f, const struct step *s);
int attach_run(struct fuzz *f, const struct step *s);
int dup_run(struct fuzz *f, const struct step *s);
int close_run(struct fuzz *f, const struct step *s);
int read_run(struct fuzz *f, const struct step *s);
int poll_run(struct fuzz *f, const struct step *s);
int fork_run(struct fuzz *f, const struct step *s);
int sysfs_read_run(struct fuzz *f, const struct step *s);
int sysfs_write_run(struct fuzz *f, const struct step *s);
int debugfs_run(struct fuzz *f, const struct step *s);
void windows_close_up(struct fuzz *f);
/* The heap is gone, so its mappings show nothing. */
void windows_check_gone(struct fuzz *f, uint64_t heap);
int map_run(struct fuzz *f, const struct step *s);
int unmap_run(struct fuzz *f, const struct step *s);
int remap_run(struct fuzz *f, const struct step *s);
int protect_run(struct fuzz *f, const struct step *s);
int advise_run(struct fuzz *f, const struct step *s);
int look_run(struct fuzz *f, const struct step *s);
int poke_run(struct fuzz *f, const struct step *s);

#endif
