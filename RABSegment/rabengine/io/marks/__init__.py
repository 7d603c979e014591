"""Marks from files: label images, label sequences, Slicer's segmentations."""
