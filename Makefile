# SPDX-License-Identifier: GPL-2.0
# Front door: the targets are listed by "make help"; the work is done in Kbuild, userlib/ and tests/.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.12
DEPTH ?= normal
O := $(CURDIR)/build
CACHE := $(if $(MHEAP_CACHE),$(MHEAP_CACHE),$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/mheap)
MAKEFLAGS += --no-print-directory

.PHONY: all user module demo test kunit check bench guest install uninstall clean distclean help
.DEFAULT_GOAL := all

all: user module ## library, tools, and the module for the running kernel (or KDIR=)

user:
	@$(MAKE) -C userlib O=$(O)/user

module:
	@tests/vm/module.sh --here $(KDIR)

demo: ## boot a kernel, load the module, collect the graphs of tests/data
	@tests/vm/setup.sh $(KERNEL)
	@KERNEL=$(KERNEL) tests/vm/guest.sh $(KERNEL) tests/demo.sh

test: ## all that CI runs; DEPTH=long adds hours of random work
	@tests/run --depth $(DEPTH)

kunit: ## the in-kernel suites alone
	@tests/run --only kunit

check: ## the static checks alone
	@tests/vm/packages.sh build check
	@tests/lint/run

bench: ## measurements beside peers: a table, build/bench/latest.json; PLOT=1: pictures
	@tests/bench/run

guest: export MHEAP_RUN = $(value RUN)
guest: ## RUN='command' [KERNEL=6.12]: run a command in a booted kernel
	@tests/vm/guest.sh $(KERNEL) "$$MHEAP_RUN"

install: user module ## honours DESTDIR, PREFIX, INSTALL_MOD_PATH
	@$(MAKE) -C userlib O=$(O)/user install
	@$(MAKE) -C $(KDIR) M=$(O)/here modules_install

uninstall:
	@$(MAKE) -C userlib O=$(O)/user uninstall
	@rm -f $(INSTALL_MOD_PATH)/lib/modules/$$(make -s -C $(KDIR) kernelrelease)/updates/mheap.ko*

clean: ## remove build/; the cache stays
	@rm -rf $(O)

distclean: clean ## remove the cache of kernels and disk images as well
	@rm -rf $(CACHE)

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 12
