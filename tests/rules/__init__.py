"""The advice, end to end: programs with planted faults and their good twins."""
