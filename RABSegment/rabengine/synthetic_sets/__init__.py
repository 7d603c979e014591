"""Sets of synthetic cines to measure with: diverse by recipe, from pictures that training never saw."""
