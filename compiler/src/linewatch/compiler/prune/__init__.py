"""Makes the student's network smaller."""
