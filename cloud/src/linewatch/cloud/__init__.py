"""Linewatch cloud."""
