"""The contract: dtype and shape, arguments left alone, no state, results that own their memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.kernels import process_state
from conformance.kernels.failures import CallFailed, defined
from conformance.model import Claim, Example
from conformance.spec.claims import equal, holds, same
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, LOSSES, law
from conformance.spec.takes import takes

_SOURCE = "the interface: results have the dtype of the floating argument; arrays in, arrays out"


@law(
    "keeps-dtype", *ALL,
    says="the result has the dtype of the floating argument", bound="none",
    why="The interface. SciPy's expit of float16 gives float64; a silent upcast doubles memory and "
    "changes what follows. Under PyTorch's autocast float32 is as good.",
    source=_SOURCE, reveals="silent upcasts, constants that are float64", masked=True,
)  # fmt: skip
def keeps_dtype(f: Examination, e: Example) -> Iterator[Claim]:
    """The result's dtype."""
    got = f.observed(e).dtype
    wanted = [f.fmt.name, *(["float32"] if f.subject.mode == "autocast" else [])]
    words = f"{' or '.join(wanted)}, not {got}"
    yield holds(got in wanted, what=words, at=e)


@law(
    "gradient-keeps-dtype", *ALL,
    says="the gradient has the dtype of its argument", bound="none", why="The interface.",
    source=_SOURCE, reveals="silent upcasts in a backward pass", needs=("vjp",), masked=True,
)  # fmt: skip
def gradient_keeps_dtype(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient's dtype."""
    got = f.observed_vjp(e).dtype
    yield holds(got == f.fmt.name, what=f"{f.fmt.name}, not {got}", at=e)


@law(
    "leaves-arguments-alone", *ALL,
    says="no argument is changed", bound="none: same bits",
    why="The caller still owns its arrays.",
    source=_SOURCE, reveals="in-place subtraction of the maximum, in-place clipping", masked=True,
)  # fmt: skip
def leaves_arguments_alone(f: Examination, e: Example) -> Iterator[Claim]:
    """Arguments after the call."""
    changed = f.observed(e).changed
    yield holds(not changed, what=f"{', '.join(changed)} changed", at=e)


@law(
    "gradient-leaves-arguments-alone", *ALL,
    says="no argument is changed by the gradient", bound="none: same bits",
    why="The caller still owns its arrays, the cotangent too.",
    source=_SOURCE, reveals="in-place scaling of the cotangent", needs=("vjp",), masked=True,
)  # fmt: skip
def gradient_leaves_arguments_alone(f: Examination, e: Example) -> Iterator[Claim]:
    """Arguments after the gradient's call."""
    changed = f.observed_vjp(e).changed
    yield holds(not changed, what=f"{', '.join(changed)} changed", at=e)


@law(
    "owns-its-result", *ALL,
    level="should",
    says="the result shares no memory with an argument", bound="none",
    why="Changing one must not change the other.",
    source=_SOURCE, reveals="views of the input returned for trivial cases", masked=True,
)  # fmt: skip
def owns_its_result(f: Examination, e: Example) -> Iterator[Claim]:
    """Overlap of result and arguments."""
    aliases = f.observed(e).aliases
    yield holds(not aliases, what=f"shares memory with {aliases}", at=e)


@law(
    "leaves-the-process-alone", *ALL,
    says="the call leaves the process as it was", bound="none",
    why="Other code runs in the same process. Compared around a further call: the working "
    "directory, environment, standard streams, warnings, signals, locale, the random states, "
    "NumPy's error state, the settings of torch and JAX, the processor's rounding, Python's "
    "threads. What a library sets up at its first call does not count.",
    source="the interface: functions of their arguments",
    reveals="np.seterr, seeding, torch.set_default_dtype, JAX's x64 switch, threads left behind; "
    "also where a process died over a law that has no verdict",
    costs=3, when=lambda e: 0 < e.size <= 4096,
)  # fmt: skip
def leaves_the_process_alone(f: Examination, e: Example) -> Iterator[Claim]:
    """Two further calls, and what is not as before."""
    reference = process_state.reference()
    with np.errstate():  # for the laws that look next, whatever is put back here
        try:
            f.kernel.observe(e)
            counts = [process_state.threads()]
            changed = _changed(f, e, reference)
            counts.append(process_state.threads())
            changed = changed or _changed(f, e, reference)
            counts.append(process_state.threads())
        finally:
            process_state.restore(reference)
    said = [f"changed {', '.join(changed)}"] if changed else []
    if counts[0] < counts[1] < counts[2]:
        said.append("left threads behind")
    if said:
        place = defined(f.implementation, f.function.name)
        raise CallFailed("state", "", " and ".join(said), place)
    yield holds(True, what="the process as it was", at=e)


def _unheard(kind: str, flag: int) -> None:
    """What NumPy calls on a floating-point error."""


def _changed(f: Examination, e: Example, reference: process_state.State) -> list[str]:
    """What one call of the function, and of the gradient that the file writes, changes."""
    inside: list[process_state.State] = []

    def how(call: Callable[..., Any], natives: Sequence[Any]) -> Any:
        np.seterrcall(_unheard)
        np.seterr(all="call")  # unlike what a file would set
        inside.append({"NumPy's error state": np.geterr()})  # it is put back after each call
        result = call(*natives)
        inside.append({"NumPy's error state": np.geterr()})
        return result

    process_state.restore(reference)
    before = process_state.snapshot()
    f.kernel.observe_by(e, how)
    if f.function.name in f.implementation.gradients:
        f.kernel.observe_vjp(e, e.args["cotangent"])
    after = process_state.snapshot()
    return process_state.changes(*inside) + process_state.changes(before, after)


def unlike(e: Example) -> Example:
    """The same shapes with other values: reversed, and halved, for sums have no order."""
    x = e.x[..., ::-1] if e.function.rowwise else e.x[::-1]
    other = e.with_first(np.ascontiguousarray(x * x.dtype.type(0.5)))
    if "labels" in e.args:
        other = other.with_argument("labels", _other_labels(e))
    return other


def _other_labels(e: Example) -> Array:
    """Other classes of other frequencies: the first row's for the first half, all turned round."""
    count, n = len(e.labels), e.x.shape[-1]
    labels = e.labels[np.maximum(np.arange(count) - count // 2, 0)]
    if labels.dtype.kind in "iu":
        return np.where((labels >= 0) & (labels < n), n - 1 - labels, labels)
    return np.ascontiguousarray(labels[:, ::-1]) if labels.ndim == 2 else labels


@law(
    "keeps-earlier-results", *ALL,
    says="a later call changes no earlier result", bound="none: same bits",
    why="A result belongs to its caller.",
    source=_SOURCE, reveals="a reused output buffer",
    costs=1, when=lambda e: e.size > 1,
)  # fmt: skip
def keeps_earlier_results(f: Examination, e: Example) -> Iterator[Claim]:
    """The first result after another call."""
    first = f.kernel.observe(e)
    before = f.kernel.held(first.native)
    f.kernel.observe(unlike(e))
    yield same(f.kernel.held(first.native), before, what="the earlier result", at=e)


@law(
    "has-no-state", *ALL,
    says="the value does not depend on earlier calls",
    bound="2B, after a call with other values, in the same array where arrays can be changed",
    why="A function of its arguments.",
    source=_SOURCE,
    reveals="caches keyed by shape, address or object, state left by the first call",
    costs=3, prefers=lambda e: len(e.options) > 1,
)  # fmt: skip
def has_no_state(f: Examination, e: Example) -> Iterator[Claim]:
    """The third call, after one with other values: in the same array, where it can be changed."""
    first = f.value(e)
    if f.kernel.changes_arrays:
        got, words = f.kernel.after(unlike(e), e), "after the same arrays held other values"
    else:
        f.kernel.value(unlike(e))
        got, words = f.kernel.value(e), "after another call"
    for turn in (words, "once more"):
        yield equal(got, first, 2 * f.bound(e), where=f.where(e), what=turn, at=e)
        got = f.kernel.value(e)


def ten_calls(f: Examination, e: Example) -> list[Array]:
    """The values of nine further calls after the first."""
    f.value(e)
    return f.once(e, ("ten calls",), lambda: [f.kernel.value(e) for _ in range(9)])


@law(
    "ten-calls-agree", *ALL,
    says="the same call ten times gives the same value", bound="2B; the same bits: a may law",
    why="A function of its arguments. Sums in another order differ within the bound.",
    source=_SOURCE,
    reveals="races, buffers that fill up, a path chosen after some calls",
    costs=9,
)  # fmt: skip
def ten_calls_agree(f: Examination, e: Example) -> Iterator[Claim]:
    """Ten calls, one after the other."""
    for again in ten_calls(f, e):
        yield equal(again, f.value(e), 2 * f.bound(e), where=f.where(e), what="another call", at=e)


@law(
    "gradient-has-no-state", *ALL,
    says="the gradient does not depend on earlier calls",
    bound="2B, after a call with other values, in the same array where arrays can be changed",
    why="A function of its arguments.",
    source=_SOURCE, reveals="saved tensors of another call, a reused buffer",
    needs=("vjp",), costs=3,
)  # fmt: skip
def gradient_has_no_state(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient again, after one with other values."""
    g = e.args["cotangent"]
    first = f.kernel.observe_vjp(e, g)
    before = f.kernel.held(first.native)
    held = []
    if f.kernel.changes_arrays:
        got = f.kernel.after(
            unlike(e), e, lambda: held.append(f.kernel.held(first.native)), gradient=True
        )
    else:
        f.kernel.vjp(unlike(e), g)
        held.append(f.kernel.held(first.native))
        got = f.kernel.vjp(e, g)
    yield same(held[0], before, what="the earlier gradient", at=e)
    yield equal(got, first.result, 2 * f.bound(e, "vjp"), where=f.where(e, "vjp"),
                what="after another call", at=e)  # fmt: skip


@law(
    "takes-an-empty-batch", *ALL,
    level="should",
    says="a batch of no rows gives a result of no rows", bound="none",
    why="Empty batches occur at the end of a shard; NumPy, PyTorch and JAX agree.",
    source="the definition; of no classes and of means of nothing may laws speak",
    reveals="reductions that index the first row",
    empties=True, limit="empty", when=lambda e: len(e.x) == 0 and e.reduction == "none"
    and (not e.function.rowwise or e.x.shape[-1] > 0),
)  # fmt: skip
def takes_an_empty_batch(f: Examination, e: Example) -> Iterator[Claim]:
    """No rows in, no rows out."""
    yield from takes(f, e, "empty")
    if not f.kernel.limits.of("empty"):
        yield holds(np.array([f.value(e).size == 0]), what="no rows", at=e)


@law(
    "sums-nothing-to-zero", *LOSSES,
    level="should",
    says="the sum over an empty batch is 0", bound="none: exact",
    why="An empty sum. (The mean of nothing is a may law.)",
    source="the definition: an empty sum",
    reveals="reductions that index the first row, NaN",
    options=("reduction",), empties=True,
    when=lambda e: len(e.x) == 0 and e.reduction == "sum"
    and (not e.function.rowwise or e.x.shape[-1] > 0),
)  # fmt: skip
def sums_nothing_to_zero(f: Examination, e: Example) -> Iterator[Claim]:
    """The sum of no losses."""
    yield same(f.value(e), 0, at=e)
