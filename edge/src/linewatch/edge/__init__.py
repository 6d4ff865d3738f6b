"""Linewatch edge."""
