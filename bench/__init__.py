"""Measures every figure that Linewatch reports; `make bench` runs all of it."""
