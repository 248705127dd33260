// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * This is a cache that keeps nothing alive.  It has weak handles of its entries, and
 * events tell it which entries are gone.
 */
#include <mheap.h>
#include <stdio.h>

#define ENTRIES	4

/* Weak handles of the entries, by key; 0 is none.  The key is also the cookie. */
static mheap_weak cache[ENTRIES];

/* Find the entry in the cache, or make it.  Returns a handle, or 0 on error. */
static mheap_ref entry_get(struct mheap *h, uint64_t key)
{
	mheap_ref r = 0;

	if (cache[key]) {
		if (!mheap_weak_get(h, cache[key], &r) && r) {
			printf("%d: found\n", (int)key);
			return r;
		}
		/* The entry is gone.  If its event is unread, that goes now. */
		mheap_weak_drop(h, cache[key]);
		cache[key] = 0;
	}
	if (mheap_alloc(h, 0, 0, 4096, 0, &r))
		return 0;
	if (mheap_weak_new(h, r, key, &cache[key]))
		cache[key] = 0;
	printf("%d: made\n", (int)key);
	return r;
}

/* Forget the entries that are gone. */
static void cache_clean(struct mheap *h)
{
	struct mheap_event ev;

	while (mheap_next_event(h, &ev, 0) == 1) {
		if (ev.kind != MHEAP_EV_WEAK)
			continue;
		mheap_weak_drop(h, cache[ev.cookie]);
		cache[ev.cookie] = 0;
		printf("%d: gone\n", (int)ev.cookie);
	}
}

int main(void)
{
	mheap_ref a, b, again;
	struct mheap *h;
	int err;

	err = mheap_open(&h);
	if (err) {
		fprintf(stderr, "weak: %s\n", mheap_strerror(err));
		return 1;
	}

	a = entry_get(h, 1);
	b = entry_get(h, 2);
	again = entry_get(h, 1);		/* a handle of the same object */

	mheap_drop(h, a);			/* again still holds it */
	mheap_drop(h, b);			/* nothing holds it: it is gone */
	cache_clean(h);

	b = entry_get(h, 2);			/* has to be made once more */
	mheap_drop(h, again);
	cache_clean(h);
	mheap_drop(h, b);

	return mheap_close(h) ? 1 : 0;
}
