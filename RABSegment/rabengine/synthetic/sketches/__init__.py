"""Sketches: drawn pictures of what cines often show, with exact labels, to train from where there are no labelled ones.

Hearts in ultrasound, eyes and vessels, each drawn anew from a seed. No part of them is taken from a picture.
"""
