"""A hash of the code of a module and of all that it imports, found by reading it, not by running it.

What only people read does not count: comments, docstrings, blank lines, formatting. Nor does where the code lies: a
module that is moved or renamed, with the imports that name it, keeps the hash.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

_OURS = __name__.partition(".")[0]
_LAZY = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*):([A-Za-z_]\w*)")  # how registries name what they import at first use


def code_hash(roots: Collection[str], without: tuple[str, ...] = ()) -> str:
    """Of the modules of this package, and of the packages of the roots, that the roots import.

    Args:
        roots: names of modules. without: packages that do not count.

    Returns:
        hexadecimal digits of SHA-256; another Python may give others.
    """
    owners = _owners(roots)
    digest = hashlib.sha256()
    for text in sorted({_read(file, owners, _stamp(file)).text for file in imported_files(roots, without)}):
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def imported_files(roots: Collection[str], without: tuple[str, ...] = ()) -> set[Path]:
    """The sources of the roots and of all that they import; arguments as for `code_hash`."""
    owners = _owners(roots)
    waiting, seen = list(roots), set[str]()
    found: set[Path] = set()
    while waiting:
        module = waiting.pop()
        file = _file_of(module)
        if module in seen or file is None or any(module == one or module.startswith(f"{one}.") for one in without):
            continue
        seen.add(module)
        found.add(file)
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for one in _read(file, owners, _stamp(file)).imports:
            target = _absolute(one, package)
            if target.partition(".")[0] in owners:
                part = f"{target}.{one.name}"
                waiting.append(part if one.name and _file_of(part) is not None else target)
    return found


class _Import(NamedTuple):
    """`from ..module import name`, or `import module` with the name ""."""

    level: int
    module: str
    name: str


class _Code(NamedTuple):
    """Of one file: what counts of it, and what it imports wherever it does so."""

    text: str
    imports: tuple[_Import, ...]


def _owners(roots: Collection[str]) -> frozenset[str]:
    """The packages whose modules are followed: this one and those of the roots."""
    return frozenset({_OURS, *(root.partition(".")[0] for root in roots)})


def _absolute(one: _Import, package: str) -> str:
    if one.level == 0:
        return one.module
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - one.level + 1], *([one.module] if one.module else [])])


def _file_of(module: str) -> Path | None:
    """The source of a module, found without importing the packages it lies in; None where there is none."""
    top, *parts = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if not parts and spec.has_location and spec.origin:
        return Path(spec.origin) if spec.origin.endswith(".py") else None
    for folder in spec.submodule_search_locations or ():
        place = Path(folder, *parts)
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                return file
    return None


def _stamp(file: Path) -> tuple[int, int]:
    """Changes when the file does: somebody may edit the code while an evaluation runs."""
    facts = file.stat()
    return facts.st_mtime_ns, facts.st_size


@functools.lru_cache(maxsize=1024)
def _read(file: Path, owners: frozenset[str], stamp: tuple[int, int]) -> _Code:
    reduction = _Reduction(owners)
    tree = reduction.visit(ast.parse(file.read_bytes()))
    return _Code("\n".join([*sorted(reduction.bound), ast.dump(tree)]), tuple(reduction.imports))


class _Reduction(ast.NodeTransformer):
    """Takes out of a module what does not count, and notes what it imports.

    Attributes:
        imports: in their order.
        bound: what the imports make known, without where in the owners' packages it is from.
    """

    def __init__(self, owners: frozenset[str]) -> None:
        self.imports: list[_Import] = []
        self.bound: set[str] = set()
        self._owners = owners

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.append(_Import(0, alias.name, ""))
            self.bound.add(f"import {alias.name if not self._is_own(alias.name) else ''} as {alias.asname}")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        is_own = node.level > 0 or self._is_own(module)
        for alias in node.names:
            self.imports.append(_Import(node.level, module, alias.name))
            self.bound.add(f"from {'' if is_own else module} import {alias.name} as {alias.asname}")

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        lazy = _LAZY.fullmatch(node.value) if isinstance(node.value, str) else None
        if lazy is None or not self._is_own(lazy[1]):
            return node
        self.imports.append(_Import(0, lazy[1], ""))
        return ast.Constant(f":{lazy[2]}")

    def _is_own(self, module: str) -> bool:
        return module.partition(".")[0] in self._owners
