"""From floating point to INT8."""
