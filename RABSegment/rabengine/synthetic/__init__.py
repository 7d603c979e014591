"""Cines with exact truth, made from labelled stills: the picture moves, and its labels move by the same map.

A clip is made in three steps, each a function of its arguments alone:

1. `clip_source.make_source`: the still, its masks, and the view through which it is seen.
2. `plan.plan_clip`: draws, from a generator, everything that moves: a few numbers and paths in time.
3. `render.render`: the frames and masks at any times of that one plan.

`clip.clip` does all three. The pixels of frame t at view position p are those of the still at

    beat_t(slide_t(rock_t(p + drift_t(p))))

times the light of the frame. The truth is the still's mask at the same place, so it is exact by construction."""
