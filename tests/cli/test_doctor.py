"""`heapcoach doctor`: each thing that keeps a program from being profiled, found in a program that has
it, with what to change; and `run` refuses by the same check before it starts anything. The programs
are C where only symbols count; that Rust's own toolchain writes these symbols is seen on Rust
programs for the default allocator, a #[global_allocator] and what debug information there is."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.paths import HEAPCOACH, LIBRARY
from support.programs import call

CC = os.environ.get("CC", "gcc").split()
MAIN = "int main(void) { return 0; }\n"
RUST_MAIN = "fn main() { println!(\"{}\", vec![1u8; std::env::args().count()].len()); }\n"
# {malloc} is what the program's allocator calls
GLOBAL = """
use std::alloc::{{GlobalAlloc, Layout}};
extern "C" {{ fn {malloc}(n: usize) -> *mut u8; fn free(p: *mut u8); }}
struct Mine;
unsafe impl GlobalAlloc for Mine {{
    unsafe fn alloc(&self, l: Layout) -> *mut u8 {{ {malloc}(l.size()) }}
    unsafe fn dealloc(&self, p: *mut u8, _: Layout) {{ free(p) }}
}}
#[global_allocator] static GLOBAL: Mine = Mine;
"""


def compile_c(folder: Path, text: str, *flags: str) -> Path:
    source = folder / "program.c"
    source.write_text(text)
    program = folder / "program"
    subprocess.run([*CC, "-o", program, source, *flags], check=True)
    return program


def compile_rust(folder: Path, text: str, *flags: str) -> Path:
    source = folder / "program.rs"
    source.write_text(text)
    program = folder / "program"
    subprocess.run(["rustc", "-O", "-o", program, source, *flags], check=True, capture_output=True)
    return program


def doctor(program) -> tuple[int, str]:
    done = call([HEAPCOACH, "doctor", program])
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def blocked(program: Path, found: str, advice: str) -> None:
    """Doctor says it, and `run` refuses with it in one line and does not start the program."""
    status, text = doctor(program)
    assert status == 2
    assert f"{program}: cannot be profiled" in text
    assert found in text and advice in text, text
    done = call([HEAPCOACH, "run", program], cwd=program.parent)
    assert done.returncode == 2
    said = done.stderr.decode()
    assert said.count("\n") == 1 and "cannot be profiled: it " in said and found in said, said
    assert done.stdout == b""
    assert not list(program.parent.glob("heapcoach.*"))


def limited(program: Path, found: str, advice: str) -> None:
    status, text = doctor(program)
    assert status == 0
    assert f"{program}: can be profiled" in text
    assert "limits:" in text and found in text and advice in text, text


# ---- what can be profiled ----


def test_a_rust_program_with_lines(tmp_path):
    status, text = doctor(compile_rust(tmp_path, RUST_MAIN, "-Cdebuginfo=line-tables-only"))
    assert status == 0
    assert "can be profiled (Rust, rustc 1." in text and "with line numbers)" in text
    assert "limits:" not in text


def test_std_lines_alone_are_no_lines(tmp_path):
    """rustc leaves std's own debug information in a program that has none."""
    program = compile_rust(tmp_path, RUST_MAIN)
    limited(program, "has no line numbers", 'debug = "line-tables-only"')


def test_a_stripped_program(tmp_path):
    program = compile_rust(tmp_path, RUST_MAIN, "-Cstrip=symbols")
    limited(program, "is stripped", "strip = false")
    assert "no line numbers" not in doctor(program)[1]


def test_a_program_of_another_language(tmp_path):
    limited(compile_c(tmp_path, MAIN, "-g"), "does not look like a Rust program", "")


def test_a_global_allocator_that_calls_the_system(tmp_path):
    text = GLOBAL.format(malloc="malloc") + RUST_MAIN
    status, text = doctor(compile_rust(tmp_path, text, "-g"))
    assert status == 0 and "limits:" not in text


def test_programs_are_found_in_path():
    status, text = doctor("ls")
    assert status == 0 and text.startswith(shutil.which("ls"))


# ---- what cannot ----


