"""Looks at a device as a technician would, and says in plain words what is wrong and what to do."""
