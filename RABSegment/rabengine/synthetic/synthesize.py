"""Write a set of cines with exact truth."""

from __future__ import annotations

from collections.abc import Callable

from rabengine.errors import InputError
from rabengine.io.files.atomic import atomic_folder

from .cine_files import check_folder, write_cine
from .composition import compose
from .options import SHAPES, SetOptions
from .stills import Stills

LEAST_FRAMES = 8
SIZES = (32, 1024)


def synthesize(options: SetOptions, tell: Callable[[str], None]) -> None:
    """Make the cines; they appear in their folder all together.

    Args:
        options: what to make. tell: gets one line for each cine.

    Raises:
        InputError: the options, the stills or the output cannot be used.
    """
    _check(options)
    stills = Stills(options)
    facts = {
        "split": options.split,
        "validation_share": options.validation_share,
        "split_seed": options.split_seed,
        "seed": options.seed,
    }
    with atomic_folder(options.output) as folder:
        for number in range(options.count):
            cine = compose(stills, number, options.frames, options.size, options.seed)
            description = write_cine(folder / cine.name, cine, facts)
            tell(f"{cine.name}: {', '.join(description['moves'])}")
        check_folder(options.output)  # again, for minutes may have passed


def _check(options: SetOptions) -> None:
    if options.kind != SHAPES and not options.images:
        raise InputError("--images is missing.", f"Name folders of labelled images, or take --kind {SHAPES}.")
    if options.frames < LEAST_FRAMES:
        raise InputError(f"--frames {options.frames} is too few.", f"Take at least {LEAST_FRAMES}.")
    if not SIZES[0] <= options.size <= SIZES[1]:
        raise InputError(f"--size {options.size} is not between {SIZES[0]} and {SIZES[1]}.", "Choose such a size.")
    check_folder(options.output)
