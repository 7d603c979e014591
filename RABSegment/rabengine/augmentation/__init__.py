"""Random views and random lighting, for training and for copies of marked frames."""
