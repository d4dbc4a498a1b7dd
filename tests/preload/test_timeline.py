"""The program's line over time, from the recorder to the profile: a sawtooth shows its teeth, the
line ends as the run does, totals never fall, and a killed program keeps what it had.

Not covered: how many points there are (the clock decides; tests/unit/test_timeline.c has the rules).
"""

import pytest

from support.programs import heapcoach_run

ROUNDS = "1000000"  # work before each block, so that a tooth lasts many periods


def line_of(run) -> list[list[int]]:
    return run.profile["heapcoach"]["timeline"]["points"]


def check_line(profile: dict):
    timeline, totals = profile["heapcoach"]["timeline"], profile["heapcoach"]["totals"]
    points = timeline["points"]
    assert points[0] == [0, 0, 0, 0, 0]
    assert points[-1] == [profile["te"], totals["end_bytes"], totals["end_blocks"],
                          totals["bytes"], totals["blocks"]]  # fmt: skip
    assert timeline["peak"] == [profile["tg"], totals["peak_bytes"], totals["peak_blocks"]]
    for before, after in zip(points, points[1:]):
        assert before[0] <= after[0] and before[3] <= after[3] and before[4] <= after[4]
    for time, bytes_, blocks, total_bytes, total_blocks in points:
        assert bytes_ <= totals["peak_bytes"] and bytes_ <= total_bytes and blocks <= total_blocks


@pytest.fixture(scope="module")
def sawtooth(program, tmp_path_factory):
    command = [program("sawtooth"), ROUNDS, "with pauses"]
    return heapcoach_run(command, tmp_path_factory.mktemp("saw"), HEAPCOACH_PACE_NS="0")


def test_a_sawtooth_has_its_teeth(sawtooth):
    levels = [bytes_ for _, bytes_, *_ in line_of(sawtooth)]
    falls, high = 0, False
    for level in levels:
        if high and level < 10_000:
            falls, high = falls + 1, False
        high = high or level >= 1_001_600
    assert falls == 3


def test_within_a_tooth_the_line_rises_block_by_block(sawtooth):
    for before, after in zip(line_of(sawtooth), line_of(sawtooth)[1:]):
        if after[1] > before[1] > 300_000:
            assert (after[1] - before[1]) % 10_000 == 0
            assert after[2] - before[2] == (after[1] - before[1]) // 10_000


def test_the_line_is_that_of_the_totals(sawtooth):
    check_line(sawtooth.profile)


@pytest.mark.parametrize("name", ["threads", "string_growth", "leak", "thread_ends"])
def test_so_it_is_for_other_programs(program, tmp_path, name):
    check_line(heapcoach_run([program(name)], tmp_path).profile)


@pytest.mark.parametrize("how", ["kill", "abort"])
def test_a_killed_program_keeps_its_line(program, tmp_path, how):
    check_line(heapcoach_run([program("ends"), how], tmp_path).profile)
