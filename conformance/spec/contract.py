"""The contract: dtype and shape, arguments left alone, no state, results that own their memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported, uses
from conformance.floats import Array
from conformance.kernels import process_state
from conformance.kernels.again import after, write_over
from conformance.kernels.call import How
from conformance.kernels.failures import CallFailed, defined
from conformance.kernels.observation import Observation
from conformance.model import Claim, Example
from conformance.spec.claims import Claims, equal, holds, same
from conformance.spec.comparing import all_unchanged, attempted, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, LOSSES, array_options, law, those, with_options
from conformance.spec.labels import with_bad_label
from conformance.spec.takes import emptied, takes
from conformance.spec.which import each, indexed, recurring, several, summed

_BITS = "none: same bits"
#: What a caller writes into a result of its own, in any format.
_OTHER = 77
_AFTER = "2B, after a call with other values, in the same array where arrays can be changed"
#: A product with a matrix has no rows of so little.
_ALONE = those(lambda f: not f.matrix)
contract_law = partial(
    law,
    bound="none",
    source="the interface: results have the dtype of the floating argument; arrays in, arrays out",
)
empty_law = partial(law, level="should", empties=True)


@contract_law("keeps-dtype", *ALL, masked=True)
def keeps_dtype(f: Examination, e: Example) -> Claims:
    """the result has the dtype of the floating argument

    Part of the interface. SciPy's expit of float16 gives float64; a silent upcast doubles memory
    and changes what follows. Under PyTorch's autocast float32 is accepted too.
    Reveals silent upcasts, constants that are float64.
    """
    got = f.observed(e).dtype
    wanted = [f.fmt.name, *(["float32"] if f.subject.mode == "autocast" else [])]
    yield holds(got in wanted, what=f"{' or '.join(wanted)}, not {got}")


@contract_law("gradient-keeps-dtype", *ALL, needs="vjp", masked=True)
def gradient_keeps_dtype(f: Examination, e: Example) -> Claims:
    """the gradient has the dtype of its argument

    Part of the interface.
    Reveals silent upcasts in a backward pass.
    """
    got = f.observed_vjp(e).dtype
    yield holds(got == f.fmt.name, what=f"{f.fmt.name}, not {got}")


@contract_law("leaves-arguments-alone", *ALL, bound=_BITS, masked=True, vast=True)
def leaves_arguments_alone(f: Examination, e: Example) -> Claims:
    """no argument is changed

    The caller still owns its arrays.
    Reveals in-place subtraction of the maximum, in-place clipping, a buffer that JAX was given.
    """
    changed = f.kernel.changed(f.observed(e))
    yield holds(not changed, what=f"{', '.join(changed)} as before the call")


@contract_law(
    "gradient-leaves-arguments-alone", *ALL, bound=_BITS, needs="vjp", masked=True, vast=True
)
def gradient_leaves_arguments_alone(f: Examination, e: Example) -> Claims:
    """no argument is changed by the gradient

    The caller still owns its arrays, the cotangent too.
    Reveals in-place scaling of the cotangent.
    """
    changed = f.kernel.changed(f.observed_vjp(e))
    yield holds(not changed, what=f"{', '.join(changed)} as before the call")


@contract_law("owns-its-result", *ALL, level="should", masked=True)
def owns_its_result(f: Examination, e: Example) -> Claims:
    """the result shares no memory with an argument

    Changing one must not change the other.
    Reveals views of the input returned for trivial cases.
    """
    aliases = f.kernel.aliases(f.observed(e))
    yield holds(not aliases, what=f"memory of its own, not of {aliases}")


def _small(e: Example) -> bool:
    return e.size <= 4096


@law("leaves-the-process-alone", *ALL, bound="none", costs=18, eager=True, when=_small)
def leaves_the_process_alone(f: Examination, e: Example) -> Claims:
    """the call leaves the process as it was

    Other code runs in the same process. Compared around a further call: the working directory,
    environment, standard streams, warnings, signals, locale, random states, NumPy's error state,
    the settings of torch and JAX, the processor's rounding, Python's threads. A gradient leaves
    them, too, and a call with a label that is no class. What a library sets up at its first call
    does not count.
    [the interface: functions of their arguments]
    Reveals np.seterr, seeding, torch.set_default_dtype, JAX's x64 switch, threads left behind; also
    reported where a process died during a law without a verdict.
    """
    if traces := _traces(f, e):
        place = defined(f.implementation, f.function.name)
        raise CallFailed("state", "", " and ".join(traces), place)
    yield holds(True, what="the process as it was")


def _traces(f: Examination, e: Example) -> list[str]:
    """What two further calls leave behind in the process, in words."""
    reference = process_state.reference()
    with np.errstate():  # for the laws that look next, whatever is put back here
        try:
            f.kernel.observe(e)
            derives = _derives(f, e)
            counts = [process_state.threads()]
            changed = _changed(f, e, reference, derives)
            counts.append(process_state.threads())
            changed = changed or _changed(f, e, reference, derives)
            counts.append(process_state.threads())
        finally:
            process_state.restore(reference)
    traces = [f"changed {', '.join(changed)}"] if changed else []
    return traces + ["left threads behind"] * (counts[0] < counts[1] < counts[2])


def _unheard(kind: str, flag: int) -> None:
    """What NumPy calls on a floating-point error."""


def _derives(f: Examination, e: Example) -> bool:
    """True if the call has a gradient, which is no program of its own."""
    written = f.function.name in f.implementation.gradients
    if not written and (f.kernel.compiles or "derivatives" in f.implementation.limits):
        return False
    with suppress(Unsupported, CallFailed):
        f.vjp(e)
        return True
    return False


def _changed(
    f: Examination, e: Example, reference: process_state.State, derives: bool
) -> list[str]:
    """What a call of the function, one that is refused, and its gradient change."""
    inside: list[process_state.State] = []

    def observed(how: How) -> How:
        def called(call: Callable[..., Any], natives: Sequence[Any]) -> Any:
            np.seterrcall(_unheard)
            np.seterr(all="call")  # unlike what a file would set
            inside.append({"NumPy's error state": np.geterr()})  # it is put back after each call
            try:
                return how(call, natives)
            finally:
                inside.append({"NumPy's error state": np.geterr()})

        return called

    process_state.restore(reference)
    before = process_state.snapshot()
    f.kernel.observe_as(e, observed)
    if e.function.labelled and indexed(e):
        with suppress(CallFailed):
            f.kernel.observe_as(with_bad_label(e, e.classes + 7), observed)
    if derives:
        f.kernel.observe_as(e, observed, gradient=True)
    after = process_state.snapshot()
    pairs = [*zip(inside[::2], inside[1::2], strict=True), (before, after)]
    return [*dict.fromkeys(words for pair in pairs for words in process_state.changes(*pair))]


def unlike(e: Example) -> Example:
    """The same shapes with other values: classes turned round, and halved, for sums have no order.

    A mask goes with its logits; with labels it stays, and so do they.
    """
    masked = "labels" in e.args and "where" in e.options
    other = e.with_first(_turned(e, e.function.first, e.x))
    if "y" in e.args:
        other = other.with_argument("y", _turned(e, "y", e.args["y"]))
    if "labels" in e.args and not masked:
        other = other.with_argument("labels", _other_labels(e))
    names = [name for name in array_options(e) if not (masked and name == "where")]
    return with_options(other, **{name: _turned(e, name, e.options[name]) for name in names})


def _turned(e: Example, name: str, values: Array) -> Array:
    """An array's values for other classes or elements: numbers are halved, too."""
    turned = np.ascontiguousarray(values[::-1] if name == e.function.matrix else values[..., ::-1])
    return turned if turned.dtype == bool else turned * turned.dtype.type(0.5)


