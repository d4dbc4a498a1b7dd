#!/usr/bin/env bash
# What `make demo` shows: compiles a small Rust program (wordcount.rs), profiles it as a user would,
# and says how to look at the result. The profile lies in the folder that make was called in.
set -euo pipefail
build=${BUILD:-build}
source=tests/rust/demo/wordcount.rs
program=$build/demo/wordcount

mkdir -p "$build/demo"
say() { printf '\n$ %s\n' "$*"; "$@"; }
say rustc --edition 2021 -O -g -o "$program" "$source"
say "$build/heapcoach" run "$program"

profile=$(ls -t heapcoach.wordcount.*.json | head -n 1)
say "$build/heapcoach" report --top 3 "$profile"
cat <<END

The profile is $profile, in this folder. Other views of it:

    $build/heapcoach report $profile
    $build/heapcoach report --format json $profile
    $build/heapcoach view $profile       one page: findings, flame graph, timeline, sites

It is a DHAT profile too: open /usr/libexec/valgrind/dh_view.html (Debian package valgrind) in a
browser, click "Load...", and choose the file.
END
