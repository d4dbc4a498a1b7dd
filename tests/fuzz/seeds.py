"""What the fuzz targets begin with: small honest inputs, made anew for each build.

Recordings, profiles and executables are those of a small C program that is compiled, run and finished
here, so that they follow the formats as these change; unwind tables are written by hand; texts lie in
tests/fuzz/seeds.
"""

import os
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

from support.paths import BUILD, HEAPCOACH, LIBRARY, ROOT, TESTS
from support.programs import clean_environment

SOURCE = TESTS / "fuzz" / "seed.c"
SANITIZE = ["-fsanitize=address,undefined"]


def analyzer_libs() -> list[str]:
    return shlex.split(os.environ.get("ANALYZER_LIBS", "-ldw -lelf -lcjson -l:libiberty.a -lm"))


def newest_input() -> float:
    """When what they are made by was changed: the formats may be others now."""
    files = [HEAPCOACH, LIBRARY, *(TESTS / "fuzz").glob("*.[cph]*"), *(TESTS / "fuzz/seeds").rglob("*")]
    return max(f.stat().st_mtime for f in files)


def make(target: str, out: Path) -> Path:
    """The folder with the target's seeds."""
    folder = out / "seeds" / target
    if not folder.exists() or folder.stat().st_mtime < newest_input():
        shutil.rmtree(folder, ignore_errors=True)
        part = out / "seeds" / f"{target}.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        texts = TESTS / "fuzz" / "seeds" / target
        if texts.is_dir():
            for text in texts.iterdir():
                shutil.copy(text, part)
        MAKERS.get(target, lambda to: None)(part)
        part.rename(folder)
    return folder


def compile_seed(to: Path, *flags: str) -> Path:
    subprocess.run(["gcc", *flags, "-o", to, SOURCE], cwd=ROOT, check=True)
    return to


def record(program: Path, folder: Path) -> Path:
    """A recording of the program, not finished."""
    subprocess.run(
        [program],
        check=True,
        env=clean_environment(
            LD_PRELOAD=str(LIBRARY), HEAPCOACH_DIR=str(folder), HEAPCOACH_FINISH="0"
        ),
    )
    (recording,) = folder.glob("heapcoach*.rec*")
    return recording


def profiles(folder: Path):
    for profile in (TESTS / "cli" / "data").glob("*.json"):
        if profile.stat().st_size < 16384:
            shutil.copy(profile, folder)
    work = folder.with_suffix(".work")
    work.mkdir(exist_ok=True)
    recording = record(compile_seed(work / "seed", "-g", "-O0"), work)
    subprocess.run(
        [HEAPCOACH, "finish", "-o", folder / "seed.json", recording],
        check=True,
        capture_output=True,
        env=clean_environment(),
    )
    shutil.rmtree(work)


def recordings(folder: Path):
    work = folder.with_suffix(".work")
    work.mkdir(exist_ok=True)
    pack = work / "pack"
    sources = ["pack", "packed_recording", "target"]
    subprocess.run(
        ["gcc", "-std=gnu11", "-O1", "-g", "-I.", *(f"tests/fuzz/{s}.c" for s in sources)]
        + ["tests/unit/recording_builder.c", "-o", pack, BUILD / "libheapcoach-analyzer.a"]
        + analyzer_libs(),
        cwd=ROOT,
        check=True,
    )
    subprocess.run([pack, "--made", folder / "made"], check=True)
    recording = record(compile_seed(work / "seed", "-O1"), work)
    subprocess.run([pack, recording, folder / "real"], check=True)
    shutil.rmtree(work)


# A program with an allocator of its own, called by the table of addresses and past it.
CARRYING = """
void *mi_malloc(long n) { return (void *)n; }
void mi_free(void *p) { (void)p; }
void _RNvCs1_4user3ask(void);
__asm__(".globl _RNvCs1_4user3ask\\n.type _RNvCs1_4user3ask, @function\\n_RNvCs1_4user3ask:\\n"
        "call *mi_malloc@GOTPCREL(%rip)\\ncall *mi_free@GOTPCREL(%rip)\\n{disp32} jmp mi_free\\n"
        ".size _RNvCs1_4user3ask, . - _RNvCs1_4user3ask\\n");
void _start(void) { _RNvCs1_4user3ask(); }
"""


