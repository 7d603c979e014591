"""Cines and their labels in the formats of other programs, and back as marks."""
