"""The image model of phase 1 and the parts it is made of."""
