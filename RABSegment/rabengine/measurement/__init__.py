"""What the masks of a cine measure: sizes over time, beats, ventricle, vessel and glottis, each with its formula."""
