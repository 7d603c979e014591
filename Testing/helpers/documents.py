"""What the repository's pages refer to: links, files, names in files, modules and commands; and whether they are there.

A page names a file in backticks by its path from the repository or from the folder `RABSegment`, and a class, function
or constant in it after a colon: `rabengine/next_frame.py: next_frame_to_check`, `rabengine/presets.py: Preset.rounds`.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.extension_description import HOMEPAGE, REPOSITORY

PRODUCT = REPOSITORY / "RABSegment"
ADDRESS = f"{HOMEPAGE}/blob/main/"  # of files on GitHub, for pages that are installed elsewhere
# A reference is a path that begins with one of these.
ROOTS = (
    *(".ci", ".github", "docs", "RABSegment", "Resources", "Testing"),
    *("rabengine", "RABSegmentLib", "RABSegmentPanel", "rabview"),
)
PACKAGES = ("rabengine", "RABSegmentLib", "RABSegmentPanel", "rabview", "tools", "helpers", "slicer_host")
PAGES = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE", "docs/*.md", ".github/**/*.md", "Testing/**/*.md"),
    "RABSegment/Resources/Models/*.md",
)


@dataclass(frozen=True)
class Reference:
    """Something that a page names: `page:line: text`."""

    page: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(REPOSITORY)}, line {self.line}: {self.text}"


def pages() -> list[Path]:
    """Every page of the repository that people read."""
    return sorted({path for pattern in PAGES for path in REPOSITORY.glob(pattern)})


def _lines(page: Path) -> Iterator[tuple[int, str, bool]]:
    """Number and text of each line, and whether it is code: in a fence, or indented after a blank line."""
    fence, before, is_indented = False, "", False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            fence = not fence
        else:
            starts = line.startswith("    ") and (not before.strip() or is_indented) and not _is_in_list(line)
            is_indented = starts and not fence
            yield number, line, fence or is_indented
        before = line


def _is_in_list(line: str) -> bool:
    return line.lstrip().startswith(("-", "*", "1."))


def links(page: Path) -> list[Reference]:
    """Targets of links and pictures that lie in the repository, by their path from the page."""
    found = []
    root = Path(*[".."] * len(page.relative_to(REPOSITORY).parent.parts))
    for number, line, is_code in _lines(page):
        targets = [] if is_code else re.findall(r"\]\(([^)\s]+)\)", line)
        targets = [target.replace(ADDRESS, f"{root}/") for target in targets]
        found += [Reference(page, number, target) for target in targets if "://" not in target]
    return found


def spans(page: Path) -> list[Reference]:
    """What stands in backticks."""
    return [
        Reference(page, number, text)
        for number, line, is_code in _lines(page)
        if not is_code
        for text in re.findall(r"`([^`]+)`", line)
    ]


def commands(page: Path) -> list[Reference]:
    """Lines of code without comments, those that go on after a backslash as one, and what stands in backticks."""
    found: list[Reference] = spans(page)
    joined = ""
    for number, line, is_code in _lines(page):
        if not is_code:
            continue
        joined += re.sub(r"(^|\s)#.*", "", line).strip()
        if joined.endswith("\\"):
            joined = joined[:-1]
        else:
            found.append(Reference(page, number, joined))
            joined = ""
    return found


def located(path: str) -> Path | None:
    """A file or folder by its path from the repository or from RABSegment; None where there is none."""
    return next((base / path for base in (REPOSITORY, PRODUCT) if (base / path).exists()), None)


def link_problem(link: Reference) -> str:
    """What is wrong with a link; empty for nothing."""
    path, _, anchor = link.text.partition("#")
    target = link.page.parent / path if path else link.page
    if not target.exists():
        return f"{link}: there is no {path}"
    if anchor and anchor not in anchors(target):
        return f"{link}: {path or link.page.name} has no heading for #{anchor}"
    return ""


def anchors(page: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    headings = (line.lstrip("# ") for _number, line, is_code in _lines(page) if line.startswith("#") and not is_code)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def path_problem(span: Reference) -> str:
    """What is wrong with a file, or a name in it, in backticks; empty for nothing, also where there is no path."""
    found = re.fullmatch(r"([\w.-]+(?:/[\w.-]+)*/?)(?:: ?([\w.]+))?", span.text)
    if found is None:
        return ""
    path, name = found.groups()
    is_path = "/" in path and path.split("/")[0] in ROOTS
    if not is_path and not (name and path.endswith(".py")):
        return ""
    file = located(path)
    if file is None:
        return f"{span}: there is no {path}{_place_of_file(path)}"
    if name and name not in names_in(file):
        return f"{span}: {path} has no {name}{_place_of_name(name)}"
    return ""


def module_problem(text: Reference) -> str:
    """What is wrong with modules of ours that are named with dots, or run with -m; empty for nothing."""
    pattern = rf"(?<![\w./-])((?:{'|'.join(PACKAGES)})(?:\.\w+)+)"
    for dotted in re.findall(pattern, text.text):
        if not dotted.endswith((".py", ".md")) and not _is_module_or_name(dotted):
            return f"{text}: there is no {dotted}{_place_of_name(dotted.split('.')[-1])}"
    return ""


def _is_module_or_name(dotted: str) -> bool:
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        for base in (PRODUCT, REPOSITORY / "Testing"):
            folder = base.joinpath(*parts[:length])
            rest = ".".join(parts[length:])
            for file in (folder.with_suffix(".py"), folder / "__init__.py"):
                if file.is_file():
                    return not rest or rest in names_in(file)
    return False


@functools.cache
def names_in(file: Path) -> frozenset[str]:
    """Functions, classes with their members, constants and imports of a Python file."""
    if file.suffix != ".py":
        return frozenset()
    found: set[str] = set()
    _collect(ast.parse(file.read_text(encoding="utf-8")).body, "", found)
    return frozenset(found)


def _collect(body: list[ast.stmt], prefix: str, found: set[str]) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(prefix + node.name)
        elif isinstance(node, ast.ClassDef):
            found.add(prefix + node.name)
            _collect(node.body, f"{prefix}{node.name}.", found)
        elif isinstance(node, ast.Assign):
            found |= {prefix + target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(prefix + node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {prefix + (alias.asname or alias.name) for alias in node.names}
        elif isinstance(node, ast.If | ast.Try | ast.With):
            _collect(node.body, prefix, found)


def _sources() -> list[Path]:
    return sorted([*PRODUCT.rglob("*.py"), *(REPOSITORY / "Testing").rglob("*.py")])


def _place_of_name(name: str) -> str:
    files = [str(file.relative_to(REPOSITORY)) for file in _sources() if name in names_in(file)]
    return f" (found in {', '.join(files[:3])})" if files else ""


def _place_of_file(path: str) -> str:
    name = Path(path).name
    files = [str(file.relative_to(REPOSITORY)) for file in _sources() if file.name == name and name != "__init__.py"]
    return f" (found: {', '.join(files[:3])})" if files else ""


def product_folders() -> list[str]:
    """Every folder of code that is installed or served, by its path from RABSegment."""
    roots = [PRODUCT / name for name in ("rabengine", "RABSegmentLib", "RABSegmentPanel", "rabview")]
    files = [file for root in roots for ending in ("*.py", "*.js") for file in root.rglob(ending)]
    return sorted({file.parent.relative_to(PRODUCT).as_posix() for file in files})
