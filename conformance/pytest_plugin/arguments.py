"""Which files pytest's arguments mean, and which parts of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.errors import UsageError
from conformance.objects.asked import typed
from conformance.objects.places import is_object, places, resolve
from conformance.pytest_plugin.items import Chosen, case_name, law_name

if TYPE_CHECKING:
    from conformance.processes.messages import Loaded


def files(config: pytest.Config, said: Sequence[str] = ()) -> dict[Path, str]:
    """What is examined, as a path, and its node ID: relative to the root, or its name elsewhere.

    The path of an object is the text that names it. `said` is what --conformance-as says.
    """
    found: dict[Path, str] = {}
    for ref in typed([_there(config, ref) for ref in config.getoption("conformance")], said):
        path = Path(ref) if is_object(ref) else resolve(ref)
        name = _node(config, ref)
        if name in found.values() and path not in found:
            raise UsageError(f"two files named {name}: rename one, or examine them one by one")
        found[path] = name
    return found


def _there(config: pytest.Config, ref: str) -> str:
    there = config.invocation_params.dir / ref
    return str(there) if there.exists() else ref


def _node(config: pytest.Config, ref: str) -> str:
    """The node ID: the file, and the object in it."""
    root, path = config.rootpath.resolve(), resolve(ref)
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    place = places(ref)[0].path if is_object(ref) else ""
    return f"{name}::{place}" if place else name


def chosen(config: pytest.Config, files: Mapping[Path, str]) -> dict[Path, Chosen]:
    """The files to collect, with the parts that were named; the rest is left in `config.args`.

    `pytest --conformance FILE` collects FILE alone; with the option in the configuration, or with
    other arguments, the tests too. Arguments that name files under examination choose among them.
    """
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        told = workerinput["conformance"]
        config.args[:] = told["args"]
        return {Path(p): tuple(map(tuple, c)) for p, c in told["chosen"].items()}
    named: dict[Path, list[tuple[str, ...]]] = {}
    others = []
    for argument in config.args:
        place, parts = _place(config, argument, files)
        if place is None:
            others.append(argument)
        else:
            named.setdefault(place, []).append(parts)
    typed = any(str(a).startswith("--conformance") for a in config.invocation_params.args)
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args[:] = [] if typed and not given else others
    if not named:
        return dict.fromkeys(files, ())
    return {path: () if () in parts else tuple(parts) for path, parts in named.items()}


def _place(
    config: pytest.Config, argument: str, files: Mapping[Path, str]
) -> tuple[Path | None, tuple[str, ...]]:
    """The file or object that an argument names, by path or node ID, and the parts after it."""
    first, *rest = argument.split("::")
    path = Path(config.invocation_params.dir, first)
    for place, name in sorted(files.items(), key=lambda item: -len(item[1])):
        _, *inside = name.split("::")
        named = path.exists() and place.exists() and path.resolve() == place
        same = first == name.partition("::")[0] and rest[: len(inside)] == inside
        if named or (same and (inside or not path.exists())):
            return place, tuple(rest[len(inside) :])
    return None, ()


def distinct(described: Mapping[Path, Loaded]) -> dict[Path, Loaded]:
    """The same under distinct names: the second "mine" becomes "mine-2"."""
    from conformance.kernels import loading

    names = loading.distinct(d.info.name for d in described.values())
    return {path: d.named(name) for name, (path, d) in zip(names, described.items(), strict=True)}


def check(
    described: Mapping[Path, Loaded], chosen: Mapping[Path, Chosen], files: Mapping[Path, str]
) -> None:
    """pytest.UsageError for parts of a file that are not there."""
    for path, parts in chosen.items():
        nodes = _nodes(described[path]) if parts else set()
        for part in parts:
            if part not in nodes:
                raise pytest.UsageError(f"not found: {'::'.join((files[path], *part))}")


def _nodes(described: Loaded) -> set[tuple[str, ...]]:
    """The parts of all node IDs of a file."""
    nodes: set[tuple[str, ...]] = set()
    for subject, laws in described.subjects:
        for law in laws:
            parts = (subject.function, law_name(law), case_name(subject))
            nodes |= {parts[:1], parts[:2], parts}
    return nodes
