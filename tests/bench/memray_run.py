"""Runs the benchmark's program, as a library, under memray: memray_run.py OUT LIBRARY DEPTH PATHS
THREADS EVENTS. memray follows an interpreter and what it loads, not a program of its own."""

import ctypes
import sys

import memray

out, library, *numbers = sys.argv[1:]
churn = ctypes.CDLL(library).churn_short
churn.restype, churn.argtypes = ctypes.c_uint64, [ctypes.c_uint64] * 4
with memray.Tracker(destination=memray.FileDestination(out), native_traces=True):
    print(churn(*map(int, numbers[:4])))
