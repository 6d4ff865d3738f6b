"""The runtimes that can run a bundle's graph: one port, and an adapter for each."""
