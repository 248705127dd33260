// SPDX-License-Identifier: GPL-2.0
/*
 * What calls.c does, in Boost.Interprocess' managed shared memory: a value that two
 * processes have, and that its mutex guards.  Prints lines "who figure value", in ns.
 * The other process has the memory mapped and sleeps.
 */
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace boost::interprocess;

const char name[] = "mheap-bench-calls";
const unsigned int calls = 3000;

struct shared {
	interprocess_mutex lock;
	volatile std::uint64_t value = 0;
};

struct node {
	offset_ptr<node> to[2];
	std::uint64_t value;
};

managed_shared_memory *segment;
struct shared *common;
volatile std::uint64_t seen;

/* The operations to measure, each under the mutex. */

void get_value()
{
	scoped_lock<interprocess_mutex> guard(common->lock);

	seen = common->value;
}

void set_value()
{
	scoped_lock<interprocess_mutex> guard(common->lock);

	common->value = 1;
}

void new_and_gone()
{
	scoped_lock<interprocess_mutex> guard(common->lock);

	segment->destroy_ptr(segment->construct<node>(anonymous_instance)());
}

pid_t start_other()
{
	pid_t pid = fork();

	while (!pid)
		pause();
	return pid;
}

void measure(const char *figure, void (*run)())
{
	auto start = std::chrono::steady_clock::now();
	for (unsigned int i = 0; i < calls; i++)
		run();
	std::chrono::duration<double, std::nano> t = std::chrono::steady_clock::now() - start;
	std::printf("boost %s %.2f\n", figure, t.count() / calls);
	std::fflush(stdout);
}

}

int main()
{
	shared_memory_object::remove(name);
	segment = new managed_shared_memory(create_only, name, 1 << 20);
	common = segment->construct<struct shared>("value")();
	pid_t other = start_other();
	measure("get_value", get_value);
	measure("set_value", set_value);
	measure("new_and_gone", new_and_gone);
	kill(other, SIGKILL);
	waitpid(other, nullptr, 0);
	shared_memory_object::remove(name);
	return 0;
}
