"""Chooses by evidence which layers may be computed in integers."""
