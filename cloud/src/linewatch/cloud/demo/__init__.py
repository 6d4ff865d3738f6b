"""The whole loop in one command: train, compile, publish, inspect a video at the edge, and report."""
