# The page: its files become two halves that the command has in it, so that `heapcoach view` needs no
# other file. No node, no tool but awk and the assembler.

VIEWER_FILES := viewer/index.html viewer/files.list $(addprefix viewer/,$(shell cat viewer/files.list))
VIEWER_HALVES := $(BUILD)/viewer/page_head.html $(BUILD)/viewer/page_tail.html
VIEWER_OBJECTS := $(BUILD)/obj/viewer/page_parts.o

$(VIEWER_HALVES): $(BUILD)/viewer/page_%.html: $(VIEWER_FILES) viewer/embed.awk
	@mkdir -p $(@D)
	awk -v part=$* -v folder=viewer -f viewer/embed.awk viewer/index.html > $@.new
	mv $@.new $@

$(VIEWER_OBJECTS): viewer/page_parts.S $(VIEWER_HALVES)
	@mkdir -p $(@D)
	$(CC) -Wa,-I,$(BUILD)/viewer -c $< -o $@
