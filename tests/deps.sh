#!/usr/bin/env bash
# Installs what is missing to build, show, test or measure heapcoach on Debian and Ubuntu.
#
#   tests/deps.sh GROUP...    groups: build, demo, test, bench
#
# What is there already is left alone, and if all is there neither apt nor the network is touched.
# Root, and CI=true, install without asking; anyone else is shown the command and asked first.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: tests/deps.sh build|demo|test|bench ..."
[ $# -gt 0 ] || { echo "$usage" >&2; exit 2; }

# package[:command] - with a command, that one being there is enough, whoever installed it
build=(gcc:gcc make:make libc6-dev libdw-dev libelf-dev libcjson-dev uthash-dev libiberty-dev)
demo=()
test=(binutils:readelf libcmocka-dev python3-pytest valgrind libc6-dbg clang:clang
    clang-format:clang-format ripgrep nodejs:node npm:npm libjemalloc2)
bench=(heaptrack valgrind:valgrind)
# not to be had everywhere: what needs one says so and is left out
# (libclang-rt-dev has clang's libFuzzer and sanitizers, which clang on Debian only recommends)
optional_test=(chromium firefox-esr clang-format-14 libclang-rt-dev rustc:/usr/bin/rustc user-mode-linux
    hexyl lsd rust-coreutils:coreutils)
optional_bench=(chromium nodejs:node npm:npm python3-venv ripgrep fd-find bat exa hexyl lsd
    rust-coreutils:coreutils librsvg2-bin rav1e rustc:/usr/bin/rustc)

wanted=() optional=()
for group in "$@"; do
    case $group in
    build) wanted+=("${build[@]}") ;;
    demo) wanted+=("${build[@]}" "${demo[@]}") ;;
    test) wanted+=("${build[@]}" "${test[@]}"); optional+=("${optional_test[@]}") ;;
    bench) wanted+=("${build[@]}" "${bench[@]}"); optional+=("${optional_bench[@]}") ;;
    *) echo "deps.sh: no group '$group'; $usage" >&2; exit 2 ;;
    esac
done

if ! command -v rustc >/dev/null; then
    echo "deps.sh: a Rust toolchain is needed and not found (rustc on PATH)." >&2
    echo "         Install one with rustup, or: apt-get install rustc cargo" >&2
    exit 2
fi

have() { # package[:command]
    case $1 in
    *:*) command -v "${1#*:}" >/dev/null ;;
    *) [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ] ;;
    esac
}

missing=() missing_optional=()
for item in "${wanted[@]}"; do have "$item" || missing+=("${item%%:*}"); done
for item in "${optional[@]}"; do have "$item" || missing_optional+=("${item%%:*}"); done

if [ ${#missing[@]} -gt 0 ] || [ ${#missing_optional[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "deps.sh: no apt-get here; install these first: ${missing[*]}" >&2
        exit 2
    fi
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo)
        if [ ${#missing[@]} -gt 0 ] && ! command -v sudo >/dev/null; then
            echo "deps.sh: no sudo here; as root: apt-get install ${missing[*]}" >&2
            exit 2
        fi
    fi
    # apt lists may be empty (a fresh container), and then nothing has a candidate
    candidate() { [[ "$(apt-cache policy "$1" 2>/dev/null)" =~ Candidate:\ [0-9] ]]; }
    if [ ${#as_root[@]} -gt 0 ] && [ "${CI:-}" != true ]; then
        if [ ${#missing[@]} -eq 0 ]; then
            missing_optional=() # nothing that must be: do not bother the user
        else
            echo "heapcoach needs these packages: ${missing[*]}"
            read -r -p "Install them with sudo apt-get? [y/N] " answer || answer=
            case $answer in
            y | Y | yes) ;;
            *) echo "deps.sh: not installed; do it yourself and run this again" >&2; exit 2 ;;
            esac
        fi
    fi
    if [ ${#missing[@]} -gt 0 ] || [ ${#missing_optional[@]} -gt 0 ]; then
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update
        for package in "${missing_optional[@]}"; do
            if candidate "$package"; then
                missing+=("$package")
            else
                echo "deps.sh: $package is not to be had here; tests that need it are skipped" >&2
            fi
        done
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 install "${missing[@]}"
    fi
fi

# The driver of the viewer test's browser, pinned by its lock file; the browser is Debian's.
case " $* " in
*" test "* | *" bench "*)
    viewer=tests/viewer
    if command -v npm >/dev/null && { [ ! -e $viewer/node_modules/.package-lock.json ] ||
        [ $viewer/package-lock.json -nt $viewer/node_modules/.package-lock.json ]; }; then
        npm --prefix $viewer ci --ignore-scripts --no-audit --no-fund --loglevel=error
        touch $viewer/node_modules/.package-lock.json
    fi
    ;;
esac
