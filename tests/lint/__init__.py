"""Checks of the source's form."""
