"""Sketches: drawn pictures of what cines often show, with exact labels, to train from where there are no labelled ones.

Hearts and thyroids in ultrasound, eyes, vessels, polyps, glottises, and chests in fluoroscopy, each drawn anew from a
seed. No part of them is taken from a picture.
"""
