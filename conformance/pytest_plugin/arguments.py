"""Which files pytest's arguments mean, and which parts of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.errors import UsageError
from conformance.kernels.importing import resolve
from conformance.pytest_plugin.items import Chosen, case_name, law_name

if TYPE_CHECKING:
    from conformance.processes.run import Described


def files(config: pytest.Config) -> dict[Path, str]:
    """Each file and its node ID: relative to the root, or its name if it lies elsewhere."""
    root = config.rootpath.resolve()
    found: dict[Path, str] = {}
    for ref in config.getoption("conformance"):
        there = config.invocation_params.dir / ref
        path = resolve(str(there) if there.exists() else ref)
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        if name in found.values() and path not in found:
            raise UsageError(f"two files named {name}: rename one, or examine them one by one")
        found[path] = name
    return found


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
        place = _place(config, argument, files)
        if place is None:
            others.append(argument)
        else:
            named.setdefault(place, []).append(tuple(argument.split("::")[1:]))
    typed = any(str(a).startswith("--conformance") for a in config.invocation_params.args)
    given = config.args_source is pytest.Config.ArgsSource.ARGS
    config.args[:] = [] if typed and not given else others
    if not named:
        return dict.fromkeys(files, ())
    return {path: () if () in parts else tuple(parts) for path, parts in named.items()}


def _place(config: pytest.Config, argument: str, files: Mapping[Path, str]) -> Path | None:
    """The file under examination that an argument names, by path or by node ID."""
    place = argument.partition("::")[0]
    path = Path(config.invocation_params.dir, place)
    if path.exists():
        return path.resolve() if path.resolve() in files else None
    return next((p for p, name in files.items() if name == place), None)


def distinct(described: Mapping[Path, Described]) -> dict[Path, Described]:
    """The same under distinct names: the second "mine" becomes "mine-2"."""
    found: dict[Path, Described] = {}
    for path, d in described.items():
        taken, name, count = {other.info.name for other in found.values()}, d.info.name, 1
        while name in taken:
            count += 1
            name = f"{d.info.name}-{count}"
        found[path] = d if count == 1 else d.named(name)
    return found


def check(
    described: Mapping[Path, Described], chosen: Mapping[Path, Chosen], files: Mapping[Path, str]
) -> None:
    """pytest.UsageError for parts of a file that are not there."""
    for path, parts in chosen.items():
        nodes = _nodes(described[path]) if parts else set()
        for part in parts:
            if part not in nodes:
                raise pytest.UsageError(f"not found: {'::'.join((files[path], *part))}")


def _nodes(described: Described) -> set[tuple[str, ...]]:
    """The parts of all node IDs of a file."""
    nodes: set[tuple[str, ...]] = set()
    for subject, laws in described.subjects:
        for law in laws:
            parts = (subject.function, law_name(law), case_name(subject))
            nodes |= {parts[:1], parts[:2], parts}
    return nodes
