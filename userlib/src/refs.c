// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The references of a session.
 *
 * The state of a number is changed by compare-and-swap, except by the owner of the free
 * list that the number is in.  Whoever wants to change what belongs to a reference that
 * has become invalid meanwhile finds another turn there and leaves it alone.
 *
 * Batches allocate and free references by private free lists, so that one visit to the
 * lock serves many ops.
 */
#include <sys/random.h>
#include <time.h>

#include "refs.h"

/* Numbers that one visit to the lock moves to a free list: 2 KiB of the table. */
#define REFILL		256U

/* A session with fewer references is not worth a sweep: 8 KiB of the table. */
#define SWEEP_LEAST	1024U

/* The numbers that the kernel chooses are the others. */
#define IS_OWN(_number)	((_number) > MHEAP_HANDLE_MAX)
#define INDEX_MASK	MHEAP_HANDLE_MAX

/* ---- states and references ---- */

/* Another session has another start, unless the system has no random numbers yet. */
static uint32_t random_base(void)
{
	struct timespec ts;
	uint32_t base;

	if (getrandom(&base, sizeof(base), GRND_INSECURE) == sizeof(base))
		return base;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint32_t)ts.tv_nsec;
}

static mheap_ref ref_of(const struct mheap_refs *refs, uint32_t number,
			uint32_t state)
{
	uint32_t turn = (mheap_state_turn(state) + refs->base) & MHEAP_TURN_MASK;

	return (uint64_t)turn << 32 | number;
}

/* Is the reference valid, if the state of its number is this? */
static bool is_valid(const struct mheap_refs *refs, mheap_ref ref, uint32_t state)
{
	return mheap_state_use(state) != MHEAP_USE_NONE &&
	       ref_of(refs, (uint32_t)ref, state) == ref;
}

static struct mheap_table_entry *find(struct mheap_refs *refs, uint32_t number)
{
	return mheap_table_find(&refs->tables[IS_OWN(number)],
				number & INDEX_MASK);
}

/* Change the use of a number, if the reference is valid.  Returns the entry then. */
static struct mheap_table_entry *change(struct mheap_refs *refs, mheap_ref ref,
					uint32_t use)
{
	struct mheap_table_entry *e = find(refs, (uint32_t)ref);
	uint32_t state = mheap_table_state(e);

	while (is_valid(refs, ref, state)) {
		if (atomic_compare_exchange_weak_explicit(&e->state, &state,
							  (state & ~MHEAP_USE_MASK) | use,
							  memory_order_relaxed,
							  memory_order_relaxed))
			return e;
	}
	return NULL;
}

void mheap_refs_made(struct mheap_refs *refs, mheap_ref ref)
{
	change(refs, ref, MHEAP_USE_MADE);
}

void mheap_refs_null(struct mheap_refs *refs, mheap_ref ref)
{
	change(refs, ref, MHEAP_USE_NULL);
}

/*
 * A number that was never used here may be the number of a handle that the session had
 * before: the kernel knows.
 */
uint32_t mheap_refs_number(struct mheap_refs *refs, mheap_ref ref)
{
	uint32_t number = (uint32_t)ref;
	uint32_t state = mheap_table_state(find(refs, number));

	if (!ref)
		return 0;
	if (is_valid(refs, ref, state))
		return mheap_state_use(state) == MHEAP_USE_NULL ? 0 : number;
	return refs->inherited && !state && number ? number : MHEAP_BAD_HANDLE;
}

/* ---- life of the table ---- */

void mheap_refs_init(struct mheap_refs *refs, uint32_t first, bool inherited)
{
	pthread_mutex_init(&refs->lock, NULL);
	refs->base = random_base();
	refs->inherited = inherited;
	refs->first = first;
	refs->end = first;
	refs->sweep_at = SWEEP_LEAST;
}

void mheap_refs_fini(struct mheap_refs *refs)
{
	mheap_table_fini(&refs->tables[0]);
	mheap_table_fini(&refs->tables[1]);
	pthread_mutex_destroy(&refs->lock);
}

/* ---- free lists ---- */

static void push(struct mheap_free_list *list, struct mheap_table_entry *e,
		 uint32_t number)
{
	e->next = list->head;
	list->head = number;
	if (!list->tail)
		list->tail = number;
	list->count++;
}

static struct mheap_table_entry *pop(struct mheap_refs *refs,
				     struct mheap_free_list *list, uint32_t *number)
{
	struct mheap_table_entry *e;

	*number = list->head;
	if (!*number)
		return NULL;
	e = find(refs, *number);
	list->head = e->next;
	if (!list->head)
		list->tail = 0;
	list->count--;
	return e;
}

/* Returns a number that was never used, or NULL.  The caller holds the lock. */
static struct mheap_table_entry *fresh(struct mheap_refs *refs, uint32_t *number)
{
	struct mheap_table_entry *e;

	if (refs->end >= MHEAP_BAD_HANDLE)
		return NULL;
	e = mheap_table_make(&refs->tables[0], refs->end);
	if (e)
		*number = refs->end++;
	return e;
}