def executables(folder: Path):
    """Small ones: no C library, pages not padded."""
    small = ["-nostdlib", "-nostartfiles", "-DNO_LIBC", "-Wl,-z,noseparate-code", "-Wl,--build-id"]
    compile_seed(folder / "dwarf5", *small, "-static", "-g", "-O2", "-gdwarf-5")
    compile_seed(folder / "dwarf4", *small, "-g", "-O2", "-gdwarf-4", "-pie", "-fPIE")
    compile_seed(folder / "library", *small, "-g", "-O2", "-shared", "-fPIC")
    compile_seed(folder / "stripped", *small, "-s", "-pie", "-fPIE")
    (folder / "script").write_bytes(b"#!/usr/bin/env python3\n")
    carrying = folder.with_suffix(".c")
    carrying.write_text(CARRYING)
    flags = [*small, "-Wl,--no-relax", "-pie", "-fPIE", "-o", folder / "carrying", carrying]
    subprocess.run(["gcc", *flags], check=True)
    carrying.unlink()


# ---- unwind tables ----

# All kinds of instructions, as in tests/unit/test_cfi.c.
RICH = bytes.fromhex(
    "410e1086024 30d060a02050f0376780610060276701603027608030300000b11067e12067e137d140301"
    "04030000002f060305060 32e08c6090c03".replace(" ", "")
)
SIMPLE = bytes.fromhex("0e108602430d06")
FUNCTION_BYTES = 0x100


def entry(body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    return struct.pack("<I", len(body)) + body


def unwind_table(augmentation: bytes, programs: list[bytes], code: int) -> bytes:
    """.eh_frame_hdr and .eh_frame of functions that follow each other from `code` on, relative to
    the table's first byte."""
    header = struct.pack("<BBBBiI", 1, 0x1B, 3, 0x3B, 0, len(programs))
    first = len(header) + 8 * len(programs)
    data = b""
    for letter in augmentation[1:]:
        data += {ord("P"): b"\x9b\0\0\0\0", ord("L"): b"\x1b", ord("R"): b"\x1b"}.get(letter, b"")
    common = struct.pack("<IB", 0, 1) + augmentation + b"\0\1\x78\x10"
    common += bytes([len(data)]) + data + b"\x0c\x07\x08\x90\x01"
    frames, rows = entry(common), b""
    for i, program in enumerate(programs):
        at, start = first + len(frames), code + i * FUNCTION_BYTES
        rows += struct.pack("<ii", start, at)
        body = struct.pack("<Iii", len(frames) + 4, start - (at + 8), FUNCTION_BYTES)
        body += b"\4\0\0\0\0" if b"L" in augmentation else b"\0"
        frames += entry(body + program)
    return header + rows + frames + bytes(4)


def cfi(folder: Path):
    for name, augmentation in (("plain", b"zR"), ("full", b"zPLR"), ("signal", b"zRS")):
        table = unwind_table(augmentation, [SIMPLE, RICH, b""], 0x1000)
        for offset in (0x1005, 0x110C, 0x12FF):
            (folder / f"{name}-{offset:x}").write_bytes(struct.pack("<Hi", 0, offset) + table)


def slow_walk(folder: Path):
    module, code = 0x20000000, 0x4000
    words = [0, module + code + 0x110, 7, 8, module + code + 0x10, module + code + 0x205, 1, 2]
    words += [3, module + code + 0x104, 4, 5, 6, 0, 0, 0]
    sp = 0x30040000 - 8 * len(words) - 16
    words[0] = sp + 32  # rbp: its saved value and a return address are there
    words[4] = sp + 64
    bytes_on_stack = struct.pack(f"<{len(words)}Q", *words)
    expressions = [
        b"\x0f\x03\x77\x08\x06",  # CFA = *(rsp + 8)
        b"\x16\x10\x04\x77\x10\x23\x08",  # pc = rsp + 16 + 8
        b"\x0f\x06\x77\x10\x12\x06\x22\x9f"[:7] + b"\x0e\x20",
        b"\x10\x06\x02\x77\x10\x09\x03\x0c\x0e\x20",
    ]
    for name, augmentation, programs in (
        ("simple", b"zR", [SIMPLE, b"\x0e\x18", b"\x07\x10"]),
        ("expressions", b"zR", expressions),
        ("signal", b"zRS", [SIMPLE, RICH, b"\x0e\x18"]),
    ):
        table = unwind_table(augmentation, programs, code)
        (folder / name).write_bytes(struct.pack("<H", len(table)) + table + bytes_on_stack)


MAKERS = {
    "profile": profiles,
    "recording": recordings,
    "elf": executables,
    "cfi": cfi,
    "slow_walk": slow_walk,
}
