"""A call as a person types it: the arrays by the spec's names, the rest by the function's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.kernels.arguments import keywords_for
from conformance.kernels.layouts import fitting
from conformance.model import Example, Implementation
from conformance.objects.adapter import Adapted, Named
from conformance.objects.own_values import shown


def call_text(e: Example, of: Implementation | None = None, *, gradient: bool = False) -> str:
    """The call that an implementation gets for an example: softmax(x, dim=0).

    Of none it is that of the spec. `gradient`: that of F_vjp, if the file writes it itself.
    """
    function, arrays, part = e.function.name, list(e.function.arguments), ""
    target = None if of is None else of.functions.get(function)
    if of is not None and gradient and function in of.gradients:
        target, arrays, function = of.gradients[function], [*arrays, "cotangent"], f"{function}_vjp"
    placed = list(map(Named, arrays))
    options = {
        k: Named(k) if isinstance(v, np.ndarray) else v
        for k, v in passed(e, of, gradient=gradient).items()
    }
    if isinstance(target, Adapted):
        placed, options = target.written(options)
        part = "" if target.said.result is None else f"[{target.said.result!r}]"
    own = function if of is None else of.called.get(function, function)
    parts = [*map(_shown, placed), *(f"{k}={_shown(v)}" for k, v in options.items())]
    return f"{own}({', '.join(parts)}){part}"


def passed(
    e: Example, of: Implementation | None = None, *, gradient: bool = False
) -> dict[str, Any]:
    """The options that a call gives, by the spec's names."""
    name = e.function.name
    if of is not None and name in of.functions:
        written = gradient and name in of.gradients
        accepted = of.options.get(f"{name}_vjp" if written else name, frozenset())
        built_in = of.built_in.get(name, {})
        with suppress(Unsupported):  # what was not called is told by the spec's names
            return keywords_for(fitting(e, built_in), accepted, built_in)
    return dict(_of_spec(e))


def _of_spec(e: Example) -> Iterator[tuple[str, Any]]:
    if e.function.rowwise and e.view.axis != -1:
        yield "axis", e.view.axis
    yield from ((k, v) for k, v in e.options.items() if k != e.function.matrix)


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        inner = ", ".join(map(_shown, value)) + "," * (isinstance(value, tuple) and len(value) == 1)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    return shown(value.item() if isinstance(value, np.generic) else value)
