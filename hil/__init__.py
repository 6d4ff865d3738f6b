"""Rigs: the same scripts on a board with its hardware and on a laptop without it."""
