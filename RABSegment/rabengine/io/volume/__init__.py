"""Volumes whose last axis is time: NRRD, MetaImage, NIfTI."""
