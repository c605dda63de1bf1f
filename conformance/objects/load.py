"""From any reference to an Implementation: files with the spec's names, objects, known forms."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.errors import LoadError
from conformance.functions import FUNCTIONS
from conformance.kernels import loading
from conformance.kernels.importing import imported
from conformance.model import Implementation
from conformance.objects import arrays, finding, forms, hinting, meaning, own_values, places
from conformance.objects.adapter import Adapted, adapted
from conformance.objects.calls import GRADIENT, As, parsed
from conformance.objects.forms import Found
from conformance.objects.keywords import as_they_read
from conformance.objects.libraries import backend_of, library, own_function
from conformance.objects.places import Place
from conformance.objects.refusing import as_they_accept
from conformance.objects.taking import as_they_take


def load(ref: str | Path) -> Implementation:
    """The implementation that a reference means. LoadError."""
    text = str(ref)
    if isinstance(ref, str) and places.is_object(text):
        return _of_places(places.places(text), text)
    path = places.resolve(ref)
    module = imported(path)
    found = None if _defines(module) else forms.in_module(module, path, Place(text))
    if found is not None:
        return _formed([found], path, str(path))
    return as_they_accept(as_they_read(_of_file(module, path)))


def _of_file(module: types.ModuleType, path: Path) -> Implementation:
    """The functions of a file by the spec's names, called with the arrays that they take."""
    found = as_they_take(_as_they_mean(module, path))
    chosen = arrays.taken(found, module, str(path))
    if chosen.backend is not found.backend:
        found = as_they_take(_as_they_mean(module, path, chosen.backend.NAME))
    return replace(found, form="; ".join(filter(None, (chosen.words, found.form))))


def _as_they_mean(module: types.ModuleType, path: Path, library: str = "") -> Implementation:
    """The implementation, with the functions that its names mean."""
    made = dict(_made(module, path))
    found = loading.of_module(module, path, made=made, library=library)
    said = meaning.meant(found)
    if not said:
        return found
    if not set(found.functions) - {name for name, other in said.items() if not other}:
        raise meaning.other_divergence(str(path))
    left_out = {n: meaning.why_left_out(n) for n in found.functions if said.get(n) == ""}
    found = loading.of_module(module, path, said, made, library)
    return replace(found, form=meaning.words(said), left_out=left_out)


def _made(module: types.ModuleType, path: Path) -> Iterator[tuple[str, Any]]:
    """Instances of the classes that have names of the spec."""
    for name, value in vars(module).items():
        if name.removesuffix(GRADIENT) in FUNCTIONS and inspect.isclass(value):
            yield name, finding.made(value, module, Place(str(path), name))


def _defines(module: types.ModuleType) -> bool:
    """True if a file has functions of the spec by name."""
    return not vars(module).keys().isdisjoint(FUNCTIONS)


@dataclass(frozen=True)
class Part:
    """An object with what is said of it."""

    name: str
    target: Any
    said: As
    where: str

    def own_name(self, module: types.ModuleType) -> str:
        """What its module calls it; the spec's name of what has none there, as an instance."""
        names = self.name, str(getattr(self.target, "__name__", ""))
        there = (n for n in names if getattr(module, n, None) is self.target)
        return next(there, self.said.name)

    def adapted(self) -> Adapted:
        """The object as a function of the spec."""
        return adapted(self.target, self.said, self.where)


def _of_places(found: Sequence[Place], ref: str) -> Implementation:
    first = found[0]
    path = places.file_of(first)
    if not first.path and path.is_dir():
        return _formed(list(forms.in_folder(path, first)), path, ref)
    if not first.path and path.suffix == ".json":
        return _formed([forms.in_json(path, first)], path, ref)
    module = finding.module_of(first)
    form = forms.in_module(module, path, first) if not first.path else None
    if form is not None:
        return _formed([form, *(_form(p) for p in found[1:])], path, ref)
    parts = [_part(module if p.source == first.source else finding.module_of(p), p) for p in found]
    return assembled(parts, module, path, ref)


def _form(place: Place) -> Found:
    """What belongs to an object in a known form: another in one, or any object."""
    path = places.file_of(place)
    module = finding.module_of(place)
    form = forms.in_module(module, path, place) if not place.path else None
    if form is not None:
        return form
    part = _part(module, place)
    return Found(part.name, part.target, part.said, module, f"{part.where} is {part.said.text}")


