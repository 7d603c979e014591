"""TIFF: stacks of pages, with what microscopes and ImageJ write about them."""
