"""A counterexample as a script that needs the framework and NumPy only.

Inputs are exact hexadecimal text; the batch, the class axis and the memory layout are as they were
when the law failed. The functions of the bundled files are written into the script; those of a
user's file are loaded from it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import msgspec

from conformance.backends import about
from conformance.backends.library import Script
from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import DEFAULTS
from conformance.kernels.importing import bundled
from conformance.model import Function
from conformance.objects.places import beside, is_object
from conformance.records.results import (
    ArrayText,
    Counterexample,
    ImplementationInfo,
    Report,
    Result,
)
from conformance.reporting.html.arrays import Arrays
from conformance.reporting.html.slicing import needed

#: All scripts of a page together; the others are to be had by `conformance replay`.
BUDGET = 200_000
#: One script: nobody reads thousands of numbers.
LARGEST = 16_000

#: Laws that fail on thousands of copies of what they show, or on rows that are spread over axes.
_MADE_OTHERWISE = frozenset(
    {
        "reduces-large-batches",
        "gradient-in-large-batches",
        "several-axes-are-one-row",
        "gradient-along-several-axes",
    }
)
_DEVICE = re.compile(r"([a-z]+)(?::([0-9]{1,3}))?")


class Scripts:
    """Scripts for the failures of a report, until the page's budget is spent."""

    def __init__(self, report: Report, budget: int = BUDGET) -> None:
        self._infos = {info.name: info for info in report.implementations}
        self._left = budget

    def __call__(self, result: Result) -> str:
        """The script of a failure; empty if it has none or the budget is spent."""
        info = self._infos.get(result.implementation)
        text = script(result, info) if info else ""
        if len(text) > min(self._left, LARGEST):
            return ""
        self._left -= len(text)
        return text