def _formed(found: Sequence[Found], path: Path, ref: str) -> Implementation:
    """What stands in a known form as an implementation, with words that say so. LoadError."""
    first = found[0]
    file = first.path or path
    parts = [Part(f.name, f.target, f.said, str(f.path or path)) for f in found]
    made = assembled(parts, first.module, file, ref, first.name)
    words = "; ".join(dict.fromkeys(f.words for f in found))
    words = "; ".join(filter(None, (words, made.form)))
    return replace(made, form=words, dtypes=made.dtypes or first.dtypes or None)


def _part(module: types.ModuleType, place: Place) -> Part:
    path = place.path or finding.sole(module, places.file_of(place))
    pickled = place.source.endswith(places.PICKLE)
    name = Path(place.source).stem if pickled else path.rpartition(".")[2]
    place = replace(place, path=path)
    target = finding.found(module, place)
    said = parsed(place.said or hinting.called(name, place, target))
    if not place.said and (other := meaning.means(said.name, target, backend_of(target))):
        said = parsed(other)
    if meaning.of_probabilities(said.name, target, backend_of(target)):
        raise meaning.other_divergence(place.text)
    return Part(name, target, said, place.text)


def assembled(
    parts: Sequence[Part], module: types.ModuleType, path: Path, ref: str, name: str = ""
) -> Implementation:
    """Objects that belong together as one implementation. LoadError."""
    made: dict[str, Adapted] = {}
    for part in parts:
        if part.said.name in made:
            raise LoadError(f"{part.where}: {part.said.name} is named twice")
        made[part.said.name] = part.adapted()
    orphans = [n for n in made if made[n].said.function.name not in made]
    if orphans:
        raise LoadError(
            f"{parts[0].where}: {orphans[0]} without {made[orphans[0]].said.function.name}"
        )
    blank = loading.of_functions(
        {n: a for n, a in made.items() if n in FUNCTIONS},
        {a.said.function.name: a for n, a in made.items() if n not in FUNCTIONS},
        module, path, name or parts[0].name, library(parts[0].target),
    )  # fmt: skip
    chosen = arrays.taken(
        replace(
            blank,
            options={n: a.accepted for n, a in made.items()},
            built_in={n: a.said.built_in for n, a in made.items() if n in FUNCTIONS},
        ),
        module, parts[0].where,
    )  # fmt: skip
    blank = replace(blank, backend=chosen.backend)
    made = {n: own_values.understood(a, blank) for n, a in made.items()}
    for name in blank.gradients:
        made[f"{name}_vjp"] = own_values.as_of(made[f"{name}_vjp"], made[name])
    joined = replace(
        blank,
        functions={n: made[n] for n in blank.functions},
        gradients={n: made[f"{n}_vjp"] for n in blank.gradients},
        options={n: a.accepted for n, a in made.items()},
        lines={n: _line(a.target, path) for n, a in made.items()},
        built_in={n: a.said.built_in for n, a in made.items() if n in FUNCTIONS},
        called={p.said.name: p.own_name(module) for p in parts},
        ref=ref,
        form="; ".join(filter(None, (chosen.words, *_words(made)))),
    )
    return as_they_accept(as_they_read(joined))


def _words(made: Mapping[str, Adapted]) -> Iterator[str]:
    """Which functions are a library's own, called by another name, and what values are called."""
    for name, a in made.items():
        if own_names := ", ".join(own_values.words(a)):
            yield f"{name}: {own_names}"
        if own := own_function(a.target, name):
            yield f"{name} calls {own}"


def _line(target: Callable[..., Any], path: Path) -> int:
    """Where the object is defined in its file; 0 if it is not defined there."""
    asked = target if inspect.isroutine(target) else type(target)
    code = getattr(inspect.unwrap(asked), "__code__", None)
    if code is not None:
        return int(code.co_firstlineno) if code.co_filename == str(path) else 0
    try:
        return inspect.getsourcelines(asked)[1] if inspect.getsourcefile(asked) == str(path) else 0
    except (TypeError, OSError):
        return 0
