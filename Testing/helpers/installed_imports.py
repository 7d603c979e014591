"""What the files that Slicer installs import, and what they do while being imported, read from their source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from tools import cmake_file_lists

# What the index's reviewers accept at file scope, and our own packages.
WITH_SLICER = {"slicer", "vtk", "qt", "ctk", "SimpleITK", "numpy", "scipy"}
OUR_OWN = {"rabengine", "RABSegmentLib", "RABSegmentPanel"}
OF_SLICER = {"SegmentEditorEffects"}  # which comes with its segment editor
# Modules of the standard library, and others, that could reach another computer or install something.
REACHING_OUT = {
    "asyncio",
    "ensurepip",
    "ftplib",
    "http",
    "httpx",
    "pip",
    "poplib",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "telnetlib",
    "urllib3",
    "urllib.request",
    "venv",
    "webbrowser",
    "xmlrpc",
}


def installed_sources() -> dict[str, ast.Module]:
    """{path below RABSegment/: syntax tree} of every Python file that Slicer installs."""
    return {
        path: ast.parse((cmake_file_lists.MODULE_FOLDER / path).read_text(encoding="utf-8"), path)
        for path in cmake_file_lists.files_listed(cmake_file_lists.SCRIPTS)
    }


# What is no import: a type checker's part, `python -m`, and a developer's reload of the module, which takes its library
# along.
NOT_AT_IMPORT = ("TYPE_CHECKING", "__name__ == '__main__'", "hasattr(slicer.modules, 'RABSegmentWidget')")


def may_import_at_file_scope(path: str, module: str) -> bool:
    """Whether `path` may import `module` as soon as it is imported itself."""
    package = module.split(".")[0]
    if package in sys.stdlib_module_names or package in WITH_SLICER | OUR_OWN | OF_SLICER:
        return True
    return package == "torch" and path.startswith("rabengine/")


def imported(node: ast.AST) -> list[str]:
    """The absolute names that an import statement imports; of other statements none."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def everything_imported(tree: ast.Module) -> set[str]:
    """The absolute names that a file imports anywhere, functions included, and the packages they lie in."""
    names = {name for node in ast.walk(tree) for name in imported(node)}
    return {".".join(name.split(".")[: depth + 1]) for name in names for depth in range(name.count(".") + 1)}


def runs_at_import(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements of file scope, and of the classes there, other than those `NOT_AT_IMPORT`."""
    waiting = list(tree.body)
    while waiting:
        statement = waiting.pop(0)
        if isinstance(statement, ast.If) and ast.unparse(statement.test) in NOT_AT_IMPORT:
            continue
        if isinstance(statement, ast.Try):  # a module that not every system has
            waiting += [*statement.body, *(line for handler in statement.handlers for line in handler.body)]
            continue
        yield statement
        if isinstance(statement, ast.ClassDef):
            waiting += statement.body


def only_defines(statement: ast.stmt) -> bool:
    """Whether a statement of file scope gives a name to something, and does nothing else."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)  # a docstring, or an ellipsis
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return isinstance(statement, (*kinds, ast.Assign, ast.AnnAssign, ast.Pass))
