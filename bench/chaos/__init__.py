"""Kills every part of the way from spool to event store, and counts what came through."""
