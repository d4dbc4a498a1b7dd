#!/usr/bin/python3
"""What heapcoach survives: each happening, what is true of it, and the tests that show it. Prints the
table of README ("What it survives"); `make docs` puts it there, lint/test_survives.py says when it is
old, or when a row names a test that is not there.

    tests/survives.py            the table
    tests/survives.py README.md  into that file, between the marks
"""

import sys
from pathlib import Path

BEGIN, END = "<!-- survives: made by tests/survives.py -->", "<!-- end of survives -->"

# group: rows of (happening, what is true, tests as file::function, below tests/)
SURVIVES = {
    "Programs as they are": [
        (
            "every function of the malloc API, with 0, NULL, SIZE_MAX, overflow, odd alignments, failures",
            "same results, errno, alignment, usable size",
            "preload/test_unchanged.py::test_every_function_of_the_malloc_api_answers_as_before",
        ),
        (
            "open files, signals, environment, limits, threads",
            "are as without us",
            "preload/test_unchanged.py::test_the_surroundings_are_as_before",
        ),
        (
            "another preloaded allocator",
            "stays, and is counted like the C library's",
            "preload/test_unchanged.py::test_another_preloaded_allocator_keeps_working_underneath",
            "preload/test_unchanged.py::test_counts_are_the_same_over_another_allocator",
        ),
        (
            "mimalloc, jemalloc or snmalloc as `#[global_allocator]`",
            "what Rust's code asks of it is recorded as exactly; no code is written to",
            "real/test_carried.py::test_the_same_is_recorded_of_each_allocator",
            "real/test_carried.py::test_a_program_whose_linker_wrote_addresses_into_the_code_is_refused",
        ),
        (
            "allocator stress: 8 threads, blocks freed by others, realloc storms, 400 short threads",
            "every call counted, none missed",
            "preload/test_stress.py::test_nothing_is_seen_and_everything_is_counted",
        ),
    ],
    "Ends": [
        (
            "return, exit, _exit, quick_exit, abort, panic, ud2, SIGSEGV, SIGTERM, SIGINT, SIGKILL, stack overflow",
            "exact totals up to the end",
            "preload/test_ends.py::test_run_makes_a_whole_profile",
            "preload/test_ends.py::test_a_panic_that_aborts_leaves_a_whole_profile",
            "preload/test_ends.py::test_what_a_killed_program_left_can_be_finished",
        ),
        (
            "killed by the kernel for its memory (cgroup)",
            "exact totals up to the end",
            "preload/test_machine.py::test_a_program_that_the_kernel_kills_for_its_memory_loses_nothing",
        ),
        (
            "exec of another program, or of itself",
            "recorded until then; what it becomes, with `--follow`",
            "preload/test_hard_places.py::test_a_program_that_becomes_another_is_recorded_until_then",
            "preload/test_follow.py::test_exec_of_itself_is_another_recording_of_the_same_process",
        ),
    ],
    "Processes": [
        (
            "fork while threads allocate, fork without exec, vfork, posix_spawn, daemons",
            "nothing hangs; the parent's profile is its own, a child's too with `--follow`",
            "preload/test_hard_places.py::test_forking_while_threads_allocate_does_not_hang",
            "preload/test_hard_places.py::test_the_profile_is_of_the_program_and_not_of_its_children",
            "preload/test_hard_places.py::test_children_that_share_our_memory_act_as_their_parent",
            "preload/test_follow.py::test_each_process_has_its_own_profile",
            "preload/test_follow.py::test_a_daemon_is_a_process_of_its_own",
        ),
        (
            "many short children at once",
            "one recording each, never two writers",
            "preload/test_follow.py::test_many_short_children_have_a_profile_each",
        ),
    ],
    "Threads": [
        (
            "1,000 threads at once on stacks of 16 KiB; 3,000 one after the other; coroutines; cancelled threads; "
            "allocation in thread-specific destructors",
            "every event counted",
            "preload/test_threads.py::test_every_event_of_odd_threads_is_counted",
            "preload/test_threads.py::test_cancelled_threads_lose_nothing",
        ),
        (
            "signal handlers that allocate in the middle of the recorder's own work",
            "each of their calls is counted as missed",
            "preload/test_threads.py::test_events_of_handlers_in_the_recorders_own_work_are_all_counted_as_missed",
        ),
    ],
    "Loader": [
        (
            "dlopen and dlclose in four threads, while others allocate and list the modules; constructors that "
            "allocate; addresses that other libraries had before; a program with its own copy of a loader's variable",
            "exact counts, right names, no lock waited for",
            "preload/test_loader.py::test_libraries_that_come_and_go_in_threads_are_counted_exactly",
            "preload/test_hard_places.py::test_an_address_that_another_library_had_before_is_named_rightly",
            "preload/test_hard_places.py::test_the_loaders_lock_is_not_waited_for",
        ),
    ],
    "Machines": [
        (
            "full disk, quota, RLIMIT_FSIZE",
            "the recording stops; the profile says what was missed",
            "preload/test_hard_places.py::test_a_full_disk_stops_the_recording_and_not_the_program",
            "preload/test_hard_places.py::test_a_small_limit_on_file_size_does_not_kill_the_program",
            "preload/test_machine.py::test_a_call_that_is_forbidden_later_stops_the_recording",
            "preload/test_own_kernel.py::test_a_quota_stops_the_recording_and_not_the_program",
        ),
        (
            "`ulimit -v`, `ulimit -d`",
            "three quarters are left to the program; below 512 MiB it has all, and a line says so",
            "preload/test_machine.py::test_a_limit_on_address_space_leaves_most_of_it_to_the_program",
            "preload/test_machine.py::test_a_small_address_space_is_the_programs_alone",
        ),
        (
            "a program that limits its own address space (setrlimit, prlimit)",
            "what is reserved beyond a share is given back before",
            "preload/test_machine.py::test_a_program_that_limits_its_own_address_space_has_as_much_of_it",
        ),
        (
            "memory that is not overcommitted (`vm.overcommit_memory` 2)",
            "the same, of what is left to commit",
            "preload/test_own_kernel.py::test_without_overcommit_most_is_left_to_the_program",
            "preload/test_machine.py::test_of_little_that_is_left_to_commit_nothing_is_taken",
            "preload/test_machine.py::test_a_quarter_of_what_is_left_to_commit_is_for_tables",
            "preload/test_machine.py::test_big_mappings_that_are_refused_from_the_start",
        ),
        (
            "no file descriptor left",
            "the last ones are the program's",
            "preload/test_machine.py::test_the_last_files_are_the_programs",
        ),
        (
            "folders that are missing or read-only, no TMPDIR",
            "one line, or another place",
            "preload/test_machine.py::test_a_folder_that_cannot_be_used_is_told_in_a_line",
            "preload/test_machine.py::test_a_read_only_folder_is_told_in_a_line",
            "preload/test_machine.py::test_without_a_good_tmpdir_there_are_other_places",
        ),
        (
            "a container without /proc",
            "all is recorded, with its names",
            "preload/test_machine.py::test_without_proc_all_is_recorded_and_has_its_names",
        ),
        (
            "seccomp that forbids what we ask for",
            "all can be done without; together, too, but for one call that makes room for the recording",
            "preload/test_machine.py::test_a_call_that_is_forbidden_from_the_start",
            "preload/test_machine.py::test_all_that_can_be_done_without_may_be_forbidden_together",
            "preload/test_machine.py::test_flags_of_mappings_that_are_refused",
            "preload/test_machine.py::test_where_no_memory_can_be_proven_stacks_are_lost_and_nothing_else",
        ),
        (
            "code may not be written (`MemoryDenyWriteExecute=`), with `--sample`",
            "the same samples, by way of pointers",
            "preload/test_sampling.py::test_where_code_may_not_be_written_pointers_lead_there",
        ),
    ],
    "Unwinding": [
        (
            "code without rules or with wrong ones, JIT code, overwritten frames, corrupt .eh_frame",
            "counted; the unknown rest is marked",
            "preload/test_broken_frames.py::test_events_below_broken_frames_are_counted_and_marked",
            "preload/test_broken_frames.py::test_a_corrupt_unwind_table_costs_frames_and_nothing_else",
        ),
        (
            "recursion 100,000 frames deep",
            "walked to the limit, and marked",
            "preload/test_threads.py::test_every_event_of_odd_threads_is_counted",
        ),
    ],
    "Security": [
        (
            "setuid programs",
            "are left alone",
            "preload/test_secure.py::test_a_setuid_program_is_not_recorded",
        ),
        (
            "links, files and folders of others under our name in a shared temp folder",
            "are never followed or used; recordings are 0600",
            "preload/test_private_folder.py::test_a_link_in_the_shared_folder_is_not_followed",
            "preload/test_private_folder.py::test_a_folder_of_another_user_is_not_used",
            "preload/test_private_folder.py::test_an_exact_path_that_is_a_link_or_is_there_already_is_refused",
            "preload/test_private_folder.py::test_the_recording_is_the_users_alone",
        ),
        (
            "`view --serve`",
            "listens to this machine alone, under an address that cannot be guessed",
            "cli/test_view.py::test_serving_is_for_this_machine_alone",
            "cli/test_view.py::test_nothing_else_is_served",
            "cli/test_view.py::test_each_serving_has_a_path_of_its_own",
        ),
        (
            "hostile profiles, recordings, programs, limit files",
            "one line, status 2",
            "cli/test_bad_input.py::test_no_byte_of_a_profile_can_be_changed_into_a_crash",
            "cli/test_doctor.py::test_no_changed_byte_of_a_program_is_a_crash",
            "cli/test_hostile_size.py::test_a_megabyte_of",
            "cli/test_hostile_size.py::test_any_number_of_limits",
            "fuzz/test_fuzz.py::test_seeds_and_cases_are_harmless",
        ),
        (
            "a recording or a program that is cut short while it is read",
            "one line, status 2; or names are missing, and the profile says so",
            "cli/test_cut_short.py::test_a_recording",
            "cli/test_cut_short.py::test_the_program_that_was_recorded",
        ),
        (
            "any allocation of the command failing",
            "one line, status 2, nothing half-written",
            "cli/test_no_memory.py::test_each_allocation_may_fail",
        ),
    ],
}


def shown_tests() -> list[str]:
    return [test for rows in SURVIVES.values() for row in rows for test in row[2:]]


def link(test: str) -> str:
    file, _ = test.split("::")
    return f"[{Path(file).stem.removeprefix('test_')}](tests/{file})"


def table() -> str:
    lines = ["| | what happens | what is true | shown in |", "|---|---|---|---|"]
    for group, rows in SURVIVES.items():
        for i, (happening, truth, *shown) in enumerate(rows):
            links = ", ".join(dict.fromkeys(link(test) for test in shown))
            lines.append(f"| {'' if i else group} | {happening} | {truth} | {links} |")
    return "\n".join(lines) + "\n"


def put_into(text: str) -> str:
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:begin]}\n{table()}{text[end:]}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        file = Path(sys.argv[1])
        file.write_text(put_into(file.read_text()))
    else:
        print(table(), end="")