def test_a_script(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh -e\nexit 0\n")
    script.chmod(0o755)
    blocked(script, "is a script for `/bin/sh -e`", "Name the program itself")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x7fELF", b"MZ\x90", b"\x7fELF" + bytes(200)])
def test_no_elf_file(tmp_path, content):
    file = tmp_path / "file"
    file.write_bytes(content)
    file.chmod(0o755)
    blocked(file, "", "Name an executable")


def test_another_machine(tmp_path):
    program = compile_c(tmp_path, MAIN)
    data = bytearray(program.read_bytes())
    data[18:20] = (183).to_bytes(2, "little")  # e_machine: AArch64
    program.write_bytes(data)
    blocked(program, "is built for 64-bit Arm", "x86_64-unknown-linux-gnu")


def test_a_library(tmp_path):
    copy = shutil.copy(LIBRARY, tmp_path / "library.so")
    blocked(Path(copy), "is a library or an object file", "Name the program that uses it")


@pytest.mark.parametrize("flags", [["-static"], ["-static-pie"]])
def test_a_static_program(tmp_path, flags):
    blocked(compile_c(tmp_path, MAIN, *flags), "is linked statically", "+crt-static")


def test_a_musl_program(tmp_path):
    program = compile_c(tmp_path, MAIN, "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1")
    blocked(program, "is linked with musl", "x86_64-unknown-linux-gnu")


@pytest.mark.parametrize("bits", [0o4755, 0o2755])
def test_setuid_and_setgid(tmp_path, bits):
    program = compile_c(tmp_path, MAIN)
    program.chmod(bits)
    blocked(program, "is setuid or setgid", "chmod ug-s copy")


def test_file_capabilities(tmp_path):
    program = compile_c(tmp_path, MAIN)
    net_raw = bytes.fromhex("0100000200200000000000000000000000000000")
    try:
        os.setxattr(program, "security.capability", net_raw)
    except OSError as why:
        pytest.skip(f"capabilities cannot be set here: {why}")
    blocked(program, "has file capabilities", "cp PROGRAM copy")


def test_a_sanitizer(tmp_path):
    program = compile_c(tmp_path, MAIN, "-fsanitize=address")
    blocked(program, "is built with AddressSanitizer", "Build it without")


def test_its_own_malloc(tmp_path):
    text = "#include <stddef.h>\nvoid *malloc(size_t n) { (void)n; return NULL; }\n" + MAIN
    blocked(compile_c(tmp_path, text, "-rdynamic"), "defines malloc itself", "override")


def test_its_own_malloc_below_rusts_default_allocator(tmp_path):
    """Which asks it for more than what is known of a carried one."""
    functions = ("malloc", "calloc", "realloc", "free", "mallocx", "sdallocx", "__rdl_alloc")
    text = "".join(f"void {name}(void) {{}}\n" for name in functions)
    text += 'void ask(void);\n__asm__(".type ask, @function\\nask: call *malloc@GOTPCREL(%rip)\\n'
    text += 'call *free@GOTPCREL(%rip)\\nret\\n.size ask, . - ask\\n");\n' + MAIN
    program = compile_c(tmp_path, text, "-rdynamic", "-Wl,--no-relax", "-w", "-fno-builtin")
    blocked(program, "defines malloc itself", "unprefixed names")


@pytest.mark.parametrize(
    "function, name",
    [("_rjem_malloc", "jemalloc"), ("je_malloc", "jemalloc"), ("mi_malloc", "mimalloc"),
     ("sn_malloc", "snmalloc")],
)  # fmt: skip
def test_a_global_allocator(tmp_path, function, name):
    text = f"void *{function}(long n) {{ (void)n; return 0; }}\nvoid __rust_alloc(void) {{}}\n" + MAIN
    blocked(compile_c(tmp_path, text), f"has {name} as its global allocator", "#[global_allocator]")


@pytest.mark.parametrize("flags", [[], ["-Clto=fat", "-Cpanic=abort"]])
def test_a_rust_program_with_a_global_allocator(tmp_path, flags):
    library = "#include <stdlib.h>\nvoid *_rjem_malloc(size_t n) { return malloc(n); }\n"
    (tmp_path / "je.c").write_text(library)
    subprocess.run([*CC, "-c", "-o", tmp_path / "je.o", tmp_path / "je.c"], check=True)
    text = GLOBAL.format(malloc="_rjem_malloc") + RUST_MAIN
    program = compile_rust(tmp_path, text, f"-Clink-arg={tmp_path / 'je.o'}", *flags)
    blocked(program, "has jemalloc as its global allocator", "#[global_allocator]")


# A function that is called as Rust's are, and the ways that it may go to an allocator's.
BY_TABLE = "call *mi_malloc@GOTPCREL(%rip)\n call *mi_free@GOTPCREL(%rip)"
PAST = ["call mi_free", "{disp32} jmp mi_malloc", "{disp32} je mi_free", "lea mi_malloc(%rip), %rbx", "lea mi_free(%rip), %rax"]


def with_mimalloc(folder: Path, *code: str, name: str = "_RNvCs1_4user3ask", pie: bool = True) -> Path:
    """A program that goes to mimalloc by its table and, in a function of that name, by CODE."""
    text = "void *mi_malloc(long n) { return (void *)n; }\nvoid mi_free(void *p) { (void)p; }\n" + MAIN
    for function, lines in (("_RNvCs1_4user2by", [BY_TABLE]), (name, code)):
        text += f'__asm__(".type {function}, @function\\n{function}: "\n'
        text += "".join(f'"{line}\\n"\n' for part in lines for line in part.split("\n"))
        text += f'"ret\\n.size {function}, . - {function}\\n");\n'
    return compile_c(folder, text, "-Wl,--no-relax", *([] if pie else ["-no-pie"]))


def test_an_allocator_that_is_called_by_the_programs_table(tmp_path):
    program = with_mimalloc(tmp_path, "nop")
    limited(program, "has mimalloc as its global allocator; what Rust's code asks", "HEAPCOACH_CARRIED=1")


@pytest.mark.parametrize("code", PAST)
def test_an_allocator_that_is_called_past_the_table(code, tmp_path):
    blocked(with_mimalloc(tmp_path, code), "has mimalloc as its global allocator, and the linker", "lld")


@pytest.mark.parametrize("name", ["mi_realloc", "_ZN8snmalloc5allocEv", "ordinary"])
def test_code_that_is_not_rusts_may_call_an_allocator_as_it_likes(name, tmp_path):
    limited(with_mimalloc(tmp_path, *PAST, name=name), "what Rust's code asks", "")


@pytest.mark.parametrize("name", [
    "_ZN4user3ask17h0123456789abcdefE", "_ZN4user3ask17h0123456789abcdefE.llvm.1",
    "_ZN4user17handle_connection17h0123456789abcdefE",
])  # fmt: skip
def test_the_older_mangling_is_rusts_too(name, tmp_path):
    blocked(with_mimalloc(tmp_path, PAST[0], name=name), "and the linker wrote", "lld")


def test_of_a_program_that_is_not_pie_nothing_is_said(tmp_path):
    program = with_mimalloc(tmp_path, "nop", pie=False)
    blocked(program, "has mimalloc as its global allocator, whose calls", "#[global_allocator]")


def test_an_allocator_beside_the_default_one(tmp_path):
    text = "void mi_malloc(void) {}\nvoid __rdl_alloc(void) {}\nvoid __rust_alloc(void) {}\n" + MAIN
    limited(compile_c(tmp_path, text), "carries mimalloc too", "leave it out")


@pytest.mark.parametrize("section", [".rodata", ".rodata.str"])  # the latter is mold's
def test_an_allocator_in_a_stripped_program(section, tmp_path):
    kept = f'__attribute__((section("{section}"), used)) static const char message[] = '
    program = compile_c(tmp_path, f'{kept}"<jemalloc>: out of memory";\n{MAIN}', "-s", "-Wl,--unique=.rodata.str")
    limited(program, "carries jemalloc too", "strip = false in")
    done = call([HEAPCOACH, "run", "-q", program], cwd=tmp_path)
    assert done.returncode == 0
    assert b"carries jemalloc too; what is allocated there is not recorded" in done.stderr


# ---- robustness ----


def test_no_such_program(tmp_path):
    for name in (tmp_path / "none", "no-such-program-anywhere", tmp_path):
        done = call([HEAPCOACH, "doctor", name])
        assert done.returncode == 2 and done.stdout == b""
        assert done.stderr.startswith(b"heapcoach: ") and done.stderr.count(b"\n") == 1


def test_no_changed_byte_of_a_program_is_a_crash(tmp_path):
    """The header, the program headers and the section headers, byte by byte (every 5th)."""
    program = compile_c(tmp_path, MAIN, "-g")
    data = program.read_bytes()
    sections = int.from_bytes(data[40:48], "little")
    for at in [*range(4, 64), *range(64, 800, 5), *range(sections, len(data), 5)]:
        program.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        done = call([HEAPCOACH, "doctor", program])
        assert done.returncode in (0, 2), (at, done)
