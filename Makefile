# SPDX-License-Identifier: GPL-2.0
# This is the front door: "make help" lists the targets, and Kbuild, userlib/ and tests/ do the work.

KDIR ?= /lib/modules/$(shell uname -r)/build
KERNEL ?= 6.12
DEPTH ?= normal
O := $(CURDIR)/build
CACHE := $(if $(MHEAP_CACHE),$(MHEAP_CACHE),$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/mheap)
MAKEFLAGS += --no-print-directory

.PHONY: all user module demo test kunit check bench guest install uninstall clean distclean help
.DEFAULT_GOAL := all

all: user module ## build library, tools, and the module for the running kernel (or KDIR=)

user:
	@$(MAKE) -C userlib O=$(O)/user

module:
	@tests/vm/module.sh --here $(KDIR)

demo: ## boot a kernel, load the module, collect the graphs of tests/data
	@tests/vm/setup.sh $(KERNEL)
	@KERNEL=$(KERNEL) tests/vm/guest.sh $(KERNEL) tests/demo.sh

test: ## run all that CI runs; DEPTH=long adds hours of random work
	@tests/run --depth $(DEPTH)

kunit: ## run the in-kernel suites alone
	@tests/run --only kunit

check: ## run the static checks alone
	@tests/vm/packages.sh build check
	@tests/lint/run

bench: ## compare with peers: a table, build/bench/latest.json, and pictures with PLOT=1
	@tests/bench/run

guest: export MHEAP_RUN = $(value RUN)
guest: ## run a command in a booted kernel: RUN='command' [KERNEL=6.12]
	@tests/vm/guest.sh $(KERNEL) "$$MHEAP_RUN"

install: user module ## install everything; honours DESTDIR, PREFIX, INSTALL_MOD_PATH
	@$(MAKE) -C userlib O=$(O)/user install
	@$(MAKE) -C $(KDIR) M=$(O)/here modules_install

uninstall: ## remove what install installed
	@$(MAKE) -C userlib O=$(O)/user uninstall
	@rm -f $(INSTALL_MOD_PATH)/lib/modules/$$(make -s -C $(KDIR) kernelrelease)/updates/mheap.ko*

clean: ## remove build/, but not the cache
	@rm -rf $(O)

distclean: clean ## also remove the cache of kernels and disk images
	@rm -rf $(CACHE)

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand -t 12
