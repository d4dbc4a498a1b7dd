# Fuzzing for as long as one likes; a smoke run is among the tests (tests/fuzz/test_fuzz.py).

FUZZ_SECONDS ?= 60

.PHONY: fuzz
fuzz: all ## fuzz every target for FUZZ_SECONDS each (60); FUZZ='profile cfi' for some
	$(TESTS_ENV) $(TESTS_PYTHON) tests/fuzz/fuzz.py $(FUZZ_SECONDS) $(FUZZ)
