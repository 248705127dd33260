// SPDX-License-Identifier: GPL-2.0
/* A shared list in Boost.Interprocess' managed shared memory, with its mutex. */
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/offset_ptr.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>

#include <cstring>

#include "crash.h"

namespace {

using namespace boost::interprocess;

const char name[] = "mheap-bench-crash";
const std::size_t segment_bytes = 64 << 20;

struct node {
	offset_ptr<node> next;
	char payload[CRASH_PAYLOAD];
};

struct list {
	interprocess_mutex lock;
	offset_ptr<node> first;
	unsigned int length = 0;
};

managed_shared_memory *segment;
struct list *shared;

void begin()
{
	shared_memory_object::remove(name);
	segment = new managed_shared_memory(create_only, name, segment_bytes);
	shared = segment->construct<struct list>("list")();
}

void end()
{
	delete segment;
	shared_memory_object::remove(name);
}

/* The mapping is inherited, and so is the address. */
void join()
{
}

void work()
{
	char payload[CRASH_PAYLOAD];

	crash_fill(payload);

	scoped_lock<interprocess_mutex> guard(shared->lock);
	node *n = static_cast<node *>(segment->allocate(sizeof(node)));

	std::memcpy(n->payload, payload, sizeof(payload));
	new (&n->next) offset_ptr<node>(shared->first);
	shared->first = n;
	if (++shared->length > CRASH_LENGTH) {
		shared->first = n->next;
		segment->deallocate(n);
		shared->length--;
	}
}

void own(unsigned int n)
{
	while (n--)
		segment->allocate(sizeof(node));
}

uint64_t used()
{
	return segment->get_size() - segment->get_free_memory();
}

}

const struct crash_side crash_boost = { "boost", begin, end, join, work, own, used };