def script(result: Result, info: ImplementationInfo) -> str:
    """The script for one failure; empty if the result has no counterexample to run."""
    if result.counterexample is None or result.function not in FUNCTIONS:
        return ""
    if result.invariant.partition("/")[2] in _MADE_OTHERWISE:
        return ""
    c = _known(result.counterexample, FUNCTIONS[result.function])
    arrays = Arrays(info.backend, FUNCTIONS[result.function].rowwise, c.view)
    if not all(arrays.writable(a) for a in _arrays(c)):
        return ""
    source, loads = _source(result, info)
    imports = _imports(about(info.backend).script, result, loads)
    parts = [_head(result, info, c), imports, _without(source, imports.split("\n"))]
    parts += ["\n".join(_inputs(c, arrays)), "\n".join(_call(result, info.backend, c))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _known(c: Counterexample, function: Function) -> Counterexample:
    """The counterexample with the spec's names only: they become names of the script."""
    names = (*function.arguments, "cotangent")
    axis = c.view.get("axis")
    return msgspec.structs.replace(
        c,
        arguments={k: v for k, v in c.arguments.items() if k in names},
        options={k: v for k, v in c.options.items() if k in (*function.options, function.matrix)},
        view={**c.view, "axis": axis if isinstance(axis, int) else -1},
    )


def _arrays(c: Counterexample) -> Iterator[ArrayText]:
    yield from c.arguments.values()
    yield from (v for v in c.options.values() if isinstance(v, ArrayText))


def _line(text: str) -> str:
    """Text as one line of a comment."""
    return " ".join("".join(x if x.isprintable() else " " for x in text).split())


def _head(result: Result, info: ImplementationInfo, c: Counterexample) -> str:
    where = f"{result.dtype}, {result.mode}, {result.device}"
    lines = [f"{result.invariant}: {info.name} {info.version}, {where}", c.claim]
    beside, right = c.against
    if right:
        lines.append(f"got {c.got}, {beside} is {right}, at index {c.index}")
    elif c.got:
        lines.append(f"got {c.got}")
    if c.error:
        lines.append(f"error {c.errors[0]}, allowed {c.errors[1]}")
    return "\n".join(f"# {_line(text)}" for text in lines if text)


def _imports(of: Script, result: Result, loads: bool) -> str:
    host = Script().imports
    kind, index = _place(result.device)
    bfloat = result.dtype == "bfloat16" and "{host}" in of.array
    lines = [
        "import runpy\n" if loads else "",
        host,
        "from ml_dtypes import bfloat16" if bfloat else "",
        of.imports if of.imports != host else "",
        f"\n{of.wide}" if of.wide and result.dtype == "float64" else "",
        "\n" + of.device.format(kind=kind, index=index)
        if of.device and (kind, index) != ("cpu", 0) else "",
    ]  # fmt: skip
    return "\n".join(filter(None, lines))


def _place(device: str) -> tuple[str, int]:
    """The platform and the number of a device; the first CPU for what is no device's name."""
    found = _DEVICE.fullmatch(device)
    return (found[1], int(found[2] or 0)) if found else ("cpu", 0)


def _source(result: Result, info: ImplementationInfo) -> tuple[str, bool]:
    """The function: its text if it is a bundled one; else, and True, loading the user's file."""
    names = _names(result, info)
    path = _bundled(info.file)
    if path is not None:
        text = needed(path.read_text(encoding="utf-8"), names)
        if text:
            return text, False
    if is_object(info.file):
        return _adapted(names, beside(info.file)), False
    file = PurePath(info.file).name or f"{info.name}.py"
    if info.form:
        return _adapted(names, file), False
    loaded = f"file = runpy.run_path({file!r})  # run this script beside it"
    return "\n".join([loaded, *(f"{name} = file[{name!r}]" for name in names)]), True


def _adapted(names: Sequence[str], ref: str) -> str:
    """An object is called as it was: by what conformance makes of its place."""
    lines = [
        "from conformance.objects.load import load\n",
        f"found = load({ref!r})  # run this script beside the file",
    ]
    for name in names:
        of = (
            f"gradients[{name.removesuffix('_vjp')!r}]"
            if name.endswith("_vjp")
            else (f"functions[{name!r}]")
        )
        lines.append(f"{name} = found.{of}")
    return "\n".join(lines)


def _without(source: str, there: Sequence[str]) -> str:
    """The source without the imports that the script has already."""
    lines = source.split("\n")
    return "\n".join(line for line in lines if not line or line not in there).strip("\n")


def _names(result: Result, info: ImplementationInfo) -> tuple[str, ...]:
    gradient = f"{result.function}_vjp"
    written = gradient in info.functions or about(info.backend).script.gradient is None
    wanted = result.counterexample is not None and "cotangent" in result.counterexample.arguments
    return (result.function, gradient) if written and wanted else (result.function,)


def _bundled(file: str) -> Path | None:
    """The bundled file that this is; None for a user's file."""
    path = Path(file)
    if file in bundled():
        return bundled()[file]
    same = (own for own in bundled().values() if own.name == path.name)
    return next((own for own in same if own.parent.name == path.parent.name), None)


def _inputs(c: Counterexample, arrays: Arrays) -> Iterator[str]:
    yield "def exact(text):"
    yield "    return [float.fromhex(word) for word in text.split()]"
    yield ""
    yield ""
    yield from arrays.helpers.split("\n")[:-1]
    for name, array in c.arguments.items():
        yield f"{name} = {arrays.written(array)}"
        yield from _layout(name, array, arrays)
    for name, option in c.options.items():
        if isinstance(option, ArrayText):
            mask = name == "where" and len(option.shape) == 2
            yield f"{name} = {arrays.written(option, option=not mask)}"
            yield from _layout(name, option, arrays)


def _layout(name: str, array: ArrayText, arrays: Arrays) -> Iterator[str]:
    text = arrays.laid_out(name, array)
    if text:
        yield f"{name} = {text}  # layout: {arrays.layout}"


def _keywords(result: Result, c: Counterexample) -> Iterator[str]:
    axis, batch = c.view.get("axis", -1), c.view.get("batch", [])
    rowwise, last = FUNCTIONS[result.function].rowwise, axis in (-1, len(_list(batch)))
    if rowwise and ("axis" in c.passed or not last):
        yield f"axis={axis}"
    for name, option in c.options.items():
        if name == FUNCTIONS[result.function].matrix:
            continue
        if isinstance(option, ArrayText):
            yield f"{name}={name}"
        elif name in c.passed or name not in DEFAULTS or option != DEFAULTS[name]:
            yield f"{name}={_number(option)}"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _number(value: object) -> str:
    finite = not isinstance(value, float) or math.isfinite(value)
    return repr(value) if finite else f"float({str(value)!r})"


def _call(result: Result, backend: str, c: Counterexample) -> Iterator[str]:
    """The call, in the result's mode, and the gradient where there is a cotangent."""
    given = {**c.arguments, **c.options}
    arguments = [a for a in FUNCTIONS[result.function].arguments if a in given]
    keywords, placed = list(_keywords(result, c)), list(arguments)
    of = _of(result, arguments)
    if of and of not in arguments:
        arguments.append(of)
    taken = ", ".join(arguments)
    yield ""
    yield f"def call({taken}):"
    yield f"    return {result.function}({', '.join([*placed, *keywords])})"
    yield ""
    yield ""
    of_library = about(backend).script
    if mode := of_library.modes.get(result.mode):
        yield "call = " + mode.format(dtype=result.dtype, kind=_place(result.device)[0])
    yield f"print('value   ', call({taken}))"
    if "cotangent" not in c.arguments:
        return
    if of_library.gradient is not None:
        yield from of_library.gradient(arguments[0], of, taken)
    else:
        placed = [*arguments, "cotangent", *keywords]
        yield f"print('gradient', {result.function}_vjp({', '.join(placed)}))"


def _of(result: Result, arguments: Sequence[str]) -> str:
    """What the law differentiates by: the first argument, unless its name says another."""
    law = result.invariant.partition("/")[2]
    for prefix, name in _OTHERS.items():
        if law.startswith(prefix):
            return name
    return arguments[0] if arguments else ""


#: The first words of laws on other derivatives.
_OTHERS = {
    "label-gradient-": "labels",
    "matrix-gradient-": "linear_weight",
    "bias-gradient-": "linear_bias",
    "weight-gradient-": "weight",
    "weight-has-a-gradient": "weight",
    "pos-weight-gradient-": "pos_weight",
    "pos-weight-has-a-gradient": "pos_weight",
}
