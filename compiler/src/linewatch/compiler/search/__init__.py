"""Finds the student that suits a budget of time, by measuring on the target."""
