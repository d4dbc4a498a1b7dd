#!/usr/bin/python3
"""What breaks recorders that are preloaded into other people's programs, or makes their profiles lie: what
goes wrong, what heapcoach does, and the tests that show it. Prints the table docs/traps.md; `make docs`
puts it there, lint/test_traps.py says when it is old, or when a row names a test that is not there.

    tests/traps.py            the table
    tests/traps.py FILE       into that file
"""

import sys
from pathlib import Path

HEAD = """# Traps

What breaks recorders that are preloaded into other people's programs, or makes their profiles lie, and where it
is shown that it does not happen here. Made by `make docs` from `tests/traps.py`; what heapcoach survives besides
is in the [README](../README.md#what-it-survives).

| | what goes wrong | what is done | shown in |
|---|---|---|---|
"""
MALLOC_API = "preload/test_unchanged.py::test_every_function_of_the_malloc_api_answers_as_before"
SURROUNDINGS = "preload/test_unchanged.py::test_the_surroundings_are_as_before"
OTHER_ALLOCATOR = "preload/test_unchanged.py::test_another_preloaded_allocator_keeps_working_underneath"
ODD_THREADS = "preload/test_threads.py::test_every_event_of_odd_threads_is_counted"
LIBUNWINDS = "preload/test_threads.py::test_their_stacks_are_libunwinds"
STRESS = "preload/test_stress.py::test_nothing_is_seen_and_everything_is_counted"
ENDS = "preload/test_ends.py::test_run_makes_a_whole_profile"
IMPORTS = "lint/test_shape.py::test_the_library_imports_only_what_is_allowed"
EXPORTS = "lint/test_shape.py::test_the_library_exports_the_interposed_functions_and_nothing_else"
LITTLE_TLS = "lint/test_shape.py::test_the_library_takes_little_thread_local_memory"
LOADERS_LOCK = "preload/test_hard_places.py::test_the_loaders_lock_is_not_waited_for"
VALGRIND = "format/test_against_dhat.py::test_counts_are_those_of_valgrind"