def _other_labels(e: Example) -> Array:
    """Other classes of other frequencies: the first row's for the first half, all turned round."""
    count, n = len(e.labels), e.classes
    labels = e.labels[np.maximum(np.arange(count) - count // 2, 0)]
    if labels.dtype.kind in "iu":
        return np.where((labels >= 0) & (labels < n), n - 1 - labels, labels)
    return np.ascontiguousarray(labels[:, ::-1]) if labels.ndim == 2 else labels


@contract_law(
    "keeps-earlier-results", *ALL, bound=_BITS, costs=1, eager=True, masked=True, when=several
)
def keeps_earlier_results(f: Examination, e: Example) -> Claims:
    """a later call changes no earlier result

    A result belongs to its caller, in inference as in training.
    Reveals a reused output buffer.
    """
    yield _kept(f, f.kernel.observe, e, "the earlier result")
    each = uses(f.kernel.backend) if f.kernel.changes_arrays else {}
    for words, use in each.items():
        with suppress(Unsupported, CallFailed):  # of which another law speaks
            call = partial(f.kernel.observe_by, how=use)
            yield _kept(f, call, e, f"the earlier result, {words}")


def _kept(f: Examination, call: Callable[[Example], Observation], e: Example, what: str) -> Claim:
    """The claim that a result is the same after a call with other values."""
    first = call(e)
    before = f.kernel.held(first.native)
    call(unlike(e))
    return same(f.kernel.held(first.native), before, what=what)


@contract_law("keeps-earlier-large-results", *_ALONE, bound=_BITS, formats=("float32",),
              needs="many", vast=True, when=recurring)  # fmt: skip
def keeps_earlier_large_results(f: Examination, e: Example) -> Claims:
    """a later call changes no earlier result of 300,000 rows or elements

    A result belongs to its caller.
    Reveals a scratch buffer that is reused for large results only.
    """
    yield _kept(f, f.kernel.observe, e, "the earlier result")


def _with_options(e: Example) -> bool:
    return len(e.options) > 1


@contract_law(
    "has-no-state", *ALL, bound=_AFTER, costs=3, eager=True, masked=True, prefers=_with_options
)
def has_no_state(f: Examination, e: Example) -> Claims:
    """the value does not depend on earlier calls

    It is a function of its arguments. An earlier result belongs to its caller, who writes over it.
    Reveals caches keyed by shape, address or object, state left by the first call, results that are
    kept and given to several callers.
    """
    inside = f.kernel.changes_arrays
    words = "after the same arrays held other values" if inside else "after another call"
    f.value(e)
    yield unchanged(f, e, _after_another(f, e), what=words)
    seen = f.kernel.observe(e)
    held = f.kernel.held(seen.native)
    write_over(f.kernel, seen, np.full_like(held, _OTHER))
    got = f.kernel.value(e)
    write_over(f.kernel, seen, held)  # other laws find what was shared as it was
    yield unchanged(f, e, got, what="after its earlier result was written over")


def _after_another(f: Examination, e: Example) -> Array:
    """The value after a call with other numbers, in the same arrays where they can be changed."""
    if f.kernel.changes_arrays:
        return after(f.kernel, unlike(e), e)
    f.kernel.value(unlike(e))
    return f.kernel.value(e)


def ten_calls(f: Examination, e: Example) -> list[Array]:
    """The values of nine further calls after the first."""
    f.value(e)
    return f.once(e, ("ten calls",), lambda: [f.kernel.value(e) for _ in range(9)])


@contract_law(
    "ten-calls-agree", *ALL, bound="2B; the same bits: a may law", costs=9, eager=True, masked=True
)
def ten_calls_agree(f: Examination, e: Example) -> Claims:
    """the same call ten times gives the same value

    It is a function of its arguments. Sums in another order differ within the bound.
    Reveals races, buffers that fill up, a path chosen after some calls.
    """
    yield from all_unchanged(f, (("another call", e, got) for got in ten_calls(f, e)), "value")


def _no_rows(e: Example) -> bool:
    """A batch of no rows, of classes that there are."""
    return len(e.x) == 0 and (not e.function.rowwise or e.x.shape[-1] > 0)


@contract_law(
    "gradient-has-no-state", *ALL, bound=_AFTER, needs="vjp", costs=3, eager=True, masked=True
)
def gradient_has_no_state(f: Examination, e: Example) -> Claims:
    """the gradient does not depend on earlier calls

    It is a function of its arguments.
    Reveals saved tensors of another call, a reused buffer.
    """
    first = f.kernel.observe_vjp(e, e.args["cotangent"])
    before = f.kernel.held(first.native)
    got, held = _gradient_after_another(f, e, first)
    yield same(held, before, what="the earlier gradient")
    bound, where = 2 * f.bound(e, "vjp"), f.where(e, "vjp")
    yield equal(got, first.result, bound, where=where, what="after another call")


def _gradient_after_another(f: Examination, e: Example, first: Observation) -> tuple[Array, Any]:
    """The gradient after one of other numbers, and what the first one was in between."""
    g, held = e.args["cotangent"], []

    def look() -> None:
        held.append(f.kernel.held(first.native))
        write_over(f.kernel, first, np.full_like(held[0], _OTHER))

    if f.kernel.changes_arrays:
        got = after(f.kernel, unlike(e), e, look, gradient=True)
    else:
        f.kernel.vjp(unlike(e), g)
        look()
        got = f.kernel.vjp(e, g)
    write_over(f.kernel, first, held[0])
    return got, held[0]


@empty_law("takes-an-empty-batch", *ALL, bound="none", limit="empty", when=(_no_rows, each))
def takes_an_empty_batch(f: Examination, e: Example) -> Claims:
    """a batch of no rows gives a result of no rows, which has the dtype of the argument

    Empty batches occur at the end of a shard; NumPy, PyTorch and JAX agree.
    [the definition; no classes, and means of nothing, are left to may laws]
    Reveals reductions that index the first row, an empty array that is made anew in float64.
    """
    e = emptied(f, e)
    yield from takes(f, e, "empty")
    if not f.kernel.limits.of("empty"):
        yield holds(f.value(e).size == 0, what="no rows")
        yield from keeps_dtype(f, e)


@empty_law("sums-nothing-to-zero", *LOSSES, needs="reduction", when=(_no_rows, summed))
def sums_nothing_to_zero(f: Examination, e: Example) -> Claims:
    """the sum over an empty batch is 0

    An empty sum, with a weight for each class too. (The mean of nothing is a may law.)
    [the definition: an empty sum]
    Reveals reductions that index the first row, NaN.
    """
    yield same(f.value(e), 0)
    if "weight" in f.accepts and e.function.rowwise and not f.kernel.compiles:
        ones = np.ones(e.classes, e.fmt.dtype)
        weighed = f.variant(e, "weighed", lambda: with_options(e, weight=ones))
        if attempted(lambda: f.value(weighed)) is not None:
            yield same(f.value(weighed), 0, at=weighed, what="with weights")
