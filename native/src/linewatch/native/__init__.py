"""Machine-code kernels of Linewatch, each behind one typed module; see the modules."""
