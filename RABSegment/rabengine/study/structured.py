"""A cine segmented with what a structure file holds: its examples as supports, its network as a beginning."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np
import torch

from rabengine.adaptation.appearance import AppearanceModel
from rabengine.device import choose_device
from rabengine.errors import InputError
from rabengine.events import ProgressCallback
from rabengine.network.weights import check_backbone, load_weights, other_version
from rabengine.presets import Preset, get_preset
from rabengine.propagation.confidence import expected_dice
from rabengine.propagation.input_view import InputView, check_frames, grey_window
from rabengine.propagation.propagator import SoftMasks
from rabengine.segmentation import Segmentation
from rabengine.session.session import Session
from rabengine.session.task import frame_labels

from .carry_over import as_picture, carry_over
from .descriptors import best_matching, describer_name, describer_on, sampled
from .marked_frame import MarkedFrame
from .structure import load_structure

SUPPORTS = 5  # examples that serve a cine
OWN_SUPPORTS = 3  # frames of the cine itself that serve where there are no examples


class Learned:
    """A structure file, ready to be used on a device.

    Args:
        path: of the file. device: as of `Session`.

    Attributes:
        structure: what is in it.
        networks: see `Session.begin_with`.

    Raises:
        InputError: the file cannot be used, or its network is of another version.
    """

    def __init__(self, path: Path, device: str = "auto") -> None:
        self.structure = load_structure(path)
        self._device = device
        self.networks: dict[tuple[int, ...], AppearanceModel] = {}
        appearance = self.structure.appearance
        if appearance is not None:
            check_backbone(path, appearance.backbone)
            teacher = load_weights().build().requires_grad_(False)
            model = AppearanceModel(teacher, len(appearance.values), choose_device(device), 0)
            try:
                model.network.load_state_dict(appearance.state)
            except RuntimeError as error:
                raise other_version(path) from error
            model.network.eval()
            model.worth = appearance.worth
            self.networks[appearance.values] = model

    @cached_property
    def descriptions(self) -> np.ndarray:
        """(examples, D) float32, by the describer that is used here."""
        found = self.structure
        if found.describer == describer_name() or not found.examples:
            return found.descriptions.astype(np.float32)
        return describer_on(self._device).describe([one.picture for one in found.examples])

    def best_examples(self, frames: np.ndarray, count: int) -> list[MarkedFrame]:
        """The examples that match a cine best, the best one last; at most `count`."""
        if not self.structure.examples:
            return []
        window = grey_window(frames)
        own = describer_on(self._device).describe([as_picture(frames[i], window) for i in sampled(len(frames))])
        return [self.structure.examples[place] for place in best_matching(own, self.descriptions, count)]

    def recognised(self, frames: np.ndarray, preset: Preset) -> list[tuple[float, MarkedFrame]]:
        """The frames of a cine on which its network is surest to see the segments, and how sure it is, the best last.

        None where it sees them nowhere.
        """
        found: list[tuple[float, MarkedFrame]] = []
        for values, model in self.networks.items():
            view = InputView(frames, preset.size)
            logits = model.logits(view, lambda: None)
            sure = expected_dice(logits).amin(dim=1)
            masks = SoftMasks(logits, torch.ones(logits.shape[:2]))
            for place in sure.argsort(descending=True).tolist():
                labels = frame_labels(masks, place, values, view)
                if labels.any():
                    found.append((float(sure[place]), MarkedFrame(as_picture(frames[place], view.window), labels)))
                if len(found) >= OWN_SUPPORTS:
                    break
        return sorted(found, key=lambda one: one[0])


@lru_cache(maxsize=1)
def _learned_at(path: Path, changed: int, device: str) -> Learned:
    return Learned(path, device)


def learned_at(path: Path, device: str) -> Learned:
    """A structure file, read once as long as it stays as it is.

    Raises:
        InputError: it cannot be used.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise InputError(
            f"The structure file {path} cannot be read ({error.strerror or error}).", "Bring it back."
        ) from error
    return _learned_at(path, changed, device)


def segment_learned(
    frames: np.ndarray,
    learned: Learned,
    marks: Mapping[int, np.ndarray] | None = None,
    *,
    examples: list[MarkedFrame] | None = None,
    preset: str | Preset = "balanced",
    device: str = "auto",
    seed: int = 0,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Segmentation:
    """Segment a cine with what was learned, with or without marks of its own.

    Args:
        frames: (T, H, W) or (T, H, W, 3). marks: {frame: (H, W) labels} of it.
        examples: marked frames of others, the best-matching last. By default the best ones of the structure where there
            are no marks, and none beside marks, which were no better with them.
        preset, device, seed, progress, cancel: as of `Session.segment`.

    Raises:
        InputError: the frames or marks cannot be used. Cancelled: `cancel` was set.
    """
    check_frames(frames)
    chosen = get_preset(preset)
    if examples is None:
        examples = [] if marks else learned.best_examples(frames, SUPPORTS)
    carried = partial(
        carry_over,
        frames,
        learned=learned.networks,
        preset=chosen,
        device=device,
        seed=seed,
        progress=progress,
        cancel=cancel,
    )
    if not marks and not examples:
        seen = learned.recognised(frames, chosen)
        if not seen:
            return _nothing(frames, learned, chosen, device, seed)
        found = carried([frame for _, frame in seen])
        # Nobody drew what it was carried over from.
        return replace(found, confidence=found.confidence * np.float32(np.mean([sure for sure, _ in seen])))
    if not examples:
        session = Session(frames, device=device, seed=seed)
        session.begin_with(learned.networks)
        return session.segment(dict(marks or {}), preset=chosen, progress=progress, cancel=cancel)
    return carried(examples, marks=marks)


def _nothing(frames: np.ndarray, learned: Learned, preset: Preset, device: str, seed: int) -> Segmentation:
    segments = next(iter(learned.networks), tuple(sorted(learned.structure.names)))
    return Segmentation(
        labels=np.zeros(frames.shape[:3], np.uint8),
        confidence=np.zeros((len(frames), max(1, len(segments))), np.float32),
        segments=segments or (1,),
        marked_frames=(),
        preset=preset.name,
        device=str(choose_device(device)),
        seed=seed,
        warnings=("What was learned is seen on no frame of this cine; mark one.",),
        next_frame=0,
    )
