"""The hot path does not get longer unnoticed: instructions that an event costs, counted by callgrind.

Counts, not times: for one compiler they are the same on every run. The figures below are those of
Debian 12 (gcc 12, rustc 1.95, glibc 2.36); another compiler may need a little more, so the limit is
a tenth above. How often the clock is read depends on how fast the program runs, and under callgrind it
runs slowly: so HEAPCOACH_PACE_NS makes any pace a quick one, and recorder_tick, which a real run spends 60
instructions on at one event in 16 to 95, is left out.

Not covered: threads that work at the same time, reading unwind tables, the cost of a cache miss.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.tools import build_live, build_program
from support.paths import LIBRARY, SAMPLE_LIBRARY, TESTS
from support.programs import TIMEOUT_S, clean_environment

LOADER = "/lib64/ld-linux-x86-64.so.2"
# load (churn.rs: DEPTH PATHS THREADS, then "growing"), instructions per event that recording adds.
# With 0 threads one works and the main one waits.
FIGURES = [
    ("12 1 1", "", 325),
    ("12 1 0", "", 415),  # takes 441 since stamps change in one way for whoever is alone; the limit stays
    ("60 1 1", "", 546),
    ("12 1 1", "growing", 752),
    ("25 512 1", "", 415),
]
EVENTS = (20_000, 40_000)  # the difference leaves out the start and what is learnt once
STACKS = (2_000, 4_000)
A_NEW_STACK = 3575  # of 25 frames, of which the stack before had some; one block that comes and goes


def counted(command: list, env: dict, folder, *options: str) -> tuple[int, str]:
    """All instructions of a run, and callgrind_annotate's table of them by function."""
    out = folder / "callgrind.out"
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command],
        capture_output=True,
        text=True,
        env=clean_environment(**env),
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stderr
    table = subprocess.run(
        ["callgrind_annotate", "--auto=no", "--threshold=100", *options, out],
        capture_output=True, text=True, check=True, env=clean_environment(),
    ).stdout  # fmt: skip
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1)), table


def of_function(table: str, name: str) -> list[int]:
    """A line for each file that has a part of the function."""
    lines = re.findall(rf"^ *([\d,]+) .*:{name}(?: |$)", table, re.M)
    return [int(n.replace(",", "")) for n in lines]


def instructions(command: list, env: dict, folder) -> int:
    total, table = counted(command, env, folder)
    return total - sum(of_function(table, "recorder_tick"))


def counts_of(before: list, loads: list[str], folder, **more: str) -> list[int]:
    counts = []
    for i, load in enumerate(loads):
        env = {"HEAPCOACH_FINISH": "0", "HEAPCOACH_PACE_NS": "1000000000", "HEAPCOACH_RECORDING": str(folder / f"{i}.rec"), **more}
        counts.append(instructions([*before, build_program(), *load.split()], env, folder))
    return counts


def per_event(before: list, load: str, leaf: str, folder, **more: str) -> float:
    few, many = counts_of(before, [f"{load} {events} {leaf}" for events in EVENTS], folder, **more)
    return (many - few) / (EVENTS[1] - EVENTS[0])


def per_stack(before: list, folder) -> float:
    """Of so many stacks more, each of which comes once: two blocks and their frees at each."""
    few, many = counts_of(before, [f"25 {stacks} 1 {2 * stacks}" for stacks in STACKS], folder)
    return (many - few) / (STACKS[1] - STACKS[0]) / 2


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
@pytest.mark.parametrize("load,leaf,figure", FIGURES)
def test_an_event_costs_no_more_instructions_than_it_did(load, leaf, figure, tmp_path):
    bare = per_event([], load, leaf, tmp_path)
    recorded = per_event([LOADER, "--preload", LIBRARY], load, leaf, tmp_path)
    assert recorded - bare > figure / 3, "nothing was recorded"
    assert recorded - bare <= figure * 1.1


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
def test_a_new_stack_costs_no_more_instructions_than_it_did(tmp_path):
    cost = per_stack([LOADER, "--preload", LIBRARY], tmp_path) - per_stack([], tmp_path)
    assert A_NEW_STACK / 3 < cost <= A_NEW_STACK * 1.1


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
@pytest.mark.parametrize("load,leaf,figure", [("12 1 1", "", 11), ("12 1 1", "growing", 13)])
def test_a_block_that_is_not_sampled_costs_next_to_nothing(load, leaf, figure, tmp_path):
    """Of a malloc and its free; with one sample in 64 MiB there are few."""
    bare = per_event([], load, leaf, tmp_path)
    few = {"HEAPCOACH_SAMPLE": "64m", "HEAPCOACH_SAMPLE_SEED": "1"}
    sampled = per_event([LOADER, "--preload", SAMPLE_LIBRARY], load, leaf, tmp_path, **few)
    assert figure / 3 < sampled - bare <= figure * 1.1


