"""Write labelled cines in a format of the exchange, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rabengine.errors import InputError
from rabengine.io.files.by_format import written_by_format
from rabengine.io.files.file_names import check_folder_name
from rabengine.io.files.writable import check_replaceable_folder, check_writable
from rabengine.optional import require_installed

from .format import ExchangeFormat, ExchangeItem
from .formats import FORMATS
from .manifest import MANIFEST, PAGE, manifest_of
from .page import page_of


def check_target(path: Path, name: str, count: int) -> ExchangeFormat:
    """Fail before the long job rather than after it if a set could not be written.

    Args:
        path: where. name: of the format. count: of cines.

    Raises:
        InputError: there is no such format, a package is missing, or the place cannot be written.
    """
    one = FORMATS.get(name)
    for module in one.needs:
        require_installed(module, f"The format {name}")
    is_folder = is_folder_of(one, count)
    if not is_folder and not path.name.lower().endswith(one.suffixes):
        raise InputError(f"{path} is no name for {one.title}.", f"Let it end in {' or '.join(one.suffixes)}.")
    if is_folder:
        check_folder_name(path)
    check_writable(path, is_folder=is_folder)
    if is_folder:
        check_replaceable_folder(path, lambda _entry: (path / MANIFEST).is_file())
    return one


def is_folder_of(one: ExchangeFormat, count: int) -> bool:
    """Whether so many cines become a folder: a file that takes one cine is written for each, into a folder."""
    return not one.suffixes or (count > 1 and not one.takes_several)


def write_set(
    path: Path, name: str, items: Sequence[ExchangeItem], sums: Mapping[str, Sequence[int]], choices: Sequence[str] = ()
) -> None:
    """Write a set.

    Args:
        path: of the file or folder; a folder that `write_set` wrote is replaced.
        name: of the format.
        items: one or more, with names and a legend that hold for all of them.
        sums: {name: check sums of the cine as it was read}.
        choices: sentences for the page, such as what was blanked.

    Raises:
        InputError: it cannot be written, or the format cannot hold it. Then nothing is left that was not there before.
        EngineError: the format of another package failed.
    """
    one = check_target(path, name, len(items))
    is_folder = is_folder_of(one, len(items))
    with written_by_format(path, is_folder, f"the format {one.title}") as unfinished:
        if one.suffixes and is_folder:
            for item in items:
                one.write(unfinished / f"{item.name}{one.suffixes[0]}", [item])
        else:
            one.write(unfinished, items)
        if is_folder:
            told = manifest_of(one.title, items, sums)
            (unfinished / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
            (unfinished / PAGE).write_text(page_of(one, items, choices), encoding="utf-8")
