"""Grading: from a folder of files to marks, and back to the students. `grade` marks a class, `marking` one student."""
