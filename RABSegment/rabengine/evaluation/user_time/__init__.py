"""Dice of a whole cine against the seconds of its user: marks painted, marks by clicks, and corrections by clicks."""
