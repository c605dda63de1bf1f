"""The files that the suite is measured on: mutants (one planted bug each) and controls.

What a mutant says of itself is read from its text, without importing it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from conformance.errors import UsageError, did_you_mean
from conformance.spec import catalogue

SEVERITIES = ("blatant", "moderate", "subtle")


class Specimen(msgspec.Struct, frozen=True, kw_only=True):
    """A mutant or control. `name` is folder/stem; `caught_by` are the laws that must break."""

    name: str
    file: str
    says: str = ""
    severity: str = ""
    caught_by: list[str] = []

    @property
    def family(self) -> str:
        """The folder that it lies in."""
        return self.name.partition("/")[0]

    @property
    def function(self) -> str:
        """The function of the first law that it names; "" if it names none."""
        return next(iter(self.caught_by), "").partition("/")[0].replace("-", "_")

    def naming(self, only: Sequence[str]) -> Specimen:
        """The same, naming only laws that match a pattern, if there are patterns."""
        if not only:
            return self
        named = [c for c in self.caught_by if any(fnmatchcase(c, pattern) for pattern in only)]
        return msgspec.structs.replace(self, caught_by=named)


def mutants(places: Iterable[str]) -> list[Specimen]:
    """The mutants in files and folders. UsageError if one does not say what it is."""
    return [_mutant(path) for path in _files(places)]


def controls(places: Iterable[str]) -> list[Specimen]:
    """The controls in files and folders."""
    return [_described(path, _parsed(path)) for path in _files(places)]


def _files(places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        path = Path(place)
        if not path.exists():
            raise UsageError(f"{place}: no such file or folder")
        found = sorted(path.rglob("[!_.]*.py")) if path.is_dir() else [path]
        if not found:
            raise UsageError(f"{place}: no Python files in it")
        yield from found


def _parsed(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError, OSError) as error:
        raise UsageError(f"{path}: {' '.join(str(error).split())}") from None


def _described(path: Path, module: ast.Module) -> Specimen:
    says = (ast.get_docstring(module) or "").partition("\n\n")[0]
    name = f"{path.resolve().parent.name}/{path.stem}"
    return Specimen(name=name, file=str(path), says=" ".join(says.split()))


def _mutant(path: Path) -> Specimen:
    module = _parsed(path)
    constants = _constants(module)
    severity = constants.get("SEVERITY")
    if severity not in SEVERITIES:
        raise UsageError(f"{path}: SEVERITY must be one of {', '.join(SEVERITIES)}")
    caught_by = constants.get("CAUGHT_BY")
    if not isinstance(caught_by, tuple | list):
        raise UsageError(f"{path}: CAUGHT_BY must be a tuple of the laws that catch it")
    for law in caught_by:
        _known(path, law)
    specimen = _described(path, module)
    return msgspec.structs.replace(specimen, severity=severity, caught_by=list(caught_by))


def _constants(module: ast.Module) -> dict[str, object]:
    """The literals that the module assigns to names in capitals."""
    found: dict[str, object] = {}
    for node in module.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            continue
        if (name := node.targets[0].id).isupper():
            try:
                found[name] = ast.literal_eval(node.value)
            except ValueError:
                found[name] = None
    return found


def _known(path: Path, law: object) -> None:
    if law in catalogue():
        return
    guess = did_you_mean(str(law), catalogue())
    raise UsageError(f"{path}: CAUGHT_BY has no law {law!r}.{guess}")
