"""What the compiler reaches: accuracy, speed and size of students, beside their teachers and beside rivals."""
