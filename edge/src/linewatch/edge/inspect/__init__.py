"""Judges pictures and video offline."""
