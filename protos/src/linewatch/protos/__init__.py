"""Linewatch protos."""
