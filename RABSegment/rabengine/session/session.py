"""One open cine: features, image model and what was learned kept between requests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from rabengine.choices import check_seed
from rabengine.device import autocast, choose_device, memory_format
from rabengine.errors import InputError
from rabengine.events import ProgressCallback
from rabengine.network.weights import load_weights
from rabengine.network.whole_picture import describe_picture
from rabengine.next_frame import next_frame_to_check
from rabengine.presets import DEFAULT, Preset, get_preset
from rabengine.prompts import PromptedMask, checked_prompt
from rabengine.propagation.confidence import without_doubtful
from rabengine.propagation.input_view import InputView, check_frames, grey_window
from rabengine.propagation.scenes import Scenes
from rabengine.segmentation import Segmentation

from .checks import check_absent, check_marks, segments_of, small_mark_warnings
from .copies import copied_frames
from .kept import Kept
from .memory_plan import MemoryPlan, first_plan, is_out_of_memory
from .progress import RequestProgress
from .prompting import Prompter, prompt_model_on
from .selection import Selection
from .task import SegmentationTask
from .work import Work

if TYPE_CHECKING:
    from rabengine.adaptation.appearance import AppearanceModel

SCENE_SIZE = 128  # longer side of frames that are compared as a whole


class Session:
    """Segments one cine as often as its user corrects it.

    Args:
        frames: (T, H, W) or (T, H, W, 3), any real dtype; may be a memory map.
        device: "auto", "cpu", "cuda", "cuda:N" or "mps".
        weights: weight file, the shipped one by default.
        prompt_weights: weight file of the prompt model, the shipped one by default; read at the first prompt.
        seed: same seed, device and requests give the same results on the CPU.

    Raises:
        InputError: frames, device or weights cannot be used.
    """

    def __init__(
        self,
        frames: np.ndarray,
        *,
        device: str = "auto",
        weights: str | Path | None = None,
        prompt_weights: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        check_frames(frames)
        self.frames = frames
        self.device = choose_device(device)
        self.seed = check_seed(seed)
        self._selection = Selection.without({}, len(frames))
        self._kept = Kept(frames)
        self._scenes: Scenes | None = None
        self._teacher = load_weights(weights).build().requires_grad_(False)
        self._prompt_weights = prompt_weights
        self._prompter: Prompter | None = None
        self._memory = first_plan(self.device)
        self._move()

    def begin_with(self, learned: Mapping[tuple[int, ...], AppearanceModel]) -> None:
        """Let presets that learn on the cine go on from networks that learned elsewhere.

        Args:
            learned: {label values, ascending: the network that knows them}; each request goes on from a copy.
        """
        self._kept.given = dict(learned)

    def segment(
        self,
        marks: Mapping[int, np.ndarray],
        *,
        preset: str | Preset = DEFAULT,
        partial: bool = False,
        absent: Mapping[int, Collection[int]] | None = None,
        warm: bool = True,
        progress: ProgressCallback | None = None,
        cancel: threading.Event | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> Segmentation:
        """Segment every frame.

        Args:
            marks: {frame: (H, W) labels}, 0 background, 1..255 segments.
            preset: one, or the name of one of `presets.PRESETS`.
            partial: a segment not drawn on a marked frame is unknown there, not absent.
            absent: {frame: label values} of segments that are absent on a marked frame, also when `partial`.
            warm: go on from what an earlier request of this session learned.
            progress: gets the events.
            cancel: set it to stop.
            overrides: choices that differ from the preset's (see `presets.get_preset`).

        Raises:
            InputError: the marks or choices cannot be used. Cancelled: `cancel` was set.
        """
        checked = check_marks(marks, self.frames)
        declared = check_absent(absent, checked)
        choices = get_preset(preset, overrides)
        if not warm:
            self._kept.forget_learned()
        warnings: list[str] = []
        while True:
            try:
                selection = self._select(checked, choices, RequestProgress(None, cancel).check)
                heard = RequestProgress(selection.told(progress), cancel)
                within = replace(choices, size=min(choices.size, self._memory.size))
                asked, known = selection.numbered(checked), selection.numbered(declared)
                task = SegmentationTask(asked, segments_of(asked), partial, within, heard, known)
                with _deterministic(self.seed):
                    return selection.whole(self._attempt(task, warnings), checked)
            except Exception as error:
                if not is_out_of_memory(error) or self._memory.next is None:
                    raise
                warnings.append(self._shrink())

    def prompt(
        self,
        frame: int,
        clicks: Iterable[tuple[float, float] | tuple[float, float, bool]] = (),
        box: tuple[float, float, float, float] | None = None,
        scribble: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        *,
        known: Mapping[int, np.ndarray] | None = None,
    ) -> PromptedMask:
        """The mask of one object on one frame from what a user says about it.

        Another thread may call it while `segment` runs: neither changes what the other gives. One prompt at a time.

        Args:
            frame: which, from 0.
            clicks: (x, y) or (x, y, is_positive), columns and rows of pixels from 0; see `prompts.Click`.
            box: (left, top, right, bottom) pixels round the object.
            scribble: (H, W), above 0 where a line in the object was drawn, below 0 where one outside was.
            mask: (H, W) bool, the mask so far.
            known: {frame: (H, W) bool}, masks of the same object on other frames of the cine; the nearest ones help.

        Raises:
            InputError: the frame is not there, a part does not fit on it, or nothing is said at all.
        """
        self._check_frame(frame)
        size = (int(self.frames.shape[1]), int(self.frames.shape[2]))
        said = checked_prompt(clicks, box, scribble, mask, size)
        others = {int(number): np.asarray(drawn).astype(bool) for number, drawn in (known or {}).items()}
        for number, drawn in others.items():
            self._check_frame(number)
            checked_prompt((), None, None, drawn, size)
        if said.is_empty and not any(drawn.any() for number, drawn in others.items() if number != frame):
            raise InputError(f"Nothing is said of the object on frame {frame}.", "Give a click, a box or a scribble.")
        return self._prompts().answer(frame, said, others)

    def prepare_prompt(self, frame: int) -> None:
        """Compute what prompts on a frame are answered from, before the first comes.

        Raises:
            InputError: the frame is not there.
        """
        self._check_frame(frame)
        self._prompts().prepare(frame)

    def _prompts(self) -> Prompter:
        if self._prompter is None:
            model = prompt_model_on(self.device, self._prompt_weights)
            self._prompter = Prompter(self.frames, model, grey_window(self.frames), self.device)
        return self._prompter

    def _check_frame(self, frame: int) -> None:
        if isinstance(frame, bool) or not isinstance(frame, (int, np.integer)) or not 0 <= frame < len(self.frames):
            raise InputError(f"There is no frame {frame}: the cine has 0 to {len(self.frames) - 1}.", "Count from 0.")

    def _select(self, marks: Mapping[int, np.ndarray], preset: Preset, check: Callable[[], None]) -> Selection:
        """The frames to segment; what is kept of others is given up."""
        count = len(self.frames)
        shown = [frame for frame, labels in marks.items() if labels.any()]
        foreign = self._foreign(shown, check) if preset.scenes else {}
        selection = Selection.without(foreign if len(foreign) < count - 1 else {}, count)
        if selection.frames != self._selection.frames:
            self._kept.clear()
            self._kept = Kept(selection.of(self.frames), self._kept.given)
            self._selection = selection
        return selection

    def _foreign(self, shown: list[int], check: Callable[[], None]) -> dict[int, float]:
        """The frames of scenes that have nothing to do with those where something is drawn."""
        if self._scenes is None:
            view = InputView(self.frames, SCENE_SIZE, None, grey_window(self.frames))

            def describe(frame: int) -> torch.Tensor:
                with autocast(self.device):
                    return describe_picture(self._teacher, view.frame(frame).to(self.device)).cpu()

            self._scenes = Scenes(self.frames, describe, check)
        return self._scenes.foreign(shown)

    def _attempt(self, task: SegmentationTask, warnings: list[str]) -> Segmentation:
        work = Work(task, self._teacher, self._kept, self._memory, self.seed)
        work.follow()
        masks, view = work.found(), work.store.view
        trust = work.trust()
        certain = without_doubtful(masks, trust, work.verdict) if task.preset.drops_doubtful else masks
        labels = task.labels(certain, view, work.tracked)
        if task.preset.copies:
            for frame, original in copied_frames(self._kept.frames, task.marks).items():
                labels[frame], trust[frame] = labels[original], trust[original]
        task.progress.end()
        return Segmentation(
            labels=labels,
            confidence=trust.numpy().astype(np.float32),
            segments=task.segments,
            marked_frames=tuple(sorted(task.marks)),
            preset=task.preset.name,
            device=str(self.device),
            seed=self.seed,
            seconds={name: round(value, 3) for name, value in task.progress.seconds.items()},
            warnings=(*warnings, *small_mark_warnings(task.marks, task.segments, view)),
            next_frame=next_frame_to_check(trust.amin(dim=1).cpu().numpy(), sorted(task.marks)),
        )

    def _move(self) -> None:
        self._teacher.to(self.device, memory_format=memory_format(self.device))  # type: ignore[call-overload]

    def _shrink(self) -> str:
        """Free what is held and go on with less; the sentence to tell the user."""
        plan: MemoryPlan | None = self._memory.next
        assert plan is not None
        self._kept.clear()
        self._memory = plan
        self.device = plan.device
        self._prompter = None  # after the device: another thread may ask for the next one at once
        self._move()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return plan.message


@contextlib.contextmanager
def _deterministic(seed: int) -> Iterator[None]:
    """Fixed global randomness inside, the caller's untouched outside."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
