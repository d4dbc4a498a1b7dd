# heapcoach: `make` builds, `make demo` shows, `make test` proves, `make help` lists.
#
# Each part keeps its own rules in its folder; this file only names the switches that
# hold for all of them.

BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
CFLAGS ?= -O2 -g
BASE_CFLAGS := -std=gnu11 $(WARNINGS) -fno-common -I.
ifeq ($(ASAN),1)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
ifeq ($(WERROR),1)
BASE_CFLAGS += -Werror
endif

.PHONY: all
all: preload analyzer ## build build/heapcoach and its two recorders

include preload/build.mk
include viewer/build.mk
include analyzer/build.mk
include tests/build.mk

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 16
