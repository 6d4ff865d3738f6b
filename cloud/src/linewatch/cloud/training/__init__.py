"""Training: from a folder of good pictures to a teacher in a run folder."""
