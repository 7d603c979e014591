"""The engine as a process of its own: `python -m rabengine.worker`.

One JSON object per line: requests on stdin, events on stdout, both UTF-8; a log for people on stderr. Arrays
travel as .npy files in a folder that the parent makes, names and removes. File names in requests are relative
to that folder or absolute; file names in events are always absolute. The worker keeps one cine open, and
between its requests the features and what was learned.

Requests (fields in brackets may be left out):

    {"id": 1, "request": "open", "cine": FILE | "frames": FILE.npy, "folder": FOLDER,
     ["device": "auto", "weights": FILE, "seed": 0, "series": NAME, "spacing": [row, column], "frame_time": s]}
        Opens a cine instead of the one before: any that `rabsegment segment` reads, or an array (T, H, W) or
        (T, H, W, 3), which must stay in place until the cine is closed. Answer: ready.
    {"id": 1, "request": "read", "cine": FILE, "folder": FOLDER,
     ["within": FOLDER, "series": NAME, "spacing": [row, column], "frame_time": s]}
        Reads a cine, of any kind that `rabsegment segment` reads, for a parent that shows it; what is open stays open.
        `series` chooses one where there are several; spacing (mm) and frame_time count whatever the file says.
        With `within` no file outside that folder is read, whatever the cine refers to. Answer: done.
    {"id": 2, "request": "segment", "marks": {"FRAME": FILE.npy, ...},
     ["preset": "balanced", "partial": false, "absent": {"FRAME": [n, ...], ...}, "warm": true,
     "overrides": {}]}
        Segments the open cine; each mark is an (H, W) integer array, 0 background, 1..255 segments. With
        `partial` a segment not drawn on a marked frame is unknown there, but for those that `absent` lists.
        `warm` goes on from the model of the last request. Answer: any number of progress and frames, then done.
    {"id": 3, "request": "cancel", ["target": 2]}
        Stops the request with the id `target`, or all. Those answer cancelled, the cancel itself done.
    {"id": 4, "request": "close"}
        Cancels everything, forgets the cine and frees its memory. Answer: done. The worker lives on.

Events, each with the id of its request (null where there is none):

    {"event": "ready", "id": null, "protocol": 1, "version": "0.1.0", "pid": n}
        The worker has started; n is its own process, whatever launched it.
    {"event": "ready", "id": 1, "frames": T, "height": H, "width": W, "channels": 1 | 3,
     "spacing": [x, y] | null, "index_name": ..., "index_unit": ..., "warnings": [...]}
        The cine is open.
    {"event": "progress", "id": 2, "phase": ..., "step": n, "total": n, "seconds_left": s | null,
     "losses": {...}}
        How far a phase has come, and how long the whole request may still take. Phases say what happens:
        "propagation" (masks go from frame to frame), "checking" (which of them can be trusted), "learning" (what the
        segments of this cine look like), "prediction" (of every frame by what was learned), "relearning" (the
        paper's phase 2). A preset of another package may have others. They come in any order, and more than once.
    {"event": "frames", "id": 2, "indices": [...], "file": FILE.npy}
        A usable partial result, (len(indices), H, W) uint8.
    {"event": "done", "id": 2, "file": FILE.npy, "segments": [...], "marked_frames": [...],
     "confidence": [[...], ...], "preset": ..., "device": ..., "seed": n, "seconds": {...},
     "warnings": [...], "next_frame": n | null}
        The labels, (T, H, W) uint8. The done of a cancel and of a close has no more than its id.
    {"event": "done", "id": 1, "file": FILE.npy, "cine": {"spacing": [x, y] | null, ...}}
        The frames that were read, (T, H, W) or (T, H, W, 3), and what rabengine.cine says of them.
    {"event": "cancelled", "id": 2}
    {"event": "error", "id": 2, "kind": "input" | "engine", "message": ..., "hint": ..., ["packages": [...]]}
        `packages`, as pip names them, are what is missing; the parent may offer to install them.

Every request gets exactly one of ready, done, cancelled and error, and nothing after it. Requests run in the
order in which they came, except cancel and close, which act at once. A line that is no request gets an error,
and the worker lives on. The end of stdin cancels what runs and ends the worker with exit code 0. A file is
complete when an event names it; the parent may remove it once it is read.
"""

PROTOCOL = 1
