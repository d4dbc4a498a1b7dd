"""Sampling: estimates against the exact profile of the same program, and what a sampled profile says of
itself.

The seed is given, so the samples of a thread are the same in every run; that the estimates lie within five
standard errors of the truth is then a property of the seed and the code, and nothing that may fail now and
then. The second thread's number is given by the order in which the threads start, which is fixed.

Not covered: what sampling costs (make bench), the arithmetic (tests/unit/test_sampler.c).
"""

import errno
import json
import math
from pathlib import Path

import pytest

from preload.test_follow import ALL
from preload.test_stress import KINDS
from preload.test_threads import MISSED, ODD
from support import c, rust
from support.dhat import Profile
from support.paths import HEAPCOACH, SAMPLE_LIBRARY
from support.programs import call, heapcoach_run, preloaded_run

HERE = Path(__file__).parent

MEAN = 16384
SIGMAS = 5
SEEDS = ("1", "2", "3")
FUNCTIONS = ("keep", "churn")
MPROTECT, PROT_EXEC = 10, 4


@pytest.fixture(scope="module")
def program():
    return rust.build("sampled")


def profile_of(program, folder, *arguments, **env) -> dict:
    folder.mkdir(exist_ok=True)
    run = heapcoach_run([program, *arguments], folder, **env)
    assert run.status == 0
    return run.profile


@pytest.fixture(scope="module")
def exact(program, tmp_path_factory):
    return profile_of(program, tmp_path_factory.mktemp("exact"))


def sampled(program, folder, seed: str, *arguments) -> dict:
    env = {"HEAPCOACH_SAMPLE": str(MEAN), "HEAPCOACH_SAMPLE_SEED": seed}
    return profile_of(program, folder, *arguments, **env)


def blocks_error(profile: dict) -> float:
    """The standard error of the estimated number of blocks, from the exact profile: a block of s bytes adds
    (1 - p) / p to the variance. Its size is known to be at least that of its bucket."""
    variance = 0.0
    for point in profile["pps"]:
        for bucket, count in point["hc"].get("sz", []):
            p = -math.expm1(-(2**bucket) / MEAN)
            variance += count * (1 - p) / p
    return math.sqrt(variance)


def bytes_error(total: int) -> float:
    """It is below this: s^2 (1 - p) / p < s MEAN."""
    return math.sqrt(MEAN * total)


