"""Which kinds of labels a cross-entropy refuses: class indices, or floating rows of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.kernels.arguments import constant
from conformance.kernels.failures import CallFailed
from conformance.kernels.layouts import fitted
from conformance.model import Example, View

#: What a slip of the pen raises, whatever the labels are.
_SLIPS = (
    "AttributeError", "ImportError", "KeyError", "MemoryError", "ModuleNotFoundError", "NameError",
    "RecursionError", "SystemExit", "UnboundLocalError", "ZeroDivisionError",
)  # fmt: skip
_WORDS = {True: "distributions", False: "class indices"}
_MASS = ((0.25, 0.25, 0.5), (0.5, 0.25, 0.25))


class LabelKinds:
    """What is refused is found by one call with three classes and plain numbers.

    Indexing with floating labels raises, and so does multiplying by indices of another shape: it is
    no number that could be wrong. A function that raises for both kinds refuses neither.
    """

    def __init__(
        self, value: Callable[[Example], Array], built_in: Mapping[str, Any] | None = None
    ) -> None:
        self._value = value
        self._built_in = built_in or {}
        self._known: dict[bool, str] = {}

    def refusal(self, e: Example) -> str:
        """Why no more calls are made with labels of this kind; empty if there is no reason."""
        return self._known.get(_floating(e), "") if _takes_both(e) else ""

    def took(self, e: Example) -> None:
        """A call with labels of this kind gave something: it is not refused."""
        if _takes_both(e):
            self._known.setdefault(_floating(e), "")

    def refused(self, e: Example, failed: CallFailed) -> str:
        """The reason, if a call failed because of the kind of its labels, not of what they say.

        It is looked for when a call has failed, so that no call is made before the first example's.
        """
        if not _takes_both(e) or failed.kind != "raised" or failed.exception in _SLIPS:
            return ""
        floating = _floating(e)
        if floating not in self._known:
            self._known[floating] = ""  # for the two calls that follow
            if self._raises(e, floating) and not self._raises(e, not floating):
                self._known[floating] = f"no {_WORDS[floating]} as labels: {failed}"
        return self._known[floating]

    def _raises(self, e: Example, floating: bool) -> bool:
        try:
            self._value(_plain(e, floating, self._built_in))
        except CallFailed as failed:
            return failed.kind == "raised"
        return False


def _takes_both(e: Example) -> bool:
    return e.function.kind == "loss" and e.function.rowwise


def _floating(e: Example) -> bool:
    return not np.issubdtype(e.labels.dtype, np.integer)


def _plain(e: Example, floating: bool, built_in: Mapping[str, Any]) -> Example:
    """Two rows of three classes: the last is the first one's label, the first the second's."""
    indices = np.array([2, 0])
    labels = np.eye(3, dtype=e.fmt.dtype)[indices] if floating else indices
    args = {e.function.first: np.array(_MASS, e.fmt.dtype), "labels": labels}
    view = fitted(View((2,)), 2, True, built_in)
    return Example(e.function, e.fmt, args, view, constant(built_in))
