"""The shape of the source: who may include whom, what the library exports and imports, formatting,
warnings, and that nothing of the machine it was written on is in it.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lint.sources import includes, own, text_of, tracked
from support.paths import BUILD, LIBRARY, ROOT, SAMPLE_LIBRARY

# Folder: folders (or files) it may include from. Both sides share three headers and no more.
SHARED = {"preload/recording_format.h", "preload/env_table.h", "preload/carried_list.h"}
MAY_INCLUDE = {
    "analyzer/cli": {"analyzer/cli", "analyzer/render", "analyzer/rules", "analyzer/core"},
    "analyzer/render": {"analyzer/render", "analyzer/core"},
    "analyzer/rules": {"analyzer/rules", "analyzer/core"},
    "analyzer/core": {"analyzer/core"} | SHARED,
    "preload": {"preload"},
}


def part_of(path: str) -> str:
    """analyzer/core for analyzer/core/x.h, preload for preload/x.h and all below."""
    parts = Path(path).parts
    return "/".join(parts[:2]) if parts[0] == "analyzer" else parts[0]


def wrong_includes() -> list[str]:
    return [
        f"{file} includes {wanted}"
        for file in own("preload/*.[ch]", "analyzer/*.[ch]")
        for wanted in includes(file)
        if part_of(wanted) not in MAY_INCLUDE[part_of(str(file))]
        and wanted not in MAY_INCLUDE[part_of(str(file))]
        # the command's help lists the environment variables
        and (part_of(str(file)), wanted) != ("analyzer/cli", "preload/env_table.h")
    ]


def test_includes_go_in_the_allowed_directions():
    assert len(own("preload/*.[ch]", "analyzer/*.[ch]")) > 40
    assert wrong_includes() == []


def test_includes_are_written_from_the_root():
    assert [
        f"{file}: {wanted}"
        for file in own("*.c", "*.h")
        for wanted in includes(file)
        if not (ROOT / wanted).exists()
    ] == []


of_both = pytest.mark.parametrize("library", [LIBRARY, SAMPLE_LIBRARY], ids=["exact", "sample"])


def dynamic_symbols(library: Path, kind: str) -> set[str]:
    listed = subprocess.run(
        ["nm", "-D", f"--{kind}-only", library], check=True, capture_output=True, text=True
    ).stdout
    return {line.split()[-1].split("@")[0] for line in listed.splitlines()}


def hooks() -> set[str]:
    return set(re.findall(r"^\s*HOOK\([^,]+, (\w+),", text_of(Path("preload/hooks_list.h")), re.M))


@of_both
def test_the_library_exports_the_interposed_functions_and_nothing_else(library):
    assert len(hooks()) >= 14
    assert dynamic_symbols(library, "defined") == hooks()


def allowed_imports() -> set[str]:
    lines = text_of(Path("tests/lint/imported_symbols.txt")).splitlines()
    return {line.split()[0] for line in lines if line and not line.startswith("#")}


@of_both
def test_the_library_imports_only_what_is_allowed(library):
    assert dynamic_symbols(library, "undefined") - allowed_imports() == set()


def test_no_allocating_function_is_allowed_to_be_imported():
    assert allowed_imports() & (hooks() | {"dlsym", "fopen", "printf", "pthread_getattr_np"}) == set()


@of_both
def test_the_library_needs_libc_and_nothing_else(library):
    listed = subprocess.run(["readelf", "-dW", library], check=True, capture_output=True, text=True)
    needed = re.findall(r"\(NEEDED\).*\[(.+?)\]", listed.stdout)
    assert set(needed) <= {"libc.so.6", "ld-linux-x86-64.so.2"}


@of_both
def test_the_library_takes_little_thread_local_memory(library):
    """Static TLS is scarce where a library is loaded late: less than 64 bytes."""
    listed = subprocess.run(["readelf", "-lW", library], check=True, capture_output=True, text=True)
    sizes = [int(line.split()[5], 16) for line in listed.stdout.splitlines() if " TLS " in line]
    assert sum(sizes) <= 64


@pytest.mark.last
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_all_is_compiled_without_a_warning(compiler):
    folder = BUILD / f"lint-{compiler}"
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        ["make", f"BUILD={folder}", f"CC={compiler}", "WERROR=1", "all"],
        cwd=ROOT, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "warning:" not in done.stderr


# misuse on purpose: malloc_api.c asks for alignments that are not powers of two
TOLERATED = ["-Wno-unknown-warning-option", "-Wno-non-power-of-two-alignment"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_tests_are_compiled_without_a_warning(compiler):
    flags = "-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror -I."
    files = [str(f) for f in own("tests/unit/*.c", "tests/preload/*.c", "tests/fuzz/*.c")]
    done = subprocess.run(
        [compiler, *flags.split(), *TOLERATED, "-fsyntax-only", *files],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]


def test_c_files_are_formatted():
    tool = shutil.which("clang-format-14")
    if tool is None:
        pytest.skip("clang-format 14 is what the files are formatted with, and it is not here")
    files = [str(f) for f in own("*.c", "*.h")]
    done = subprocess.run(
        [tool, "--dry-run", "-Werror", *files], cwd=ROOT, capture_output=True, text=True
    )
    unformatted = sorted({line.split(":")[0] for line in done.stderr.splitlines() if "error:" in line})
    assert unformatted == []


def test_every_source_file_says_first_what_it_is_for():
    def opens_with_comment(file: Path) -> bool:
        text = text_of(file)
        return text.startswith(("/*", "//", '"""', "#!")) or file.name == "__init__.py"

    files = own("*.c", "*.h", "*.mjs", "tests/*.py", "tests/rust/*.rs", "tests/bench/*.rs")
    assert [str(f) for f in files if not opens_with_comment(f)] == []


def test_nothing_of_the_machine_it_was_written_on_is_in_it():
    """Absolute paths of working folders, and words that put work off."""
    paths = re.compile(r"/work/(?:main|shared|\.library)|/root/|\.pyenv|/tmp/(?:brief|probe)")
    later = re.compile("TO" + "DO|FIX" + r"ME|\bXX" + r"X\b|HA" + r"CK\b")
    found = []
    for file in tracked():
        try:
            text = text_of(file)
        except UnicodeDecodeError:
            continue  # not text
        for number, line in enumerate(text.splitlines(), 1):
            ours = "vendor" not in file.parts and file != Path("tests/lint/test_shape.py")
            if ours and (paths.search(line) or later.search(line)):
                found.append(f"{file}:{number}: {line.strip()[:100]}")
    assert found == []


def test_make_help_lists_the_targets():
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for target in ("all", "test", "demo", "bench", "unit", "lint", "format", "deps", "clean", "help"):
        assert re.search(rf"^{target}\s+\S", listed, re.M), target
