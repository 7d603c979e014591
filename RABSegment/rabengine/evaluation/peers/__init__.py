"""What a user would pick instead of us: methods to compare with, each one function.

All take `(frames, marks, seed)`: frames (T, H, W) or (T, H, W, 3) of any real type, marks {frame: (H, W) labels} with
0 for background. All return a `Prediction` whose marked frames are exactly as marked. Each module says what it is and
where it comes from; all but `copy_nearest` work at a longer side of 256 pixels.
"""
