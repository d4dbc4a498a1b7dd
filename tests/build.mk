# Tests, benchmarks, the demo, and the checks of the source's form.

TESTS_PYTHON := /usr/bin/python3
# The unit tests are compiled by tests/run.py, from the comments they begin with.
TESTS_ENV = CC='$(CC)' UNIT_CFLAGS='$(BASE_CFLAGS) -O1 -g' ANALYZER_LIBS='$(ANALYZER_LIBS)' \
	LIBUNWIND_LIBS='$(LIBUNWIND_LIBS)' HEAPCOACH_TEST_BUILD='$(BUILD)'
C_FILES = $(shell git ls-files -co --exclude-standard '*.c' '*.h' ':!*/vendor/*')
CLANG_FORMAT = $(firstword $(shell command -v clang-format-14 clang-format))

.PHONY: deps
deps: ## install what is missing to build and test (Debian, Ubuntu)
	tests/deps.sh build test

.PHONY: test
test: ## install what is missing, build, run all tests; PYTEST='tests/viewer -k x' for some
	tests/deps.sh build test
	$(MAKE) --no-print-directory all
	$(TESTS_ENV) tests/run.py $(PYTEST)

.PHONY: unit
unit: $(LIBUNWIND_LIBS) ## run the unit tests alone
	$(TESTS_ENV) tests/run.py --unit-only

.PHONY: lint
lint: ## check include directions, symbols, warnings, formatting
	$(TESTS_ENV) $(TESTS_PYTHON) -m pytest -c tests/pytest.ini --rootdir=tests tests/lint

.PHONY: format
format: ## format the C sources
	$(CLANG_FORMAT) -i $(C_FILES)

include tests/fuzz/fuzz.mk

# The recorder beside it is the usual one: no sanitizer belongs into other people's programs, whose
# own preloaded libraries may come before the sanitizer's.
SANITIZER_OPTIONS = ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:verify_asan_link_order=0 \
	UBSAN_OPTIONS=print_stacktrace=1

# Those that try every byte of a file, that replace the memory below the command, that send it signals,
# and that tell it where Valgrind is to be found.
NOT_UNDER_MEMCHECK := not changed_byte and not can_be_changed and not no_memory and not test_run and not test_view

.PHONY: sanitize
sanitize: all ## run the whole suite with an analyzer that has sanitizers, and memcheck (half an hour)
	tests/deps.sh build test
	$(MAKE) --no-print-directory all BUILD='$(BUILD)/sanitized' ASAN=1
	$(TESTS_ENV) HEAPCOACH_TEST_BUILD='$(BUILD)/sanitized' $(SANITIZER_OPTIONS) tests/run.py --no-unit $(PYTEST)
	$(TESTS_ENV) HEAPCOACH_MEMCHECK_ALL=1 tests/run.py --no-unit tests/sanitizers
	mkdir -p '$(BUILD)/memcheck'
	cp tests/sanitizers/memcheck.sh '$(BUILD)/memcheck/heapcoach'
	ln -sf ../libheapcoach.so '$(BUILD)/memcheck'
	$(TESTS_ENV) HEAPCOACH_TEST_BUILD='$(BUILD)/memcheck' tests/run.py --no-unit tests/cli tests/diff tests/sarif \
		-k '$(NOT_UNDER_MEMCHECK)'

.PHONY: bench
bench: ## measure heapcoach and other profilers side by side; BENCH=--quick or --long
	tests/deps.sh bench
	$(MAKE) --no-print-directory all
	HEAPCOACH_TEST_BUILD='$(BUILD)' $(TESTS_PYTHON) tests/bench/bench.py $(BENCH)
	HEAPCOACH_TEST_BUILD='$(BUILD)' $(TESTS_PYTHON) tests/bench/diff.py
	HEAPCOACH_TEST_BUILD='$(BUILD)' $(TESTS_PYTHON) tests/bench/after.py
	HEAPCOACH_TEST_BUILD='$(BUILD)' $(TESTS_PYTHON) tests/bench/viewer.py

.PHONY: savings
savings: all ## compare what the advice says an edit saves with what it does save (31 pairs)
	HEAPCOACH_TEST_BUILD='$(BUILD)' $(TESTS_PYTHON) tests/savings/savings.py

.PHONY: figures
figures: all ## count faults survived, bad inputs tried, events lost, for tests/README.md (3 minutes)
	$(TESTS_ENV) $(TESTS_PYTHON) tests/figures.py tests/README.md

.PHONY: demo
demo: ## install what is missing, build, profile a small Rust program and show the report
	tests/deps.sh demo
	$(MAKE) --no-print-directory all
	BUILD='$(BUILD)' tests/rust/demo/run.sh
