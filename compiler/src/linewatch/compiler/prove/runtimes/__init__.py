"""The runtimes that the compiler can score a graph in."""
