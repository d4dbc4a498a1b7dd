"""What the tests share: where things are, how programs are built and run, how profiles are read."""