# An allocator that programs carry, of the least that one does, and what makes it the program's.
ALLOCATOR_IN_C = """
#include <stddef.h>
static char arena[64 << 20], *at = arena;
void *mi_malloc_aligned(size_t size, size_t alignment)
{
    char *block = at;
    at += (size + 63) & -(alignment > 64 ? alignment : 64);
    return block;
}
void mi_free(void *block) { __asm__ volatile("" : : "r"(block)); }
"""
ALLOCATOR_IN_RUST = """
struct Carried;
extern "C" {
    fn mi_malloc_aligned(size: usize, alignment: usize) -> *mut u8;
    fn mi_free(block: *mut u8);
}
unsafe impl std::alloc::GlobalAlloc for Carried {
    unsafe fn alloc(&self, l: std::alloc::Layout) -> *mut u8 {
        mi_malloc_aligned(l.size(), l.align())
    }
    unsafe fn dealloc(&self, block: *mut u8, _: std::alloc::Layout) {
        mi_free(block)
    }
}
#[global_allocator]
static CARRIED: Carried = Carried;
"""


def build_carrying(folder: Path) -> Path:
    (folder / "allocator.c").write_text(ALLOCATOR_IN_C)
    (folder / "carrying.rs").write_text((TESTS / "bench" / "churn.rs").read_text() + ALLOCATOR_IN_RUST)
    subprocess.run(["gcc", "-O2", "-c", "-o", folder / "allocator.o", folder / "allocator.c"], check=True)
    flags = ["--edition", "2021", "-O", f"-Clink-arg={folder / 'allocator.o'}", "-o", folder / "carrying"]
    subprocess.run(["rustc", *flags, folder / "carrying.rs"], check=True, capture_output=True)
    return folder / "carrying"


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
@pytest.mark.parametrize("library, more, figure", [
    (LIBRARY, {}, 357), (SAMPLE_LIBRARY, {"HEAPCOACH_SAMPLE": "64m", "HEAPCOACH_SAMPLE_SEED": "1"}, 13),
], ids=["exact", "sample"])  # fmt: skip
def test_what_an_allocator_of_the_programs_own_gives_costs_no_more_than_it_did(library, more, figure, tmp_path):
    program = build_carrying(tmp_path)
    env = {"HEAPCOACH_FINISH": "0", "HEAPCOACH_PACE_NS": "1000000000", "HEAPCOACH_CARRIED": "1", **more,
           # valgrind is a shell's script, in which we are, too
           "HEAPCOACH_FOLLOW": "carrying", "LD_PRELOAD": str(library)}  # fmt: skip
    counts = {}
    for how in (env, {}):
        for events in EVENTS:
            out = {"HEAPCOACH_RECORDING": str(tmp_path / f"{events}.rec")} if how else {}
            command = [program, "12", "1", "1", str(events)]
            counts[bool(how), events] = instructions(command, how | out, tmp_path)
    recorded, bare = ((counts[how, EVENTS[1]] - counts[how, EVENTS[0]]) / (EVENTS[1] - EVENTS[0]) for how in (True, False))
    assert recorded - bare > figure / 3, "nothing was recorded"
    assert recorded - bare <= figure * 1.1


@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
def test_the_lines_over_time_cost_less_than_a_hundredth(tmp_path):
    """Of a program that does nothing but allocate. The points are fixed by time, not by events, and under
    callgrind fewer events come to one: so it is less than this in a real run."""
    env = {"HEAPCOACH_FINISH": "0", "HEAPCOACH_RECORDING": str(tmp_path / "lines.rec")}
    command = [LOADER, "--preload", LIBRARY, build_program(), "12", "1", "1", "50000"]
    total, table = counted(command, env, tmp_path, "--inclusive=yes")
    # with all that they call: the largest of a function's lines
    spent = [max(of_function(table, name)) for name in ("counters_due", "note_series")]
    assert total / 100 > sum(spent) > 0, (spent, total)


def page_faults(command: list, env: dict) -> int:
    child = subprocess.Popen(command, env=clean_environment(**env))
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_minflt


def test_a_page_of_the_block_table_is_one_fault(tmp_path):
    """A page that is read before it is written would be two. There is one for 8 KiB of heap."""
    live = build_live()
    blocks, chunk = 1_000_000, 48
    command = [live, str(blocks), "40"]
    env = {"LD_PRELOAD": str(LIBRARY), "HEAPCOACH_FINISH": "0", "HEAPCOACH_DIR": str(tmp_path)}
    added = page_faults(command, env) - page_faults(command, {})
    assert added < 1.25 * blocks * chunk / 8192 + 600