def of_function(profile: dict, name: str, key: str) -> int:
    frames = profile["heapcoach"]["frames"]
    wanted = {i for i, f in enumerate(frames) if f and f.get("fn", "") == f"sampled::{name}"}
    assert wanted
    return sum(p[key] for p in profile["pps"] if wanted & set(p["fs"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_estimates_are_the_exact_totals_within_their_error(seed, program, exact, tmp_path):
    estimate = sampled(program, tmp_path, seed)
    right, found = exact["heapcoach"]["totals"], estimate["heapcoach"]["totals"]
    assert right["blocks"] > 180_000
    assert found["blocks"] != right["blocks"]
    assert abs(found["blocks"] - right["blocks"]) < SIGMAS * blocks_error(exact)
    for key in ("bytes", "end_bytes", "peak_bytes"):
        assert abs(found[key] - right[key]) < SIGMAS * bytes_error(right[key]), key
    for function in FUNCTIONS:
        total = of_function(exact, function, "tb")
        assert abs(of_function(estimate, function, "tb") - total) < SIGMAS * bytes_error(total)
    # what was kept: 20,000 blocks of 1,000 bytes
    end = of_function(estimate, "keep", "ebk")
    assert abs(end - 20_000) < SIGMAS * math.sqrt(20_000 * MEAN / 1000)
    assert of_function(estimate, "churn", "ebk") == 0


def test_the_error_that_a_profile_tells_is_the_one_of_theory(program, exact, tmp_path):
    estimate = sampled(program, tmp_path, "1")
    own = estimate["heapcoach"]["sampling"]
    assert (own["bytes"], own["seed"]) == (MEAN, 1)
    total = exact["heapcoach"]["totals"]["bytes"]
    # of blocks far below the mean; the bigger half of the bytes here is not
    assert 0.2 * bytes_error(total) < own["bytes_error"] < bytes_error(total)
    assert 0.5 * blocks_error(exact) < own["blocks_error"] < 1.5 * blocks_error(exact)
    assert own["sampled"] == sum(p["hc"].get("sampled", 0) for p in estimate["pps"])
    for key in ("blocks_error", "bytes_error"):
        by_point = math.hypot(*(p["hc"].get(key, 0) for p in estimate["pps"]))
        assert by_point == pytest.approx(own[key], rel=0.01)
    assert estimate["verb"] == "Allocated (estimated)"
    assert "sampling" not in exact["heapcoach"] and exact["verb"] == "Allocated"


def test_the_same_seed_gives_the_same_samples(program, tmp_path):
    first, again = (sampled(program, tmp_path / n, "7", "grow") for n in ("a", "b"))
    other = sampled(program, tmp_path / "c", "8", "grow")
    figures = [[(p["tb"], p["tbk"], p["hc"]["sampled"]) for p in f["pps"]] for f in (first, again, other)]
    assert figures[0] == figures[1] != figures[2]


def test_a_realloc_counts_as_a_free_and_an_allocation(program, tmp_path):
    exact = profile_of(program, tmp_path / "exact", "grow")["heapcoach"]["totals"]
    estimate = sampled(program, tmp_path / "sampled", "1", "grow")
    found = estimate["heapcoach"]["totals"]
    assert exact["reallocs"] >= 200 * 10
    assert found["reallocs"] == 0
    own = estimate["heapcoach"]["sampling"]
    assert 0 < own["reallocs_error"] <= own["blocks_error"]
    assert abs(own["reallocs"] - exact["reallocs"]) < SIGMAS * own["reallocs_error"]
    assert own["reallocs"] < found["blocks"]
    # the new sizes of all reallocs are in both
    assert abs(found["bytes"] - exact["bytes"]) < SIGMAS * bytes_error(exact["bytes"])
    assert found["end_bytes"] < exact["end_bytes"] + SIGMAS * bytes_error(exact["bytes"]) / 10
    assert {p["hc"]["fn"] for p in estimate["pps"]} >= {"realloc"}
    recorder = estimate["heapcoach"]["recorder"]
    assert recorder["frees_unknown"] == recorder["blocks_overwritten"] == 0
    assert not recorder["truncated"]


def test_every_report_says_that_it_is_an_estimate(program, tmp_path):
    done = call([HEAPCOACH, "run", "--sample", "16k", "-o", tmp_path / "p.json", "--", program, "grow"])
    assert done.returncode == 0
    assert b"(sampled)" in done.stderr
    report = call([HEAPCOACH, "report", tmp_path / "p.json"]).stdout.decode()
    assert "All figures are estimates" in report and "growth and its copies" in report
    assert "reallocs" not in report.split("About this recording")[0]
    exact = tmp_path / "exact.json"
    assert call([HEAPCOACH, "run", "-q", "-o", exact, "--", program, "grow"]).returncode == 0
    diff = call([HEAPCOACH, "diff", exact, tmp_path / "p.json"])
    assert "is sampled: its figures are estimates" in " ".join(diff.stdout.decode().split())
    check = call([HEAPCOACH, "check", "--max-total-blocks", "1000000000", tmp_path / "p.json"])
    assert check.returncode == 0 and b"(an estimate, standard error at most " in check.stdout
    assert b"too near" not in check.stdout
    own = json.loads((tmp_path / "p.json").read_text())["heapcoach"]["totals"]
    check = call([HEAPCOACH, "check", "--max-total-bytes", str(own["bytes"] - 1), tmp_path / "p.json"])
    assert check.returncode == 1 and b"too near to the limit to be sure" in check.stdout
    for form in ("json", "markdown"):
        report = call([HEAPCOACH, "report", "--format", form, tmp_path / "p.json"]).stdout.decode()
        assert "All figures are estimates" in report and "Standard errors: bytes allocated" in report
    # a limit on what a sampled profile does not know must not pass
    check = call([HEAPCOACH, "check", "--max-reallocs", "5", tmp_path / "p.json"])
    assert check.returncode == 2 and b"reallocs" in check.stderr


def test_rules_that_need_every_event_are_not_asked(program, tmp_path):
    for name, options in (("exact", []), ("sampled", ["--sample", "4k"])):
        out = tmp_path / f"{name}.json"
        assert call([HEAPCOACH, "run", "-q", *options, "-o", out, "--", program, "grow"]).returncode == 0
    exact, estimate = (
        call([HEAPCOACH, "report", "--all", tmp_path / f"{name}.json"]).stdout.decode()
        for name in ("exact", "sampled")
    )
    assert "explain growth" in exact
    assert "explain growth" not in estimate


@pytest.mark.parametrize("mean", ["1", "100", "1m"])
def test_the_malloc_api_answers_as_before(mean, tmp_path):
    api = c.build(HERE / "malloc_api.c")
    run = preloaded_run([api], tmp_path, preload=str(SAMPLE_LIBRARY), HEAPCOACH_SAMPLE=mean)
    assert (run.status, run.stdout) == (7, call([api]).stdout)
    assert run.profile["heapcoach"]["sampling"]["bytes"] == {"1": 1, "100": 100, "1m": 1 << 20}[mean]
    assert run.profile["heapcoach"]["recorder"]["frees_unknown"] == 0


# ---- malloc and free of x86-64, whose code is written when the real functions are known ----


def test_what_is_not_sampled_goes_straight_to_the_real_functions(tmp_path):
    straight = c.build(HERE / "straight.c")
    run = preloaded_run([straight], tmp_path, preload=str(SAMPLE_LIBRARY), HEAPCOACH_SAMPLE="1")
    assert (run.status, run.stdout, run.stderr) == (3, b"malloc: straight\nfree: straight\n", b"")
    assert Profile(run.profile).sums_below("short_lived", ("tb", "tbk", "eb")) == {"tb": 100000, "tbk": 1000, "eb": 0}


def test_where_code_may_not_be_written_pointers_lead_there(tmp_path):
    """As under MemoryDenyWriteExecute= of systemd: no mprotect that makes something executable."""
    straight, sandbox = c.build(HERE / "straight.c"), c.build(HERE / "sandbox.c")
    done = call(
        [sandbox, str(errno.EPERM), f"{MPROTECT}%{PROT_EXEC}", "--", "env", f"LD_PRELOAD={SAMPLE_LIBRARY}",
         "HEAPCOACH_SAMPLE=1", f"HEAPCOACH_DIR={tmp_path}", straight],
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip("no seccomp here")
    assert (done.returncode, done.stderr) == (3, b"")
    assert done.stdout == b"malloc: by way of a pointer\nfree: by way of a pointer\n"
    profile = Profile(json.loads(next(tmp_path.glob("*.json")).read_text()))
    assert profile.sums_below("short_lived", ("tb", "tbk", "eb")) == {"tb": 100000, "tbk": 1000, "eb": 0}


@pytest.mark.parametrize("wrong", ["0", "-1", "65m", "512kb", "k", "1g", "99999999999999999999"])
def test_a_sample_that_makes_no_sense_is_refused(wrong, program, tmp_path):
    done = call([HEAPCOACH, "run", "--sample", wrong, "-o", tmp_path / "p.json", "--", program, "grow"])
    assert done.returncode == 2
    assert b"--sample" in done.stderr and b"512k" in done.stderr
    assert not (tmp_path / "p.json").exists()


# ---- with a mean of one byte all blocks of 24 bytes and more are sampled, and stand for themselves ----


def sample_all(command, folder, **env) -> Profile:
    run = heapcoach_run(command, folder, HEAPCOACH_SAMPLE="1", HEAPCOACH_SAMPLE_SEED="1", **env)
    assert (run.status, run.stderr.count(b"heapcoach:")) == (0, 2), run.stderr
    recorder = run.profile["heapcoach"]["recorder"]
    assert {key: recorder[key] for key in MISSED} == dict.fromkeys(MISSED, 0)
    return Profile(run.profile)


def test_a_first_free_and_requests_that_fail_do_no_harm(tmp_path):
    profile = sample_all([c.build(HERE / "sample_edges.c")], tmp_path)
    for function, live in (("in_kept", 1000), ("in_dropped", 0)):
        assert profile.sums_below(function, ("tb", "tbk", "ebk")) == {
            "tb": 100_000, "tbk": 1000, "ebk": live,
        }  # fmt: skip
    assert profile.sums_below("handle", ("tbk", "ebk")) == {"tbk": 1000, "ebk": 0}
    # of one byte each, of which 1 - 1/e are sampled and stand for 1.58 blocks
    empty = profile.sums_below("in_empty", ("tbk",))["tbk"]
    assert empty != 1000 and abs(empty - 1000) < SIGMAS * math.sqrt(1000 / (math.e - 1))
    assert all(pp["hc"]["fn"] in ("malloc", "calloc") for pp in profile.data["pps"])


@pytest.mark.parametrize("kind", ODD)
def test_threads_signals_and_jumps_are_seen_as_without_sampling(kind, tmp_path):
    function, size, blocks, live = ODD[kind]
    profile = sample_all([c.build(HERE / "odd_threads.c"), kind], tmp_path)
    sums = profile.sums_below(function, ("tb", "tbk", "ebk"))
    if kind == "thousand":  # its other half are 8 bytes
        assert abs(sums["tbk"] - blocks) < 20 and abs(sums["ebk"] - live) < 20
    elif kind != "destructors":  # where reallocs are births
        assert sums == {"tb": size, "tbk": blocks, "ebk": live}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mean", ["1", "500"])
def test_what_is_sampled_is_seen_to_die_whoever_frees_it(kind, mean, tmp_path):
    stress = c.build(HERE / "stress.c", "-O2")
    run = heapcoach_run([stress, kind], tmp_path, HEAPCOACH_SAMPLE=mean, HEAPCOACH_SAMPLE_SEED="5")
    assert run.status == 0 and b"wrong 0" in run.stdout
    recorder = run.profile["heapcoach"]["recorder"]
    assert {key: recorder[key] for key in MISSED} == dict.fromkeys(MISSED, 0)
    sums = Profile(run.profile).sums_below("make", ("tbk", "ebk", "eb"))
    assert sums["tbk"] > 50 and (sums["ebk"], sums["eb"]) == (0, 0)


@pytest.mark.parametrize("how", ["fork", "exec", "command"])
def test_children_that_are_followed_have_samples_of_their_own(how, tmp_path):
    work = []
    done = call([HEAPCOACH, "run", "--follow", "all", "--sample", "1", "--", rust.build("processes"), how],
                cwd=tmp_path, TMPDIR=str(tmp_path))  # fmt: skip
    assert done.returncode == 0
    for path in tmp_path.glob("heapcoach.*.json"):
        profile = Profile.read(path)
        assert profile.data["heapcoach"]["sampling"]["bytes"] == 1
        work.append(profile.sums_below("work", ("tbk",))["tbk"])
    assert sorted(work) == ALL[how]


def test_a_vforked_child_is_its_parent(tmp_path):
    """But for the first one: the parent has no counters yet, and those of a child would not be its own."""
    run = heapcoach_run([c.build(HERE / "vforking.c")], tmp_path, HEAPCOACH_SAMPLE="1")
    profile = Profile(run.profile)
    assert run.status == 0 and profile.data["heapcoach"]["recorder"]["events_missed_early"] == 1
    assert profile.sums_below("in_child", ("tbk", "ebk")) == {"tbk": 49, "ebk": 0}
    assert profile.sums_below("in_parent", ("tbk", "ebk")) == {"tbk": 100, "ebk": 100}


def test_their_stacks_are_libunwinds(tmp_path):
    profile = sample_all([c.build(HERE / "odd_threads.c"), "coroutines"], tmp_path, HEAPCOACH_CHECK_UNWIND="1")
    walks = profile.data["heapcoach"]["recorder"]["walks"]
    assert walks["checked"] >= 16000 and walks["differences"] == 0


def test_the_library_of_every_event_says_that_it_does_not_sample(program, tmp_path):
    run = preloaded_run([program, "grow"], tmp_path, HEAPCOACH_SAMPLE="512k")
    assert b"every event is recorded: HEAPCOACH_SAMPLE is for libheapcoach_sample.so" in run.stderr
    assert "sampling" not in run.profile["heapcoach"]


@pytest.mark.parametrize("wrong", ["0", "512kb", "65m", "x"])
def test_the_library_that_samples_says_what_it_takes_instead(wrong, program, tmp_path):
    run = preloaded_run([program, "grow"], tmp_path, preload=str(SAMPLE_LIBRARY), HEAPCOACH_SAMPLE=wrong)
    assert b"HEAPCOACH_SAMPLE is not a number of bytes from 1 to 64m, using 512k: " in run.stderr
    assert run.profile["heapcoach"]["sampling"]["bytes"] == 512 << 10
