"""`heapcoach run`: the program behaves as without us (streams, arguments, signals, terminal, exit status),
what is refused is refused before it starts, and the recording is gone afterwards or is kept where the
profile could not be made. What the profile holds is tested elsewhere; here one allocation shows that
there is one."""

import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.paths import HEAPCOACH, LIBRARY
from support.programs import TIMEOUT_S, call, clean_environment

CC = os.environ.get("CC", "gcc").split()

# Says what it gets: arguments, environment, signals. `counted` allocations of 1000 bytes.
PROGRAM = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t got[65];
static void count(int n) { got[n]++; }

static int wait_for_signals(void)
{
    struct sigaction act = {.sa_handler = count};
    int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGALRM};
    sigset_t none, some;
    sigfillset(&some);
    sigprocmask(SIG_BLOCK, &some, &none);
    for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        sigaction(all[i], &act, NULL);
    write(1, "ready\n", 6);
    while (!got[SIGUSR2])
        sigsuspend(&none);
    for (int n = 1; n < 65; n++)
        if (got[n])
            printf("%d:%d\n", n, got[n]);
    return 0;
}

int main(int argc, char **argv)
{
    char *volatile block = malloc(1000);
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "exit"))
        return atoi(argv[2]);
    if (!strcmp(what, "kill"))
        raise(atoi(argv[2]));
    if (!strcmp(what, "_exit"))
        _exit(atoi(argv[2]));
    if (!strcmp(what, "exec"))
        execv(argv[2], argv + 2);
    if (!strcmp(what, "args"))
        for (int i = 0; i < argc; i++)
            printf("[%s]\n", argv[i]);
    if (!strcmp(what, "env"))
        printf("%s\n", getenv(argv[2]) ? getenv(argv[2]) : "(none)");
    if (!strcmp(what, "signals"))
        return wait_for_signals();
    if (!strcmp(what, "block-chld")) {
        struct sigaction act;
        sigset_t mask;
        sigaction(SIGCHLD, NULL, &act);
        sigprocmask(SIG_BLOCK, NULL, &mask);
        printf("%s %d\n", act.sa_handler == SIG_IGN ? "ignored" : "default",
               sigismember(&mask, SIGTERM));
    }
    if (!strcmp(what, "copy")) {
        int c;
        while ((c = getchar()) != EOF)
            putchar(c);
        fprintf(stderr, "talk\n");
    }
    free(block);
    return 0;
}
"""


@pytest.fixture(scope="session")
def program(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "program.c").write_text(PROGRAM)
    file = folder / "prog"
    subprocess.run([*CC, "-g", "-O1", "-o", file, folder / "program.c"], check=True)
    return file


def run(cwd: Path, *command, stdin: bytes = b"", **env):
    return call([HEAPCOACH, "run", *command], cwd=cwd, stdin=stdin, TMPDIR=str(cwd), **env)


def left_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def profile_of(done, folder: Path) -> dict:
    name = re.search(r"heapcoach: wrote (\S+);", done.stderr.decode()).group(1)
    return json.loads((folder / name).read_text())


# ---- the program is as without us ----


@pytest.mark.parametrize("status", [0, 1, 2, 77, 126, 127, 255])
@pytest.mark.parametrize("how", ["exit", "_exit"])
def test_exit_status_is_passed_on(program, tmp_path, how, status):
    done = run(tmp_path, program, how, status)
    assert done.returncode == status
    assert profile_of(done, tmp_path)["pps"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
def test_death_by_a_signal_is_128_and_its_number(program, tmp_path, number):
    done = run(tmp_path, program, "kill", int(number))
    assert done.returncode == 128 + number
    profile = profile_of(done, tmp_path)
    assert sum(p["eb"] for p in profile["pps"]) >= 1000
    assert profile["heapcoach"]["recorder"]["sealed"] is False


def test_arguments_are_passed_on_as_they_are(program, tmp_path):
    words = ["args", "", "--", "-o", "x", "a b", "*", "--help", "ü"]
    done = run(tmp_path, "--", program, *words)
    assert done.stdout.decode() == "".join(f"[{w}]\n" for w in [program, *words])
    assert left_in(tmp_path) == [Path(profile_name(done)).name]


def profile_name(done) -> str:
    return re.search(r"heapcoach: wrote (\S+);", done.stderr.decode()).group(1)


def test_what_the_program_took_is_in_the_profile(program, tmp_path):
    took = profile_of(run(tmp_path, program), tmp_path)["heapcoach"]["program"]
    assert took["cpu_ns"] > took["recorder_ns"] > 0
    assert took["page_faults"] > 20  # its own code and stack alone have as many pages


def test_options_after_the_program_are_its_own(program, tmp_path):
    done = run(tmp_path, program, "args", "-q", "--quiet")
    assert done.stdout.decode().endswith("[-q]\n[--quiet]\n")
    assert b"heapcoach: wrote" in done.stderr


def test_streams_are_the_programs(program, tmp_path):
    data = bytes(range(256)) * 1000
    done = run(tmp_path, "-q", program, "copy", stdin=data)
    assert done.stdout == data
    assert done.stderr == b"talk\n"


def test_a_program_is_found_in_path(program, tmp_path):
    done = run(tmp_path, "prog", "args", PATH=f"/nowhere:{program.parent}")
    assert done.stdout == b"[prog]\n[args]\n"  # argv[0] is what the user typed


def test_other_preloaded_libraries_stay(program, tmp_path):
    """Seen from a library constructor's side: the loader opens both; ours is the first."""
    text = '#include <stdio.h>\n__attribute__((constructor)) static void c(void) { puts("other"); }\n'
    (tmp_path / "o.c").write_text(text)
    other = tmp_path / "other.so"
    subprocess.run([*CC, "-shared", "-fPIC", "-o", other, tmp_path / "o.c"], check=True)
    done = run(tmp_path, program, "env", "LD_PRELOAD", LD_PRELOAD=str(other))
    # loaded into heapcoach and into the program, which does not see ours
    assert sorted(done.stdout.decode().split()) == sorted(["other", "other", str(other)])
    assert profile_of(done, tmp_path)["pps"]


