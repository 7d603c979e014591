"""The engine as a process of its own: `python -m rabengine.worker`.

It reads requests from stdin and answers with events on stdout, one JSON object a line; arrays travel as .npy files in a
folder that the parent makes, names and removes. It keeps one cine open, and between requests what was learned from it.

Requests: open, read, segment, prompt, prepare, cancel, close. Events: ready, progress, frames, done, cancelled, error.
All their fields:
https://github.com/RABSegment/SlicerRABSegment/blob/main/docs/protocol.md
"""

PROTOCOL = 1
