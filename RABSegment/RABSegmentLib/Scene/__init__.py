"""Cines, segmentations and marks as nodes of Slicer's scene."""