def test_what_our_starter_ignores_or_blocks_stays_so(program, tmp_path):
    def before():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])

    done = subprocess.run(
        [HEAPCOACH, "run", "-q", program, "block-chld"],
        cwd=tmp_path, capture_output=True, preexec_fn=before, env=clean_environment(TMPDIR=str(tmp_path)),
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ignored 1\n", b"")


# ---- signals ----


def start(program: Path, folder: Path, **more) -> subprocess.Popen:
    child = subprocess.Popen(
        [HEAPCOACH, "run", "-q", program, "signals"],
        cwd=folder, stdout=subprocess.PIPE, env=clean_environment(TMPDIR=str(folder)), **more,
    )  # fmt: skip
    assert child.stdout.readline() == b"ready\n"
    return child


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGWINCH"])
def test_a_signal_to_heapcoach_reaches_the_program(program, tmp_path, name):
    number = signal.Signals[name]
    child = start(program, tmp_path)
    child.send_signal(number)
    wait_until_taken(child, number)
    child.send_signal(signal.SIGUSR2)
    out, _ = child.communicate(timeout=TIMEOUT_S)
    assert child.returncode == 0
    assert f"{int(number)}:1" in out.decode().splitlines()


def wait_until_taken(child: subprocess.Popen, number: int) -> None:
    """Until no process has the signal pending: SIGUSR2, which ends the program, must not overtake it."""
    bit = 1 << (number - 1)
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        pids = [child.pid, *children_of(child.pid)]
        if not any(pending(pid) & bit for pid in pids):
            return
        os.sched_yield()
    pytest.fail("the signal was never taken")


def children_of(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def pending(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^ShdPnd:\s*(\w+)", status, re.M).group(1), 16)


class Terminal:
    """A command as the first process of a terminal of its own."""

    def __init__(self, folder: Path, *command: str):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(command[0], command, clean_environment(TMPDIR=str(folder)))
        self.seen = b""

    def expect(self, text: bytes) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.seen
            try:
                self.seen += os.read(self.master, 4096)
            except OSError:
                break
        assert text in self.seen, self.seen

    def type(self, key: bytes) -> None:
        os.write(self.master, key)

    def end(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


def test_control_c_reaches_the_program_once(program, tmp_path):
    terminal = Terminal(tmp_path, str(HEAPCOACH), "run", "-q", str(program), "signals")
    terminal.expect(b"ready")
    terminal.type(b"\x03")
    terminal.expect(b"^C")
    inner = children_of(terminal.pid)[0]
    deadline = time.monotonic() + TIMEOUT_S
    while (pending(inner) or pending(terminal.pid)) and time.monotonic() < deadline:
        os.sched_yield()
    os.kill(terminal.pid, signal.SIGUSR2)
    terminal.expect(b"12:1")
    assert b"^C2:1\r\n" in terminal.seen  # SIGINT, once
    assert terminal.end() == 0


# What a shell with job control does: a group of its own for the job, in the foreground; when the job
# has stopped it says so and lets the whole group go on.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
assert os.WIFSTOPPED(status), status
os.write(1, b"job has stopped\\n")
os.tcsetpgrp(0, job)
os.killpg(job, signal.SIGCONT)
os.kill(job, signal.SIGUSR2)
_, status = os.waitpid(job, 0)
os._exit(os.waitstatus_to_exitcode(status))
"""


def test_control_z_stops_both_and_both_go_on(program, tmp_path):
    command = [str(HEAPCOACH), "run", "-q", str(program), "signals"]
    terminal = Terminal(tmp_path, sys.executable, "-c", SHELL, *command)
    terminal.expect(b"ready")
    terminal.type(b"\x1a")
    terminal.expect(b"job has stopped")
    terminal.expect(b"12:1")
    assert terminal.end() == 0


# ---- the profile ----


def test_the_profile_has_its_usual_name(program, tmp_path):
    done = run(tmp_path, program)
    assert re.fullmatch(r"heapcoach\.prog\.\d+\.json", profile_name(done))
    assert left_in(tmp_path) == [profile_name(done)]
    profile = profile_of(done, tmp_path)
    assert str(profile["pid"]) == profile_name(done).split(".")[2]


def test_the_profile_is_written_where_it_is_wanted(program, tmp_path):
    target = tmp_path / "deep" / "p.json"
    target.parent.mkdir()
    target.write_text("older")
    done = run(tmp_path, "-o", target, program)
    assert done.returncode == 0
    assert json.loads(target.read_text())["pps"]
    assert left_in(tmp_path) == ["deep"] and left_in(target.parent) == ["p.json"]


def test_heapcoach_dir_holds_the_profile_and_nothing_more(program, tmp_path):
    folder = tmp_path / "dir"
    folder.mkdir()
    done = run(tmp_path, program, HEAPCOACH_DIR="dir")
    assert done.returncode == 0
    assert [name.split(".")[0] for name in left_in(folder)] == ["heapcoach"]
    assert left_in(tmp_path) == ["dir"]


def test_the_report_in_brief(program, tmp_path):
    done = run(tmp_path, program)
    text = done.stderr.decode()
    assert re.search(r"^heapcoach: prog allocated [\d,.]+ k?B in \d+ blocks?, peak ", text)
    assert "program.c:" in text


FOLLOW = "--follow NAME"


def test_of_a_program_that_ends_by_exec_a_line_says_how_to_follow(program, tmp_path):
    """That it was exec is not seen: _exit looks the same, and is not told apart."""
    for how, hint in [(("exec", "/bin/true"), True), (("_exit", 0), True), (("exit", 0), False),
                      (("kill", 9), False)]:  # fmt: skip
        lines = run(tmp_path, program, *how).stderr.decode().splitlines()
        assert [FOLLOW in line for line in lines].count(True) == hint, how
    assert FOLLOW not in run(tmp_path, "--follow", "prog", program, "_exit", 0).stderr.decode()
    assert run(tmp_path, "-q", program, "_exit", 0).stderr == b""
    report = call([HEAPCOACH, "report", profile_name(run(tmp_path, program, "_exit", 0))], cwd=tmp_path)
    assert FOLLOW in " ".join(report.stdout.decode().split())


@pytest.mark.parametrize("name, real", [("cargo", "cargo"), ("rustup", "rustup"), ("cargo", "rustup")])
def test_of_cargo_a_line_says_how_to_profile_what_it_runs(program, tmp_path, name, real):
    """Also where it ends well, after it has waited for what it started. rustup is cargo by a link."""
    shutil.copy(program, tmp_path / real)
    if name != real:
        (tmp_path / name).symlink_to(real)
    for how in [("exit", 0), ("exec", "/bin/true")]:
        text = run(tmp_path, tmp_path / name, *how).stderr.decode()
        (line,) = [line for line in text.splitlines() if FOLLOW in line]
        assert line.startswith(f"heapcoach: this is {name} itself, not what it starts: ")
        assert "run the built program" in line and f"{FOLLOW} -- cargo" in line


def test_quiet_says_nothing(program, tmp_path):
    done = run(tmp_path, "--quiet", program)
    assert (done.stdout, done.stderr) == (b"", b"")
    assert len(left_in(tmp_path)) == 1


def test_the_recording_is_private_while_the_program_runs(program, tmp_path):
    child = start(program, tmp_path)
    folder = next(tmp_path.glob("heapcoach-run-*"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "recording").stat().st_mode & 0o077 == 0
    child.send_signal(signal.SIGUSR2)
    child.communicate(timeout=TIMEOUT_S)
    assert not folder.exists()


def test_a_folder_with_a_blank_and_a_colon_works(program, tmp_path):
    copy = tmp_path / "a b:c"
    copy.mkdir()
    for file in (HEAPCOACH, LIBRARY):
        shutil.copy(file, copy)
    (tmp_path / "t").mkdir()
    done = call([copy / "heapcoach", "run", program], cwd=tmp_path, TMPDIR=str(tmp_path / "t"))
    assert profile_of(done, tmp_path)["pps"]
    assert left_in(tmp_path / "t") == []


# ---- refused before the program starts ----


def refused(done, status: int, said: str) -> None:
    text = done.stderr.decode()
    assert done.returncode == status, done
    assert done.stdout == b""
    assert said in text and text.startswith("heapcoach: ") and text.count("\n") == 1, text


def test_no_such_program(tmp_path):
    refused(run(tmp_path, tmp_path / "none"), 127, "no such program")
    refused(run(tmp_path, "no-such-program-anywhere"), 127, "no such program in PATH")


def test_a_program_that_must_not_be_executed(program, tmp_path):
    copy = Path(shutil.copy(program, tmp_path / "copy"))
    copy.chmod(0o644)
    refused(run(tmp_path, copy), 126, "must not be executed")
    refused(run(tmp_path, tmp_path), 126, "found a folder")


def test_a_loader_that_is_missing(tmp_path):
    (tmp_path / "m.c").write_text("int main(void) { return 0; }\n")
    file = tmp_path / "m"
    flag = "-Wl,--dynamic-linker=/no/such/loader.so"
    subprocess.run([*CC, "-o", file, tmp_path / "m.c", flag], check=True)
    refused(run(tmp_path, file), 127, "cannot be started: No such file")
    assert left_in(tmp_path) == ["m", "m.c"]


@pytest.mark.parametrize(
    "output, said",
    [("none/p.json", "No such file"), (".", "found a folder"), ("file/p.json", "Not a directory")],
)
def test_a_place_where_the_profile_cannot_go(program, tmp_path, output, said):
    (tmp_path / "file").touch()
    refused(run(tmp_path, "-o", output, program, "args"), 2, said)
    assert left_in(tmp_path) == ["file"]


def test_a_dir_that_is_not_there(program, tmp_path):
    refused(run(tmp_path, program, "args", HEAPCOACH_DIR="/no/such"), 2, "/no/such")


def test_a_missing_recorder(program, tmp_path):
    copy = tmp_path / "heapcoach"
    shutil.copy(HEAPCOACH, copy)
    done = call([copy, "run", program, "args"], cwd=tmp_path)
    refused(done, 2, "libheapcoach.so: expected the recorder beside the command")


# ---- when the profile cannot be made ----


def test_a_limit_on_file_sizes_is_told(program, tmp_path):
    """1 KiB is too little for the profile; the recording was made before, without the limit."""
    recording = tmp_path / "r.rec"
    call([program], LD_PRELOAD=str(LIBRARY), HEAPCOACH_RECORDING=str(recording), HEAPCOACH_FINISH="0")
    target = tmp_path / "p.json"
    target.write_text("older")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    done = subprocess.run(
        [HEAPCOACH, "finish", "-o", target, recording],
        capture_output=True, preexec_fn=limit, env=clean_environment(),
    )  # fmt: skip
    assert done.returncode == 2
    assert b"File too large" in done.stderr and done.stderr.count(b"\n") == 1
    assert target.read_text() == "older"
    assert left_in(tmp_path) == ["p.json", "r.rec"]


def test_a_recording_is_kept_when_the_profile_fails(program, tmp_path):
    """The folder for the profile goes away while the program runs."""
    out = tmp_path / "out"
    out.mkdir()
    child = subprocess.Popen(
        [HEAPCOACH, "run", "-o", out / "p.json", program, "signals"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(TMPDIR=str(tmp_path)),
    )  # fmt: skip
    assert child.stdout.readline() == b"ready\n"
    out.rmdir()
    child.send_signal(signal.SIGUSR2)
    _, said = child.communicate(timeout=TIMEOUT_S)
    assert child.returncode == 2  # the program ended well, we did not
    recording = re.search(rb"heapcoach finish -o FILE (\S+)", said).group(1).decode()
    done = call([HEAPCOACH, "finish", "-o", tmp_path / "p.json", recording])
    assert done.returncode == 0
    assert json.loads((tmp_path / "p.json").read_text())["pps"]


def test_a_failed_profile_does_not_hide_the_programs_own_status(program, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    shell = f'rm -r "{out}"; exit 5'
    done = run(tmp_path, "-o", out / "p.json", "sh", "-c", shell)
    assert done.returncode == 5
    assert b"the recording is kept" in done.stderr


def test_tmpdir_that_is_missing_is_passed_over(program, tmp_path):
    done = call([HEAPCOACH, "run", program], cwd=tmp_path, TMPDIR="/no/such")
    assert done.returncode == 0 and profile_of(done, tmp_path)["pps"]


# ---- finish ----


def test_finish_makes_the_same_profile_again(program, tmp_path):
    """A recording left by hand, finished twice: the same bytes."""
    recording = tmp_path / "r.rec"
    done = call(
        [program], LD_PRELOAD=str(LIBRARY), HEAPCOACH_RECORDING=str(recording), HEAPCOACH_FINISH="0"
    )
    assert done.returncode == 0 and recording.exists()
    for name in ("a.json", "b.json"):
        done = call([HEAPCOACH, "finish", "-o", tmp_path / name, recording])
        assert done.returncode == 0
        assert f"heapcoach: wrote {tmp_path / name}" in done.stderr.decode()
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    done = call([HEAPCOACH, "report", recording])
    assert b"found a recording" in done.stderr


def test_finish_names_the_profile_itself(program, tmp_path):
    recording = tmp_path / "r.rec"
    call([program], LD_PRELOAD=str(LIBRARY), HEAPCOACH_RECORDING=str(recording), HEAPCOACH_FINISH="0")
    (tmp_path / "d").mkdir()
    call([HEAPCOACH, "finish", "--dir", tmp_path / "d", recording])
    assert re.fullmatch(r"heapcoach\.prog\.\d+\.json", left_in(tmp_path / "d")[0])
