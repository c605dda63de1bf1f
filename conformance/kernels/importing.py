"""From a name or path to the module in that file; every mistake is one line of `LoadError`."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib.machinery
import importlib.metadata
import importlib.util
import io
import re
import sys
import traceback
import types
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from conformance.backends import about, libraries
from conformance.errors import LoadError, did_you_mean, nearest, one_line
from conformance.kernels.failures import from_the_terminal

_NAME = re.compile(r'^NAME = "([a-z0-9_]+)"$', re.MULTILINE)


def folder() -> Path:
    """Where the bundled files are: inside an installed wheel, or beside the package."""
    inside = Path(__file__).parents[1] / "implementations"
    return inside if inside.is_dir() else Path(__file__).parents[2] / "implementations"


def bundled() -> dict[str, Path]:
    """Name -> file of the implementations that come with the suite."""
    return {_short(path): path for path in sorted(folder().glob("[!_]*.py"))}


def _short(path: Path) -> str:
    """The file's NAME, read without running it; its stem if it has none."""
    named = _NAME.search(path.read_text(encoding="utf-8"))
    return named[1] if named else path.stem


def missing(path: Path) -> list[str]:
    """The modules that a file imports at its top and that are not installed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [a.name for node in tree.body if isinstance(node, ast.Import) for a in node.names]
    names += [n.module for n in tree.body if isinstance(n, ast.ImportFrom) and n.module]
    roots = dict.fromkeys(name.partition(".")[0] for name in names)
    return [root for root in roots if importlib.util.find_spec(root) is None]


def resolve(ref: str | Path) -> Path:
    """The file that a name or path means."""
    text = str(ref)
    known = bundled()
    path = Path(text)
    if isinstance(ref, str) and text in known and not path.is_file():
        return known[text].resolve()
    if path.is_dir():
        raise LoadError(f"{text}: is a directory; name one Python file in it")
    if not path.exists():
        raise LoadError(_not_found(text, path, known))
    if path.suffix != ".py":
        raise LoadError(f"{text}: is not a Python file; an implementation is one file named *.py")
    return path.resolve()


def _not_found(text: str, path: Path, known: Mapping[str, Path]) -> str:
    if path.suffix != ".py" and path.name == text:
        guess = did_you_mean(text, known, 0.5)
        names = ", ".join(known) or "none"
        return f"no implementation named {text!r}.{guess} Bundled: {names}; or give a .py file"
    if path.is_symlink():
        return f"{text}: is a link that leads nowhere"
    beside = path.parent if path.parent.is_dir() else Path()
    close = nearest(path.name, (p.name for p in beside.glob("*.py")))
    guess = f" Did you mean {str(path.parent / close)!r}?" if close else ""
    return f"{text}: no such file.{guess}"


#: What a file may set up for a library before it imports it is an environment variable.
_SETS_UP = ("environ", "putenv")


def first_libraries(path: Path) -> tuple[str, ...]:
    """The libraries that a file imports before any code but the standard library's runs.

    Those that are dear may be imported ahead of it: nothing that the file does sets them up.
    """
    try:
        text = path.read_text(encoding="utf-8")
        statements = ast.parse(text).body
    except (OSError, ValueError, SyntaxError):
        return ()
    if any(word in text for word in _SETS_UP):
        return ()
    found: dict[str, None] = {}
    for name in chain.from_iterable(map(_modules, statements)):
        if about(name).ahead:
            found[name] = None
        elif name not in sys.stdlib_module_names and not about(name).on_host:
            break
    return tuple(found)


def _modules(statement: ast.stmt) -> list[str]:
    """The packages that a top-level statement imports; "" for a relative import."""
    if isinstance(statement, ast.Import):
        return [alias.name.partition(".")[0] for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        return ["" if statement.level else str(statement.module).partition(".")[0]]
    return []


class _Source(importlib.machinery.SourceFileLoader):
    """The file as it is now: bytecode is told from newer text by whole seconds and its size."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """Nothing, so that no bytecode is read or written."""
        raise OSError


def imported(path: Path) -> types.ModuleType:
    """The module, loaded under a private name; what it prints is dropped."""
    digest = hashlib.sha1(str(path).encode()).hexdigest()[:8]
    name = f"_conformance_{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Source(name, str(path)))
    if spec is None or spec.loader is None:
        raise LoadError(f"{path}: Python cannot load it")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:  # what lies beside the file can be imported
        sys.path.append(str(path.parent))
    try:
        with quiet():
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if from_the_terminal(error):
            raise
        raise LoadError(_why(error, path)) from error
    return module


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Drop what is printed."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _why(error: BaseException, path: Path) -> str:
    """What went wrong while the file was imported, in one line."""
    if isinstance(error, SyntaxError) and error.lineno is None:
        return f"{path}: is not Python: {error.msg}"
    if isinstance(error, SyntaxError):
        where = f"{error.filename or path}:{error.lineno}:{error.offset}"
        return f"{where}: syntax error: {error.msg}"
    if isinstance(error, UnicodeDecodeError):
        return f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})"
    at = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    where = f"{path}:{at[-1].lineno}" if at else str(path)
    if isinstance(error, ModuleNotFoundError) and error.name:
        absent = error.name.partition(".")[0]
        if importlib.util.find_spec(absent) is None:
            way = _way_to(absent, path)
            guess = did_you_mean(absent, _importable(), 0.85) if way == absent else ""
            said = f".{guess}" if guess else f": pip install {way}"
            return f"{where}: it imports {absent!r}, which is not installed{said}"
    if isinstance(error, SystemExit):
        guard = "guard what it runs with if __name__ == '__main__'"
        return f"{where}: it ends the process when imported (SystemExit): {guard}"
    said = one_line(error)
    return f"{where}: raised when imported: {type(error).__name__}{': ' + said if said else ''}"


def _importable() -> set[str]:
    """The names of installed modules, for suggestions."""
    return {*sys.stdlib_module_names, *importlib.metadata.packages_distributions()}


def _way_to(module: str, path: Path) -> str:
    """What to install for a missing module: the extra, if the file is bundled."""
    if path not in (own.resolve() for own in bundled().values()):
        return module
    extra = module if module in libraries() else _short(path)
    return f"'logit-conformance[{extra}]'"
