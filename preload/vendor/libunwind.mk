# The vendored part of libunwind (see libunwind/README.md), for preload/build.mk and for the
# unit tests of what stands on it. Sets LIBUNWIND_OBJECTS, which give preload/slow_walk.c
# the functions of vendor/libunwind/port/stepper.h, all of them hidden, and LIBUNWIND_LIBS,
# what to link for them.

LIBUNWIND := preload/vendor/libunwind
LIBUNWIND_SOURCES := port/stepper.c src/dwarf/Gparser.c src/dwarf/Gexpr.c src/dwarf/Gfde.c \
	src/dwarf/Gpe.c src/mi/Gget_reg.c src/x86_64/Gregs.c
LIBUNWIND_OBJECTS := $(LIBUNWIND_SOURCES:%.c=$(BUILD)/preload/vendor/libunwind/%.o)
LIBUNWIND_LIBS := $(LIBUNWIND_OBJECTS)

# NDEBUG: an assert would print and abort in somebody else's program. No stack protector and
# no _FORTIFY_SOURCE (some distributions' compilers default to them) for the same reason.
# Not sanitized: it reads the program's memory through callbacks only, and upstream's shifts
# would drown what matters. Optimised whatever CFLAGS say: it is a dependency.
LIBUNWIND_CFLAGS := -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -fno-common \
	-fno-stack-protector -U_FORTIFY_SOURCE -ffunction-sections -fdata-sections \
	-fasynchronous-unwind-tables -DHAVE_CONFIG_H -DUNW_REMOTE_ONLY -DNDEBUG -D_GNU_SOURCE \
	-isystem $(LIBUNWIND)/port -isystem $(LIBUNWIND)/include \
	-isystem $(LIBUNWIND)/include/tdep-x86_64 \
	-isystem $(LIBUNWIND)/src/x86_64

# Warnings are off for upstream's files, and for those only.
$(BUILD)/preload/vendor/libunwind/src/%.o: LIBUNWIND_WARNINGS := -w
$(BUILD)/preload/vendor/libunwind/port/%.o: LIBUNWIND_WARNINGS := $(WARNINGS)

$(BUILD)/preload/vendor/libunwind/%.o: $(LIBUNWIND)/%.c preload/vendor/libunwind.mk
	@mkdir -p $(@D)
	$(CC) $(LIBUNWIND_CFLAGS) $(LIBUNWIND_WARNINGS) -MD -MP -c -o $@ $<

-include $(LIBUNWIND_OBJECTS:.o=.d)
