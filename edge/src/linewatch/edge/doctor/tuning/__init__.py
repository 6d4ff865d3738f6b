"""`linewatch-edge doctor --tune`: measures on the device how inference runs fastest, and keeps the choice."""
