#!/bin/sh
# Stands for the command in a folder of its own in the build folder (see tests/build.mk): runs the
# command above it under memcheck. What that has to say is on stderr and makes the exit status 99.
#
# All registers are to be right when memory is met: the analyzer goes on after a SIGBUS, of a file
# that is cut short while it is read.
folder=$(dirname "$(readlink -f "$0")")
exec valgrind -q --error-exitcode=99 --leak-check=full --num-callers=20 \
    --errors-for-leak-kinds=definite,possible --child-silent-after-fork=yes \
    --vex-iropt-register-updates=allregs-at-mem-access "$(dirname "$folder")/heapcoach" "$@"
