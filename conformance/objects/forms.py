"""Files in the formats of known benchmarks, recognised by the names in them.

KernelBench: `ModelNew` (the solution), `Model`, `get_inputs` and `get_init_inputs` (the problem),
in one file or in two. GPU MODE: `custom_kernel(data)`. BackendBench: a folder of
`OP/OP_implementation_v1.py` with `OP_kernel_impl`. FlashInfer-Bench: a Solution in JSON.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.errors import LoadError
from conformance.functions import FUNCTIONS
from conformance.kernels.importing import imported
from conformance.objects import finding, scratch
from conformance.objects.calls import As, Spelled, parsed
from conformance.objects.places import Place
from conformance.objects.recognising import recognised


@dataclass(frozen=True)
class Found:
    """An object in a known form: its name, itself, what is said of it, and that in words.

    `dtypes` are those that the form speaks of; none if it leaves that open.
    """

    name: str
    target: Any
    said: As
    module: types.ModuleType
    words: str
    dtypes: tuple[str, ...] = ()
    path: Path | None = None


def in_module(module: types.ModuleType, path: Path, place: Place) -> Found | None:
    """What a file holds in a form of KernelBench or GPU MODE; None if it holds none. LoadError."""
    there = vars(module)
    if "ModelNew" in there or {"Model", "get_inputs"} <= there.keys():
        return _kernelbench(module, path, place)
    if callable(there.get("custom_kernel")):
        return _gpu_mode(module, path, place)
    return None


def _kernelbench(module: types.ModuleType, path: Path, place: Place) -> Found:
    problem = imported(Path(place.given)) if place.given else module
    name = "ModelNew" if hasattr(module, "ModelNew") else "Model"
    where = place.text
    inits = problem if hasattr(problem, finding.INITS) else module
    target = finding.made(getattr(module, name), inits, Place(f"{path}", name))
    if place.said:
        return Found(path.stem, target, parsed(place.said), module, f"KernelBench's form: {name}")
    if not hasattr(problem, "get_inputs") or not hasattr(problem, "Model"):
        raise LoadError(
            f"{where}: has ModelNew without the problem's Model and get_inputs (KernelBench's "
            f"form): name its file too, or say --as 'softmax(axis=1)'"
        )
    model = target if name == "Model" else finding.made(problem.Model, inits, Place(where, "Model"))
    known = recognised(model, problem.get_inputs, where)
    if known is None:
        raise LoadError(
            f"{where}: Model computes no function of the spec on its get_inputs() (KernelBench's "
            "form); if it does, say which: --as 'softmax(axis=1)'"
        )
    words = f"KernelBench's form: {name} is {known.said}, as Model computes it on get_inputs()"
    dtypes = (known.dtype,) if known.dtype else ()
    said = replace(parsed(known.said), shape=known.shape)
    return Found(path.stem, target, said, module, words, dtypes)


def _gpu_mode(module: types.ModuleType, path: Path, place: Place) -> Found:
    if not place.said:
        raise LoadError(
            f"{place.text}: has custom_kernel(data) (GPU MODE's form): say which function it is "
            "and what data holds: --as 'softmax((x, out))', or softmax(x) for an array alone"
        )
    said = parsed(place.said)
    if said.order is None:
        arrays = tuple(Spelled(a) for a in said.arrays)
        said = replace(said, order=(arrays if len(arrays) > 1 else arrays[0],))
    words = f"GPU MODE's form: custom_kernel is {place.said}"
    return Found(path.stem, module.custom_kernel, said, module, words)


#: An operator of ATen -> what `--as` says of it. Reductions are codes there, and the mean is 1.
_OPERATORS = {op: said for f in FUNCTIONS.values() for op, said in f.operators.items()}


def in_folder(folder: Path, place: Place) -> Iterator[Found]:
    """The operators of a BackendBench folder that the spec has. LoadError if there are none."""
    files = sorted(_implementations(folder))
    known = [(op, file) for op, file in files if _base(op) in _OPERATORS]
    if not known:
        ops = ", ".join(op for op, _ in files[:6])
        raise LoadError(
            f"{folder}: is a directory; name one Python file in it, or a folder of BackendBench: "
            f"OP/OP_implementation_v1.py{f' (it has {ops}: not of the spec)' if ops else ''}"
        )
    for op, file in known:
        module = imported(file)
        target = getattr(module, f"{op}_kernel_impl", None)
        if not callable(target):
            raise LoadError(f"{file}: defines no {op}_kernel_impl (BackendBench's form)")
        said = parsed(place.said or _OPERATORS[_base(op)])
        words = f"BackendBench's form: {op}_kernel_impl is {said.text}"
        yield Found(folder.name, target, said, module, words, (), file)


def _implementations(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each operator's folder with its first implementation; the folder itself may be one."""
    for inside in (folder, *(p for p in folder.iterdir() if p.is_dir())):
        files = sorted(inside.glob(f"{inside.name}_implementation*.py"))
        if files:
            yield inside.name, files[0].resolve()


