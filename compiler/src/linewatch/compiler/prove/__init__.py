"""Shows that what was built scores as its teacher does."""
