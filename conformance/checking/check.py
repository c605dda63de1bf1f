"""`conformance.check`: examine files, references and Python objects from a program."""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from conformance.checking.report import Report
from conformance.cli.commands.run import examined
from conformance.errors import LoadError, UsageError
from conformance.kernels.failures import type_of
from conformance.model import Implementation
from conformance.objects import finding, hinting, places
from conformance.objects.asked import typed
from conformance.objects.calls import known, parsed
from conformance.objects.load import Part, assembled
from conformance.objects.naming import name_of, reference
from conformance.processes.surroundings import EXAMINING


def check(
    *objects: Any, as_: str | Sequence[str] = (), isolate: bool = True, **options: Any
) -> Report:
    """Examine what `conformance.check` is given; its docstring says what that may be."""
    if os.environ.get(EXAMINING):
        raise UsageError(
            "conformance.check was called while an examining process imported the file: guard "
            "the call with if __name__ == '__main__':"
        )
    together = {name: options.pop(name) for name in list(options) if name in known()}
    said = [as_] if isinstance(as_, str) else list(as_)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        asked = _Asked(Path(folder), isolate)
        named = list(_flat(objects))
        if objects and not named:
            raise LoadError("the list of objects is empty")
        asked.take(named, said)
        if together:
            asked.take_together(together)
        refs = tuple(asked.refs)
        found, fail_on = examined(refs, options, None if isolate else asked.held)
    report = msgspec.convert(found, Report, from_attributes=True)
    report.__dict__["fail_on"] = fail_on
    return report


def _flat(objects: Sequence[Any]) -> Iterator[Any]:
    for item in objects:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item


@dataclass
class _Asked:
    """The requests as text; `held` are objects that this process examines itself."""

    folder: Path
    isolate: bool
    refs: list[str] = field(default_factory=list)
    held: dict[str, Implementation] = field(default_factory=dict)

    def take(self, objects: Sequence[Any], said: Sequence[str]) -> None:
        """Files, places and objects, each an implementation. LoadError."""
        if not objects and said:
            raise LoadError("as_ needs an object, and there is none")
        if len(said) not in (0, 1, len(objects)):
            raise LoadError(
                f"as_ has {len(said)} calls for {len(objects)} objects: one for all, or one for "
                "each in their order"
            )
        words = list(said) * len(objects) if len(said) == 1 else said or [""] * len(objects)
        for item, text in zip(objects, words, strict=True):
            if isinstance(item, str | Path):
                self.refs += typed([str(item)], [text] if text else [])
            else:
                self._add([(item, text)])

    def take_together(self, named: Mapping[str, Any]) -> None:
        """Functions of the spec by name: one implementation."""
        self._add([(item, name) for name, item in named.items()])

    def _add(self, parts: Sequence[tuple[Any, str]]) -> None:
        for item, _ in parts:
            if not callable(item):
                raise LoadError(f"{item!r:.200}: is {type_of(item)} and cannot be called")
        spoken = [(item, text or _called(item)) for item, text in parts]
        if self.isolate:
            texts = [f"{reference(item, self.folder)} as {text}" for item, text in spoken]
            self.refs += typed(["; ".join(texts)], [])
            return
        ref = f"<{name_of(spoken[0][0])} {len(self.held) + 1}>"
        self.held[ref] = _here(spoken, ref)
        self.refs.append(ref)


def _called(item: Any) -> str:
    """The function that an object's name suggests, if nothing else is said. LoadError."""
    name = name_of(item)
    return hinting.called(name, places.Place(name), None if inspect.isclass(item) else item)


def _here(spoken: Sequence[tuple[Any, str]], ref: str) -> Implementation:
    """Objects as an implementation of this process. LoadError."""
    parts = []
    first = spoken[0][0]
    module = sys.modules.get(getattr(first, "__module__", None) or type(first).__module__)
    module = module or types.ModuleType("__main__")
    for item, text in spoken:
        place = places.Place(name_of(item))
        target = finding.made(item, module, place) if inspect.isclass(item) else item
        parts.append(Part(name_of(item), target, parsed(text), place.source))
    return assembled(parts, module, _file(first, module), ref)


def _file(item: Any, module: types.ModuleType) -> Path:
    try:
        return Path(inspect.getsourcefile(inspect.unwrap(item)) or "")
    except (TypeError, OSError):
        return Path(getattr(module, "__file__", None) or f"{name_of(item)}.py")