# what goes wrong, what is done, tests as file::function, below tests/
TRAPS = [
    (
        "dlsym allocates when it is first called, in the middle of the first malloc",
        "dlsym is not used: the real functions are found in the modules' own tables",
        IMPORTS,
        "unit/test_real.c::finds_definitions_wherever_a_module_is_linked_to",
    ),
    (
        "the program has a malloc of its own, and the recorder another: blocks of one go to the other",
        "such a program is not recorded; a line says so, before it starts",
        "cli/test_doctor.py::test_its_own_malloc",
        "preload/test_follow.py::test_programs_that_cannot_be_recorded_are_told_once_and_run_as_before",
    ),
    (
        "an allocator that is linked into the program is called by names that no loader looks up: next to nothing is recorded, and nobody told",
        "the hooks are in the table of addresses by which Rust's code calls it; a program that has it otherwise is refused, or its profile says that not all is counted",
        "real/test_carried.py::test_the_same_is_recorded_of_each_allocator",
        "real/test_carried.py::test_without_symbols_it_is_not_seen_and_that_is_said",
        "real/test_carried.py::test_by_hand_it_is_recorded_where_one_says_so",
    ),
    (
        "a linker makes calls by a table into direct ones, and they pass the hooks by",
        "the program's code is read for such calls before it is started",
        "cli/test_doctor.py::test_an_allocator_that_is_called_past_the_table",
        "real/test_carried.py::test_a_program_whose_linker_wrote_addresses_into_the_code_is_refused",
        "real/test_carried.py::test_what_is_seen_in_part_is_said_to_be",
    ),
    (
        "functions are offered that the allocator underneath does not have",
        "each is forwarded only where there is one, or made of those that every allocator has",
        OTHER_ALLOCATOR,
        EXPORTS,
    ),
    (
        "headers in front of blocks change sizes, alignments, what is usable",
        "blocks are as the allocator gives them; what is known of them stands in a table",
        MALLOC_API,
    ),
    (
        "the recorder allocates, and records itself without end",
        "it has memory of its own, and nothing that it calls allocates",
        "lint/test_shape.py::test_no_allocating_function_is_allowed_to_be_imported",
        "preload/test_threads.py::test_events_of_handlers_in_the_recorders_own_work_are_all_counted_as_missed",
    ),
    (
        "thread-local memory is itself allocated when it is first touched",
        "it is part of each thread from its start",
        LITTLE_TLS,
        IMPORTS,
    ),
    (
        "static thread-local memory runs out where libraries are loaded late",
        "less than 64 bytes of it",
        LITTLE_TLS,
    ),
    (
        "destructors at a thread's end allocate when the recorder's own thread state is gone",
        "that state has no destructor; sets of counters are handed on when the kernel says that a thread has ended",
        ODD_THREADS,
        "preload/test_hard_places.py::test_nothing_is_missed_in",
    ),
    (
        "fork, while another thread holds a lock of the recorder",
        "the child is closed to the recorder at once, or begins anew with its own locks",
        "preload/test_hard_places.py::test_forking_while_threads_allocate_does_not_hang",
        "preload/test_follow.py::test_each_process_has_its_own_profile",
        "unit/test_gate.c::a_forked_child_finds_it_closed",
    ),
    (
        "a child of vfork works in its parent's memory, on its parent's stack",
        "vfork is not touched; what such a child allocates is counted as its parent's",
        "preload/test_hard_places.py::test_children_that_share_our_memory_act_as_their_parent",
    ),
    (
        "unwinding takes the loader's lock while another thread holds it and allocates",
        "no lock is held while the loader runs, and it is not waited for",
        LOADERS_LOCK,
        "preload/test_loader.py::test_libraries_that_come_and_go_in_threads_are_counted_exactly",
    ),
    (
        "a callback of dl_iterate_phdr allocates: the loader's lock and the recorder's, in both orders",
        "the same",
        LOADERS_LOCK,
    ),
    (
        "a slow way to unwind is taken for each event, and a program takes hours",
        "stacks are remembered; what an event costs is counted in instructions",
        "preload/test_cost.py::test_an_event_costs_no_more_instructions_than_it_did",
        "preload/test_hard_places.py::test_a_program_with_holes_between_its_segments_keeps_its_names",
    ),
    (
        "the unwinder that is installed was built without what the recorder counts on",
        "it is built in, with nothing visible from outside",
        "lint/test_shape.py::test_the_library_needs_libc_and_nothing_else",
        EXPORTS,
    ),
    (
        "frames that never were: null pointers, the line after a call",
        "each walk is compared with libunwind's, each line with Valgrind's",
        LIBUNWINDS,
        "real/test_unwinding.py::test_our_programs",
        "format/test_against_dhat.py::test_lines_and_inlined_frames_are_those_of_valgrind",
    ),
    (
        "return addresses replaced by the recorder's own break longjmp, exceptions and coroutines",
        "stacks are only read",
        ODD_THREADS,
        LIBUNWINDS,
    ),
    (
        "what realloc has left is another thread's block before the move is noted",
        "the old block is taken out before the real call, and put back where that fails",
        "preload/test_traps.py::test_an_address_that_realloc_has_left_may_be_anothers_at_once",
    ),
    (
        "realloc fails, or is to 0 bytes",
        "the block stays as it was, or is gone: as the C library has it",
        MALLOC_API,
        "preload/test_functions.py::test_realloc_and_free_are_charged_to_the_birth",
    ),
    (
        "a free that is noted after the real one meets the address's next block",
        "it is noted before",
        STRESS,
        "preload/test_stress.py::test_blocks_freed_by_other_threads_are_known_as_such",
    ),
    (
        "an interposed dlopen is the caller whose RUNPATH the loader goes by",
        "dlopen is left alone; that modules changed is seen otherwise",
        "preload/test_traps.py::test_a_library_finds_its_own_by_its_own_path",
        EXPORTS,
    ),
    (
        "a library is loaded where another was, and its frames get the other's names",
        "each has a time in which its addresses are its own",
        "preload/test_hard_places.py::test_an_address_that_another_library_had_before_is_named_rightly",
    ),
    (
        "profiles written at exit: not at all by _exit and abort, or waiting for a thread that has gone",
        "what is counted is on file at each moment; the profile is made when the program is no more",
        ENDS,
        "preload/test_ends.py::test_what_a_killed_program_left_can_be_finished",
    ),
    (
        "a full disk under a mapped file ends the program by SIGBUS",
        "a file has its room before it is mapped",
        "preload/test_hard_places.py::test_a_full_disk_stops_the_recording_and_not_the_program",
        "preload/test_own_kernel.py::test_a_quota_stops_the_recording_and_not_the_program",
    ),
    (
        "LD_PRELOAD is taken out of the environment with all that was in it",
        "our own entry alone is",
        "preload/test_follow.py::test_other_preloads_stay_and_the_program_sees_its_environment",
        "unit/test_environment.c::other_preloads_are_left_alone",
    ),
    (
        "a helper thread gets the program's signals, a handler replaces one of the program's",
        "neither is there",
        SURROUNDINGS,
    ),
    (
        "a signal handler allocates in the middle of the recorder's work",
        "that call passes through, and is counted as missed",
        "preload/test_threads.py::test_events_of_handlers_in_the_recorders_own_work_are_all_counted_as_missed",
    ),
    (
        "small stacks overflow, alternate ones have other bounds",
        "little stack is used; of a stack that is not the thread's own nothing is read that is not proven",
        ODD_THREADS,
        "unit/test_walk.c::a_signal_stack_is_walked_through",
    ),
    (
        "code that a program has made itself has no rules to unwind by",
        "the walk ends there, and the stack is marked",
        "preload/test_broken_frames.py::test_events_below_broken_frames_are_counted_and_marked",
    ),
    (
        "a program with AddressSanitizer demands to be the first library",
        "it is not recorded; a line says so",
        "cli/test_doctor.py::test_a_sanitizer",
    ),
    (
        "programs with more rights than their user ignore LD_PRELOAD, or must",
        "they are left alone; a line says why",
        "preload/test_secure.py::test_a_setuid_program_is_not_recorded",
        "cli/test_doctor.py::test_setuid_and_setgid",
    ),
    (
        "allocation before the recorder's constructor",
        "the first call brings it up, whoever makes it",
        "preload/test_traps.py::test_what_is_allocated_before_our_constructor_is_counted",
    ),
    (
        "viewers refuse a file in which two stacks have come out alike",
        "they are one",
        "unit/test_profile_write.c::makes_one_point_of_stacks_that_look_alike",
        "viewer/test_dhat_viewer.py::test_the_viewer_takes_the_file",
        "viewer/test_dhat_viewer.py::test_two_equal_stacks_are_refused",
    ),
    (
        "an exact peak of all threads costs each event a contended counter",
        "threads that meet keep small changes to themselves: the profile says by how much it may be off",
        "preload/test_shared_peak.py::test_the_peak_is_off_by_no_more_than_is_stated",
        "unit/test_peak_threads.c::what_was_live_at_the_peak_is_each_records",
    ),
    (
        "a site's own maximum is taken at the peaks of the whole program only",
        "it is followed at each event",
        "unit/test_counters.c::an_own_maximum_is_the_latest_of_equals",
        "unit/test_profile_write.c::is_exact_where_one_record_has_seen_all",
    ),
    (
        "a realloc makes an old block young",
        "a block is as old as its birth",
        "preload/test_traps.py::test_a_block_is_as_old_as_its_birth",
    ),
    (
        "different addresses become the same frames when they get their names",
        "a program point for each list of frames",
        "unit/test_profile_write.c::no_two_points_are_equal",
        "preload/test_hard_places.py::test_a_library_loaded_and_unloaded_again_keeps_its_symbols",
    ),
    (
        "deep recursion that allocates on each level makes a viewer's text grow with the cube of the depth",
        "recursion is folded, and a stack has at most 100 frames in the profile",
        "preload/test_hard_places.py::test_deep_recursion_is_counted_whole",
        "unit/test_profile_write.c::folds_recursion_that_does_not",
    ),
    (
        "arguments and paths that are no UTF-8 make a file that is no JSON",
        "they are cleaned",
        "unit/test_profile_write.c::cleans_arguments_and_paths",
        "unit/test_json_out.c::keeps_good_utf8_and_replaces_the_rest",
    ),
    (
        "pthread_getattr_np, called inside malloc, waits for the lock under which the C library called it",
        "it is not called: a stack's end is known otherwise",
        IMPORTS,
        VALGRIND,
    ),
    (
        "a stack overflow is told on a small alternate stack, from which the program aborts",
        "nothing is left to be done there",
        ENDS,
    ),
    (
        "ud2, quick_exit, _exit and SIGKILL run nothing at exit",
        "nothing needs to run",
        ENDS,
    ),
    (
        "a library that was closed is not in the list of mappings at the end",
        "modules are noted when they come",
        "preload/test_hard_places.py::test_a_library_loaded_and_unloaded_again_keeps_its_symbols",
    ),
    (
        "std's Command starts children that share the memory until exec",
        "no state is left half-written by them",
        "preload/test_hard_places.py::test_the_profile_is_of_the_program_and_not_of_its_children",
        "preload/test_hard_places.py::test_a_preloaded_childs_output_is_its_own",
    ),
    (
        "a backtrace allocates a hundred thousand times inside std, which is nobody's line",
        "it is known, and told as one thing",
        "rules/test_advice.py::test_the_right_rule_at_the_right_line",
    ),
    (
        "a wrapper waits on a pipe that the program never opens",
        "`run` waits for the program alone",
        "preload/test_follow.py::test_programs_that_cannot_be_recorded_are_told_once_and_run_as_before",
        "preload/test_follow.py::test_nobody_of_that_name",
    ),
    (
        "programs in which a preloaded library sees nothing: static ones, those with another allocator",
        "`doctor` and `run` say so, and what to change",
        "cli/test_doctor.py::test_a_static_program",
        "cli/test_doctor.py::test_a_rust_program_with_a_global_allocator",
    ),
    (
        "functions that came out the same are one in the file, and carry another's types",
        "a type is that of an inlined frame, where there is one",
        "unit/test_facts.c::the_type_is_that_of_inlined_frames",
    ),
    (
        "a tail call takes the user's frame off the stack",
        "the closure in the name of what was called says whose it was",
        "unit/test_facts.c::a_tail_call_is_named_by_its_closure",
    ),
    (
        "release builds lose their line tables",
        "names come from the symbols, and what to write into Cargo.toml is said",
        "unit/test_rules_program.c::missing_lines_are_a_remark",
        "cli/test_doctor.py::test_std_lines_alone_are_no_lines",
    ),
]


def link(test: str) -> str:
    file, _ = test.split("::")
    return f"[{Path(file).stem.removeprefix('test_')}](../tests/{file})"


def table() -> str:
    rows = []
    for number, (trap, done, *shown) in enumerate(TRAPS, 1):
        links = ", ".join(dict.fromkeys(link(test) for test in shown))
        rows.append(f"| {number} | {trap} | {done} | {links} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(table())
    else:
        print(table(), end="")
