"""From marks to soft masks of every frame: features, crop, the memory bank of marked frames,
the propagator, pseudo-labels, confidence."""
