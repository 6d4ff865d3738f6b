"""The student: its network, and what it starts from."""
