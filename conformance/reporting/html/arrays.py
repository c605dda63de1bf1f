"""Arrays as expressions of a script: exact values, shape and layout as they were given."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

from conformance.backends import about
from conformance.kernels.layouts import LEAST_AXES
from conformance.records.results import ArrayText

_NUMBER = re.compile(r"-?(0x[0-9a-f.]+p[+-]?[0-9]+|[0-9]+|inf|nan)")
_DTYPE = re.compile(r"[a-z]+[0-9]*")
_RUN = 8


class Arrays:
    """Writes arrays for one array library under one view."""

    def __init__(
        self, backend: str, rowwise: bool, view: Mapping[str, int | str | list[int]]
    ) -> None:
        batch, axis = view.get("batch"), view.get("axis", -1)
        self._script = about(backend).script
        self._rowwise = rowwise
        self._batch = batch if isinstance(batch, list) else None
        self._axis = axis if isinstance(axis, int) else -1
        self.layout = str(view.get("layout", "C"))
        self._only = str(view.get("only", ""))
        start = view.get("start", 1)
        self._start = start if isinstance(start, int) else 1

    @property
    def helpers(self) -> str:
        """What a script defines before `laid_out` is used in it."""
        return self._script.helpers.get(self.layout, "")

    def writable(self, array: ArrayText) -> bool:
        """Whether the text is an array of numbers: what a file says becomes code only then."""
        whole = prod(array.shape) == len(array.values) and all(n >= 0 for n in array.shape)
        numbers = all(_NUMBER.fullmatch(value) for value in array.values)
        return whole and numbers and bool(_DTYPE.fullmatch(array.dtype))

    def written(self, array: ArrayText, *, option: bool = False) -> str:
        """The expression. `option`: of class weights, which have no batch."""
        values, shape = self._values(array), self._shape(array, option)
        made = self._made(values, array.dtype)
        if shape != [len(array.values)]:
            made = f"{made}.reshape({', '.join(map(str, shape)) if shape else '()'})"
        rows = not option and self._is_rows(array)
        rank = len(shape)
        if rows and self._axis % rank != rank - 1:
            of = self._script
            made = f"{of.moved.format(m=of.module)}({made}, -1, {self._axis})"
            made = of.contiguous.format(m=of.module, x=made)
        return made

    def _is_rows(self, array: ArrayText) -> bool:
        return self._rowwise and len(array.shape) == 2

    def _shape(self, array: ArrayText, option: bool) -> Sequence[int]:
        if self._batch is None or not array.shape:
            return array.shape
        if not option and self._is_rows(array):
            one = array.shape[0] == 1  # a mask for all rows
            rows = [*([1] * len(self._batch) if one else self._batch), array.shape[-1]]
            return rows if prod(rows) == len(array.values) else array.shape
        if (
            len(array.shape) == 1
            and prod(self._batch) == array.shape[0]
            and not (option and self._rowwise)
        ):
            return self._batch
        return array.shape

    def _values(self, array: ArrayText) -> str:
        if "int" in array.dtype:
            return _runs(array.values, lambda part: f"[{', '.join(part)}]")
        return _runs(array.values, lambda part: f'exact("{" ".join(part)}")')

    def _made(self, values: str, dtype: str) -> str:
        form = self._script.mask if dtype == "bool" else self._script.array
        host = dtype if dtype == "bfloat16" else f"np.{dtype}"
        return form.format(values=values, dtype=dtype, host=host)

    def laid_out(self, name: str, array: ArrayText) -> str:
        """The named array in the view's memory layout; empty if that is the plain one."""
        module, form = self._script.module, self._script.layouts.get(self.layout)
        if form is None or not array.shape or self._only not in ("", name):
            return ""
        if len(self._shape(array, option=False)) < LEAST_AXES.get(self.layout, 0):
            return ""
        gap = "-7" if "int" in array.dtype else f"{module}.nan"
        gap = "True" if array.dtype == "bool" else gap
        return form.format(x=name, m=module, gap=gap, start=self._start)


def _runs(values: Sequence[str], written: Callable[[Sequence[str]], str]) -> str:
    """The values, long runs of one value as a product."""
    parts: list[str] = []
    plain: list[str] = []
    for value, group in itertools.groupby(values):
        count = len(list(group))
        if count <= _RUN:
            plain += [value] * count
            continue
        parts += _flushed(plain, written)
        plain = []
        parts.append(f"{written([value])} * {count}")
    parts += _flushed(plain, written)
    return " + ".join(parts) or "[]"


def _flushed(plain: Iterable[str], written: Callable[[Sequence[str]], str]) -> list[str]:
    part = list(plain)
    return [written(part)] if part else []
