"""From a teacher and good pictures to a student's weights."""
