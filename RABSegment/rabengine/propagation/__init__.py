"""From marks to soft masks of every frame: features, the memory bank of marked frames, the propagator, confidence."""
