"""What the masks of a cine measure: sizes over time, beats, ventricle, vessel and glottis, each with its formula.

Needs NumPy and SimpleITK, not PyTorch. Entry points: `measure.measure` for labels of a cine, `measure.measure_biplane`
for two views of a left ventricle, `mmode.sample_line` for an M-mode. The results are lists of `measured.Measured`.
"""
