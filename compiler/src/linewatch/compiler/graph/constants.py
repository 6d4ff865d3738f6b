"""Names of the constants of the heads that `quantize` keeps in fewer bits."""

MEAN, FACTOR, TYPICAL = "normal_mean", "normal_factor", "typical"
"""The large ones, of normality and embedding: 8 bits a number."""

MOTION_MEAN, MOTION_FACTOR = "motion_mean", "motion_factor"

HALVES = ("to_middle", "to_deep", "found_middle", "found_deep", "found_around", MOTION_MEAN, MOTION_FACTOR)
"""Weights, and what is normal of motion: 16 bits a number."""
