"""Sizes that a refusal names: in what it says, or in the code that raised it.

A kernel that takes one size only names it when it refuses another: "expected 1000 classes",
`assert x.shape == (ROWS, N)`, `if n != self.n`. The sizes found are guesses, to be tried.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType, MemberDescriptorType
from typing import Any

#: Where code is not the kernel's own.
_OURS = str(Path(__file__).parents[1]) + os.sep
_INSTALLED = ("site-packages", "dist-packages")
#: (32, 1000), [32, 1000], 32x1000
_SHAPE = re.compile(r"[(\[]\s*\d+(?:\s*,\s*\d+)+\s*,?\s*[)\]]|\b\d+(?:\s*[x×]\s*\d+)+\b")
#: 1000, 1,000, 1_000; not the digits of float32
_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?![\w.]*\w)")
_LARGEST = 2**20
_AXES = 6
_MOST = 24

Shape = tuple[int, ...]


def named_sizes(error: BaseException, said: str, path: Path) -> tuple[Shape, ...]:
    """Shapes of two axes or more, and single numbers as (n,), the likeliest first."""
    found = dict.fromkeys(shape for shape in _all(error, said, path) if _possible(shape))
    return tuple(found)[:_MOST]


def _all(error: BaseException, said: str, path: Path) -> Iterator[Shape]:
    for shape in _SHAPE.findall(said):
        yield tuple(map(int, re.findall(r"\d+", shape)))
    for number in _NUMBER.findall(_SHAPE.sub(" ", said)):
        yield (int(re.sub("[,_]", "", number)),)
    for frame in reversed(list(_frames(error, path))):
        yield from _in_frame(frame)


def _possible(shape: Shape) -> bool:
    return len(shape) <= _AXES and all(1 <= n <= _LARGEST for n in shape)


def _frames(error: BaseException, path: Path) -> Iterator[FrameType]:
    """The frames of the file and of the files beside it."""
    beside, step = str(path.parent) + os.sep, error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name == str(path) or (
            name.startswith(beside)
            and not name.startswith(_OURS)
            and not any(folder in name for folder in _INSTALLED)
        ):
            yield step.tb_frame
        step = step.tb_next


def _in_frame(frame: FrameType) -> Iterator[Shape]:
    """The numbers of its code, of the names that it reads, and of the object it belongs to."""
    code, own = frame.f_code, frame.f_locals
    yield from _numbers(code.co_consts)
    yield from _numbers(frame.f_globals.get(name) for name in code.co_names)
    yield from _numbers(own[name] for name in code.co_freevars if name in own)
    if code.co_argcount:
        yield from _numbers(_attributes(own.get(code.co_varnames[0]), code.co_names))
    yield from _numbers(own.values())


def _attributes(of: Any, names: Iterable[str]) -> Iterator[Any]:
    """The attributes that a method reads from its object, but for properties of the file's own."""
    if inspect.getattr_static(of, "shape", None) is None:
        yield from (_held(of, name) for name in names)


def _held(of: Any, name: str) -> Any:
    found = inspect.getattr_static(of, name, None)
    return getattr(of, name, None) if isinstance(found, MemberDescriptorType) else found


def _numbers(values: Iterable[Any]) -> Iterator[Shape]:
    for value in values:
        if _whole(value):
            yield (value,)
        elif (
            isinstance(value, tuple | list) and 0 < len(value) <= _AXES and all(map(_whole, value))
        ):
            yield tuple(value)


def _whole(value: Any) -> bool:
    return type(value) is int