/* Move up to n numbers to a private free list; those used before come first. */
static void refill(struct mheap_refs *refs, struct mheap_free_list *to,
		   unsigned int n)
{
	struct mheap_table_entry *e;
	uint32_t number;

	pthread_mutex_lock(&refs->lock);
	for (; n; n--) {
		e = pop(refs, &refs->free, &number) ?: fresh(refs, &number);
		if (!e)
			break;
		push(to, e, number);
		refs->taken++;
	}
	pthread_mutex_unlock(&refs->lock);
}

static mheap_ref take(struct mheap_refs *refs, struct mheap_free_list *from)
{
	struct mheap_table_entry *e;
	uint32_t number, state;

	e = pop(refs, from, &number);
	if (!e)
		return 0;
	state = mheap_state_next(mheap_table_state(e), MHEAP_USE_PLANNED);
	atomic_store_explicit(&e->state, state, memory_order_relaxed);
	return ref_of(refs, number, state);
}

mheap_ref mheap_refs_alloc(struct mheap_refs *refs, struct mheap_free_list *from)
{
	if (!from->head)
		refill(refs, from, REFILL);
	return take(refs, from);
}

mheap_ref mheap_refs_alloc_one(struct mheap_refs *refs)
{
	struct mheap_free_list one = { 0 };

	refill(refs, &one, 1);
	return take(refs, &one);
}

/*
 * One thread may free a reference because it dropped the handle while another one frees
 * it because a sweep found the handle dead: only the first finds it valid.  A number that
 * has had its last turn is not used again, since old references would become valid.
 */
void mheap_refs_free(struct mheap_refs *refs, struct mheap_free_list *to, mheap_ref ref)
{
	struct mheap_table_entry *e = change(refs, ref, MHEAP_USE_NONE);

	if (!e)
		return;
	if (IS_OWN((uint32_t)ref))
		to->count++;
	else if (mheap_state_turn(mheap_table_state(e)) != MHEAP_TURN_MASK)
		push(to, e, (uint32_t)ref);
}

void mheap_refs_abandon(struct mheap_refs *refs, mheap_ref ref)
{
	change(refs, ref, MHEAP_USE_NONE);
}

void mheap_refs_free_one(struct mheap_refs *refs, mheap_ref ref)
{
	struct mheap_free_list one = { 0 };

	mheap_refs_free(refs, &one, ref);
	mheap_refs_give_back(refs, &one);
}

void mheap_refs_give_back(struct mheap_refs *refs, struct mheap_free_list *list)
{
	if (!list->count)
		return;
	pthread_mutex_lock(&refs->lock);
	if (list->head) {
		find(refs, list->tail)->next = refs->free.head;
		refs->free.head = list->head;
		if (!refs->free.tail)
			refs->free.tail = list->tail;
	}
	refs->taken -= list->count;
	pthread_mutex_unlock(&refs->lock);
	*list = (struct mheap_free_list){ 0 };
}

/* ---- numbers that the kernel chose ---- */

/*
 * The number may still be in use here: its last handle went with a frame, or another
 * thread has dropped it and is about to free the reference.  The new turn makes that
 * reference invalid.  Turns may wrap around, since the kernel does not ask.
 */
static void begin_use(struct mheap_refs *refs, struct mheap_table_entry *e)
{
	uint32_t state = mheap_table_state(e);

	while (!atomic_compare_exchange_weak_explicit(&e->state, &state,
						      mheap_state_next(state, MHEAP_USE_MADE),
						      memory_order_relaxed,
						      memory_order_relaxed))
		;
	if (mheap_state_use(state) == MHEAP_USE_NONE)
		refs->taken++;
}

mheap_ref mheap_refs_adopt(struct mheap_refs *refs, uint32_t number)
{
	uint32_t index = number & INDEX_MASK;
	struct mheap_table_entry *e;
	mheap_ref ref = 0;

	pthread_mutex_lock(&refs->lock);
	e = mheap_table_make(&refs->tables[1], index);
	if (e) {
		begin_use(refs, e);
		ref = ref_of(refs, number, mheap_table_state(e));
		if (refs->own_end <= index)
			refs->own_end = index + 1;
	}
	pthread_mutex_unlock(&refs->lock);
	return ref;
}

/* ---- sweeps ---- */

bool mheap_refs_sweep_begin(struct mheap_refs *refs, struct mheap_refs_walk *walk)
{
	bool due;

	pthread_mutex_lock(&refs->lock);
	due = refs->taken >= refs->sweep_at;
	if (due)
		refs->sweep_at = UINT64_MAX;
	*walk = (struct mheap_refs_walk){
		.at = { refs->first },
		.end = { refs->end, refs->own_end },
	};
	pthread_mutex_unlock(&refs->lock);
	return due;
}

void mheap_refs_sweep_end(struct mheap_refs *refs)
{
	pthread_mutex_lock(&refs->lock);
	refs->sweep_at = 2ULL * refs->taken + SWEEP_LEAST;
	pthread_mutex_unlock(&refs->lock);
}

mheap_ref mheap_refs_walk(struct mheap_refs *refs, struct mheap_refs_walk *walk)
{
	uint32_t number, state;

	for (uint32_t own = 0; own < 2; own++) {
		while (walk->at[own] < walk->end[own]) {
			number = own << 31 | walk->at[own]++;
			state = mheap_table_state(find(refs, number));
			if (mheap_state_use(state) == MHEAP_USE_MADE)
				return ref_of(refs, number, state);
		}
	}
	return 0;
}
