"""What is examined of JAX is what its users get: the same bits as their own jit of the function.

Programs may be made fewer, shared or kept from run to run, but never other ones: nothing is padded,
mapped, merged or compiled in another way than a user's call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

from conformance.examine.selection import Settings, subjects
from conformance.floats import FORMATS, Array, same_bits
from conformance.functions import FUNCTIONS
from conformance.inputs import examples
from conformance.kernels.arguments import argument, result_role
from conformance.kernels.layouts import canonical, shaped
from conformance.kernels.loading import load
from conformance.model import Example, Subject
from conformance.spec.context import Examination

jax = pytest.importorskip("jax")

IMPLEMENTATION = load("jax")
#: Formats, and how many shapes or sets of options of each function: 54 outputs in all.
FORMS = {"float32": 2, "bfloat16": 1}
CASES = [(name, dtype) for name in IMPLEMENTATION.functions for dtype in FORMS]


def _few(subject: Subject, programs: str) -> Iterator[Example]:
    """An example of each shape and set of options."""
    function = FUNCTIONS[subject.function]
    accepts = IMPLEMENTATION.options.get(subject.function, frozenset())
    made = examples(function, FORMATS[subject.dtype], effort="default", seed=0, programs=programs,
                    options=accepts, layouts=("C",))  # fmt: skip
    met: set[object] = set()
    for e in made:
        key = e.x.shape, e.view, *sorted(e.options)
        if e.size and key not in met:
            met.add(key)
            yield e


def _native(e: Example) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """Arguments, options that are arrays, and the others, as a user has them."""
    given = [argument(e, n) for n in e.function.arguments]
    arrays = [jax.numpy.asarray(shaped(array, e.view, role)) for array, role in given]
    plain = {k: v for k, v in e.options.items() if not isinstance(v, np.ndarray)}
    if e.function.rowwise and not e.function.matrix:
        plain["axis"] = e.view.axis
    traced = {
        k: jax.numpy.asarray(v if e.function.rowwise or not v.ndim else v.reshape(e.view.batch))
        for k, v in e.options.items()
        if k not in plain and k != e.function.matrix
    }
    return arrays, traced, plain


def _as_a_user(e: Example, function: Callable[..., Any]) -> tuple[Array, Array]:
    """The value and the gradient of jitted functions that are made here."""
    arrays, traced, plain = _native(e)
    role = result_role(e.function, e.options)
    cotangent = jax.numpy.asarray(shaped(e.args["cotangent"], e.view, role))

    def value(*given: Any, **options: Any) -> Any:
        return function(*given, **options, **plain)

    def gradient(g: Any, first: Any, *rest: Any, **options: Any) -> Any:
        return jax.vjp(lambda x: value(x, *rest, **options), first)[1](g)[0]

    got = np.asarray(jax.jit(value)(*arrays, **traced))
    slope = np.asarray(jax.jit(gradient)(cotangent, *arrays, **traced))
    first = argument(e, e.function.first)[1]
    return canonical(got, e.view, role), canonical(slope, e.view, first)


@pytest.mark.parametrize(("name", "dtype"), CASES, ids=["-".join(c) for c in CASES])
def test_the_bits_are_those_of_a_users_own_jit(name: str, dtype: str) -> None:
    settings = Settings(functions=(name,), dtypes=(dtype,), modes=("jit",))
    subject = subjects(IMPLEMENTATION, settings)[0][0]
    f = Examination(IMPLEMENTATION, subject)
    for e in islice(_few(subject, "default" if dtype == "float32" else "narrow"), FORMS[dtype]):
        with f.kernel.backend.scope("cpu", dtype):
            value, gradient = _as_a_user(e, IMPLEMENTATION.functions[name])
        assert same_bits(f.observed(e).result, value)
        assert same_bits(f.observed_vjp(e).result, gradient)
