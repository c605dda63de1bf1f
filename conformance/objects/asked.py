"""From what is typed to one reference for each implementation: places, each with its `--as`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conformance.errors import LoadError
from conformance.kernels import importing
from conformance.objects.calls import parsed
from conformance.objects.places import AND, SUFFIXES, Place, file_of, is_object, places


def typed(refs: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    """What is examined, each with its `--as`: one for each object in order, or one for all.

    A gradient joins the function before it. LoadError for what does not fit.
    """
    for text in said:
        parsed(text)
    groups = paired([places(ref) if is_object(ref) else [Place(ref)] for ref in refs])
    waiting = [p for group in groups for p in group if _wants_words(p, bool(said))]
    if said and len(said) not in (1, len(waiting)):
        raise LoadError(
            f"--as is given {len(said)} times for {len(waiting)} objects: once for all, or "
            "one for each in their order"
        )
    if said and not waiting:
        raise LoadError("--as needs an object: my_kernels.py::NAME, or package.module:NAME")
    words = iter([said[0]] * len(waiting) if len(said) == 1 else said)
    spoken = [
        [replace(p, said=next(words, "")) if _wants_words(p, bool(said)) else p for p in group]
        for group in groups
    ]
    return tuple(_joined([[_absolute(p) for p in group] for group in spoken]))


def _wants_words(place: Place, said: bool) -> bool:
    """True if --as applies: to an object without an `as` of its own, or to a whole file."""
    file = said and place.source.endswith(SUFFIXES)
    return not place.said and bool(place.path or file or (said and place.is_folder))


def _absolute(place: Place) -> Place:
    """The place with absolute paths. LoadError for a file that does not exist."""
    plain = not (place.path or place.said or place.given)
    if place.is_module and not plain:
        return place
    if plain and not place.source.endswith(".json") and not place.is_folder:
        return place
    source = str(file_of(place))
    given = str(importing.resolve(place.given)) if place.given else ""
    return Place(source, place.path, place.said, given)


def _joined(groups: Sequence[Sequence[Place]]) -> list[str]:
    """One text for each implementation; a gradient joins the function before it."""
    texts: list[str] = []
    for group in groups:
        text = AND.join(map(str, group))
        said = parsed(group[0].said) if group[0].said else None
        if said is None or not said.gradient:
            texts.append(text)
        elif texts:
            texts[-1] += f"{AND}{text}"
        else:
            name = said.function.name
            raise LoadError(
                f"{group[0].text}: {said.name} goes with {name}: name the object of {name} first"
            )
    return texts


def paired(groups: Sequence[list[Place]]) -> list[list[Place]]:
    """Solutions in KernelBench's form with the problem that stands beside them, if it is one."""
    names = {k: names_in(Path(g[0].source)) for k, g in enumerate(groups) if _whole(g)}
    problems = [k for k, n in names.items() if {"Model", "get_inputs"} <= n and "ModelNew" not in n]
    alone = [k for k, n in names.items() if "ModelNew" in n and "get_inputs" not in n]
    if len(problems) != 1 or not alone:
        return list(groups)
    problem = groups[problems[0]][0].source
    return [
        [replace(g[0], given=problem)] if k in alone else g
        for k, g in enumerate(groups)
        if k != problems[0]
    ]


def _whole(group: Sequence[Place]) -> bool:
    place = group[0]
    return len(group) == 1 and not place.path and not place.given and place.source.endswith(".py")


def names_in(path: Path) -> set[str]:
    """The functions and classes that a file defines, read without running it."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return set()
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in tree.body if isinstance(node, kinds)}