def _base(op: str) -> str:
    """The operator without its overload: softmax for softmax__int."""
    return op.partition("__")[0] if not op.startswith("_") else "_" + op[1:].partition("__")[0]


def in_json(path: Path, place: Place) -> Found:
    """The entry point of a Solution of FlashInfer-Bench. LoadError for what is no such file."""
    try:
        solution = json.loads(path.read_text(encoding="utf-8"))
        spec, sources = solution["spec"], solution["sources"]
        files = {str(s["path"]): str(s["content"]) for s in sources}
        entry, _, name = spec["entry_point"].partition("::")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise LoadError(
            f"{path}: is not a Solution of FlashInfer-Bench: it needs spec.entry_point and sources"
        ) from None
    if not entry.endswith(".py") or entry not in files or not name:
        shown = spec["entry_point"]
        raise LoadError(f"{path}: its entry_point {shown!r} is not FILE.py::NAME in its sources")
    main = _unpacked(files, path) / entry
    module = imported(main)
    target = getattr(module, name, None)
    if not callable(target):
        raise LoadError(f"{path}: {entry} has no function {name!r}, its entry_point")
    said = _flashinfer(solution, spec, place, path)
    words = f"FlashInfer-Bench's form: {name} of {entry} is {said.text}"
    return Found(str(solution.get("name", path.stem)), target, said, module, words, (), main)


def _flashinfer(
    solution: Mapping[str, Any], spec: Mapping[str, Any], place: Place, path: Path
) -> As:
    definition = str(solution.get("definition", ""))
    named = re.sub(r"\W", "_", definition.lower())
    fitting = [f for f in sorted(FUNCTIONS, key=len, reverse=True) if named.startswith(f)]
    if not place.said and not fitting:
        raise LoadError(
            f"{path}: its definition {definition!r} names no function of the spec; say which it "
            "is: --as 'softmax(axis=-1)'"
        )
    axis = "(axis=-1, ndim=2)" if fitting and FUNCTIONS[fitting[0]].rowwise else ""
    said = parsed(place.said or f"{fitting[0]}{axis}")
    writes = spec.get("destination_passing_style", True)
    if not writes or said.order is not None or said.out is not None:
        return said
    return replace(said, order=(*(Spelled(a) for a in said.arrays), Spelled("out")))


_FOLDERS: list[Any] = []  # as long as the process: the files are imported from there


def _unpacked(files: Mapping[str, str], path: Path) -> Path:
    """A folder with the sources, on the search path. LoadError for a path that leads out of it."""
    for name in files:
        inside = Path(os.path.normpath(name))
        if inside.is_absolute() or os.pardir in inside.parts:
            raise LoadError(f"{path}: the source {name!r} lies outside of its folder")
    made = tempfile.TemporaryDirectory(prefix="conformance-", dir=scratch.folder())
    _FOLDERS.append(made)
    folder = Path(made.name).resolve()
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    sys.path.append(str(folder))
    return folder
