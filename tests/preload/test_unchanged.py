"""A program behaves with the recorder as it does without: what the malloc functions return, errno,
what it prints and reads, how it ends, what it sees around it.

Not covered: time, memory use, addresses.
"""

from pathlib import Path

import pytest

from support import c
from support.paths import HEAPCOACH, LIBRARY
from support.programs import call, heapcoach_run, preloaded_run

HERE = Path(__file__).parent
JEMALLOC = Path("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2")


def ways(command, folder, **options):
    """The bare program's result, and those of the two ways to record it."""
    folders = [folder / "run", folder / "preload"]
    for f in folders:
        f.mkdir()
    bare = call(command, cwd=folders[0], stdin=options.get("stdin", b""))
    return bare, heapcoach_run(command, folders[0], cwd=folders[0], **options), preloaded_run(
        command, folders[1], **options
    )  # fmt: skip


def test_every_function_of_the_malloc_api_answers_as_before(tmp_path):
    bare, run, preloaded = ways([c.build(HERE / "malloc_api.c")], tmp_path)
    assert bare.returncode == 7 and b"MISALIGNED" not in bare.stdout
    assert run.stdout.decode() == bare.stdout.decode()
    assert preloaded.stdout.decode() == bare.stdout.decode()
    assert (run.status, preloaded.status) == (7, 7)


def test_the_surroundings_are_as_before(tmp_path):
    bare, run, preloaded = ways([c.build(HERE / "surroundings.c")], tmp_path)
    assert b"in another folder" in bare.stdout
    # each ran in a folder of its own, which the shell tells by PWD only: not set here
    assert run.stdout.decode() == bare.stdout.decode()
    assert preloaded.stdout.decode() == bare.stdout.decode()
    assert run.profile["heapcoach"]["totals"]["blocks"] >= 4 * 1999


def test_streams_arguments_and_status_pass_through(program, tmp_path):
    stdin = "one\nzwölf\nthree\n".encode()
    command = [program("streams"), "--top", "-o", "a b", "--", ""]
    bare, run, preloaded = ways(command, tmp_path, stdin=stdin)
    assert bare.returncode == 3
    for recorded in (run, preloaded):
        assert recorded.status == 3
        assert recorded.stdout == bare.stdout
    said = bare.stderr.decode().replace(str(tmp_path / "run"), "")
    assert run.stderr.decode().replace(str(tmp_path / "run"), "").startswith(said)
    assert preloaded.stderr.decode().replace(str(tmp_path / "preload"), "").startswith(said)
    # the report is heapcoach's talk: on stderr, after the program's own
    assert len(run.stderr) > len(bare.stderr)


def test_a_preloaded_library_prints_at_most_a_line(program, tmp_path):
    bare, _, preloaded = ways([program("vec_growth")], tmp_path)
    assert bare.stderr == b""
    assert preloaded.stderr.count(b"\n") <= 1


@pytest.mark.skipif(not JEMALLOC.exists(), reason="no libjemalloc2 here")
def test_another_preloaded_allocator_keeps_working_underneath(tmp_path):
    """The blocks' usable sizes show whose they are: jemalloc rounds 100000 to 114688."""
    command = [c.build(HERE / "malloc_api.c"), "standard"]
    bare = call(command, LD_PRELOAD=str(JEMALLOC))
    assert bare.returncode == 7 and b"usable 114688" in bare.stdout
    both = preloaded_run(command, tmp_path, preload=f"{LIBRARY}:{JEMALLOC}")
    assert both.stdout.decode() == bare.stdout.decode()
    assert both.status == bare.returncode
    assert both.profile["heapcoach"]["totals"]["blocks"] > 80000


def test_what_is_preloaded_besides_is_not_loaded_into_the_command(program, tmp_path):
    """Which the recorder starts when the program ends."""
    picky = c.build(HERE / "picky.c", "-shared", "-fPIC")
    assert call([HEAPCOACH, "help"], LD_PRELOAD=str(picky)).returncode == 99
    run = preloaded_run([program("ends"), "exit"], tmp_path, preload=f"{picky}:{LIBRARY}:{picky}")
    assert (run.status, run.stderr) == (3, b"") and run.profile["heapcoach"]["totals"]["blocks"] > 80


@pytest.mark.skipif(not JEMALLOC.exists(), reason="no libjemalloc2 here")
def test_counts_are_the_same_over_another_allocator(program, tmp_path):
    folders = [tmp_path / "glibc", tmp_path / "jemalloc"]
    for folder in folders:
        folder.mkdir()
    plain = preloaded_run([program("btreemap")], folders[0]).profile
    over = preloaded_run(
        [program("btreemap")], folders[1], preload=f"{LIBRARY}:{JEMALLOC}"
    ).profile

    def own(profile):
        names = [f.split(" (")[0].split(": ", 1)[-1] for f in profile["ftbl"]]
        found = [p for p in profile["pps"] if any("fill_tree" in names[i] for i in p["fs"])]
        return {k: sum(p[k] for p in found) for k in ("tb", "tbk", "gb", "gbk", "eb", "ebk")}

    assert own(plain) == own(over)
    assert own(plain)["tbk"] == 167
