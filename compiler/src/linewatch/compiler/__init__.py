"""Linewatch compiler."""
