# The two recorders: build/libheapcoach.so, of every event, and build/libheapcoach_sample.so, of a
# sample. They differ in what the program calls and in little else: see preload/mode.h. Nothing but
# the interposed functions is exported, and all of libunwind is inside, hidden.

include preload/vendor/libunwind.mk

PRELOAD_SOURCES := $(wildcard preload/*.c)
PRELOAD_OBJECTS := $(PRELOAD_SOURCES:%.c=$(BUILD)/%.o)
EXACT_OBJECTS := $(addprefix $(BUILD)/preload/,hooks.o carried_hooks.o mode_exact.o)
SAMPLE_OBJECTS := $(addprefix $(BUILD)/preload/,entry.o entry_x86_64.o sampled_hooks.o sample.o \
	sampler.o address_filter.o carried_sampled.o mode_sample.o)
SHARED_OBJECTS := $(filter-out $(EXACT_OBJECTS) $(SAMPLE_OBJECTS),$(PRELOAD_OBJECTS))

# No vectors: two counters loaded as one vector wait for the scalar stores of the event before.
# No stack protector, no fortified calls, no sanitizer: they would report, abort or allocate
# in somebody else's program. Unwind tables: slow_walk starts in our own frames. No sibling calls:
# a hook hands the address of its frame on (FRAME_HERE), which must stand until the call returns;
# but for the hooks themselves, whose rare parts find it either way (CALLER_BELOW).
PRELOAD_CFLAGS := -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-stack-protector \
	-U_FORTIFY_SOURCE -fasynchronous-unwind-tables -fno-semantic-interposition -fno-tree-vectorize \
	-fno-tree-slp-vectorize -fno-optimize-sibling-calls -fno-builtin-malloc \
	-fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free

$(addprefix $(BUILD)/preload/,hooks.o carried_hooks.o entry.o carried_sampled.o): PRELOAD_CFLAGS += \
	-foptimize-sibling-calls

# The way of every event begins its functions and loops at cache lines: else what it takes hangs on
# how long the code before it happens to be.
$(BUILD)/preload/hooks.o $(BUILD)/preload/carried_hooks.o: PRELOAD_CFLAGS += -falign-functions=64 -falign-loops=64

$(BUILD)/preload/%.o: preload/%.c preload/build.mk
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(PRELOAD_CFLAGS) -MD -MP -c -o $@ $<

# -z now: resolving a symbol lazily would run the loader in the middle of a hook.
RECORDERS := $(BUILD)/libheapcoach.so $(BUILD)/libheapcoach_sample.so
$(BUILD)/libheapcoach.so: $(EXACT_OBJECTS)
$(BUILD)/libheapcoach_sample.so: $(SAMPLE_OBJECTS)
$(RECORDERS): $(SHARED_OBJECTS) $(LIBUNWIND_OBJECTS)
	$(CC) -shared -o $@ $^ -Wl,-z,now -Wl,-z,relro \
		-Wl,--no-undefined -Wl,--gc-sections -Wl,-soname,$(@F)

.PHONY: preload
preload: $(RECORDERS)

-include $(PRELOAD_OBJECTS:.o=.d)
