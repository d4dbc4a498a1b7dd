# The analyzer: a library with a thin command on top.
#
# core, rules and render make the library, cli the command. Every .c in those folders is
# taken, so a new file needs no line here.

ANALYZER_LIB := $(BUILD)/libheapcoach-analyzer.a
ANALYZER_LIB_SOURCES := $(wildcard analyzer/core/*.c analyzer/rules/*.c analyzer/render/*.c)
ANALYZER_CLI_SOURCES := $(wildcard analyzer/cli/*.c)
ANALYZER_LIB_OBJECTS := $(ANALYZER_LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
ANALYZER_CLI_OBJECTS := $(ANALYZER_CLI_SOURCES:%.c=$(BUILD)/obj/%.o)
# What whoever links the library needs too. libiberty is linked by its file name: Debian
# has it as an archive only, and -liberty would take a shared one from elsewhere.
ANALYZER_LIBS := -ldw -lelf -lcjson -l:libiberty.a -lm

.PHONY: analyzer
analyzer: $(ANALYZER_LIB) $(BUILD)/heapcoach ## build build/heapcoach and its library

$(ANALYZER_LIB_OBJECTS) $(ANALYZER_CLI_OBJECTS): $(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(BASE_CFLAGS) $(CFLAGS) $(SANITIZE) -MMD -MP -c $< -o $@

# Made anew each time: ar would keep the objects of sources that are gone.
$(ANALYZER_LIB): $(ANALYZER_LIB_OBJECTS) $(VIEWER_OBJECTS)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $(ANALYZER_LIB_OBJECTS) $(VIEWER_OBJECTS)

$(BUILD)/heapcoach: $(ANALYZER_CLI_OBJECTS) $(ANALYZER_LIB)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) $(ANALYZER_CLI_OBJECTS) $(ANALYZER_LIB) $(ANALYZER_LIBS) -o $@

# The page is committed: it is read where nothing is built. A test says when it is old.
.PHONY: docs
docs: $(BUILD)/heapcoach ## renew docs/rules.md from the rules' own texts, README's table from the tests'
	@mkdir -p docs
	$(BUILD)/heapcoach explain --format markdown > docs/rules.md.new
	mv docs/rules.md.new docs/rules.md
	tests/survives.py README.md
	tests/traps.py docs/traps.md

-include $(ANALYZER_LIB_OBJECTS:.o=.d) $(ANALYZER_CLI_OBJECTS:.o=.d)
