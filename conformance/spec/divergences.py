"""Kullback-Leibler divergence: classes without mass, and the mean over a batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array, not_finite
from conformance.kernels.failures import CallFailed
from conformance.model import Claim, Example
from conformance.spec.claims import Claims, equal, same
from conformance.spec.context import Examination
from conformance.spec.declare import law, with_options
from conformance.spec.which import each, summed


@law("no-mass-costs-nothing", "kl_div", when=each)
def no_mass_costs_nothing(f: Examination, e: Example) -> Claims:
    """y = 0 (log y = −∞) gives ℓ = 0, also where log p = −∞

    The limit of y log y, and of y log p, at y = 0. 0·(−∞) as written is NaN.
    [Cover & Thomas, Elements of Information Theory, 2.3; optax#1786]
    Reveals e^t(t − x) and y·x without a guard: one masked class makes the divergence NaN.
    """
    yield same(f.value(e), 0, where=f.where_without_mass(e))


def _of_a_batch(e: Example) -> bool:
    return len(e.view.batch) > 0 and e.size > 0


def _of_matrices(e: Example) -> bool:
    return len(e.view.batch) > 1 and e.size > 0


def _of_no_matrix(e: Example) -> bool:
    return len(e.view.batch) != 2


def _of_logarithms(e: Example) -> bool:
    """Targets that are logarithms, all numbers finite, of a matrix whose sides are told apart."""
    batch = e.view.batch
    fits = bool(e.options.get("log_target")) and len({*batch}) == len(batch) == 2
    return fits and not (e.not_finite or not_finite(e.labels))


@law(
    "batchmean-is-sum-over-batch", "kl_div", level="should", needs="reduction", costs=1,
    reshapes=True, when=(summed, _of_a_batch), prefers=_of_no_matrix,
)  # fmt: skip
def batchmean_is_sum_over_batch(f: Examination, e: Example) -> Claims:
    """reduction='batchmean', where there is such, is the sum over the length of the first axis

    Within B of the sum / N + 2u. KL of distributions in the rows; the mean over all elements is
    divided by the classes, too. The first axis of a vector is its only one, as in PyTorch. A loss
    without this reduction raises. [PyTorch KLDivLoss]
    Reveals a division by all elements, by the classes, by the rows of several axes, or by 1.
    """
    yield from _batchmean(f, e, "value")


@law(
    "batchmean-of-log-target", "kl_div", needs="reduction, log_target", costs=2, reshapes=True,
    when=(summed, _of_logarithms),
)  # fmt: skip
def batchmean_of_log_target(f: Examination, e: Example) -> Claims:
    """where it is the sum over the first axis for targets y, it is for log y, too

    Within B of the sum / N + 2u. `log_target` says how the target is given; the number of rows is
    the same. [PyTorch KLDivLoss]
    Reveals a branch for log_target that divides by another number.
    """
    plain = e.but(labels=np.exp(e.labels), options={**e.options, "log_target": False})
    if not all(np.all(_holds(claim) & claim.where) for claim in _batchmean(f, plain, "value")):
        raise Unsupported("the batchmean of targets y is another one, or is not told")
    yield from _batchmean(f, e, "value")


@law(
    "gradient-of-batchmean", "kl_div", needs="reduction, vjp", costs=2, reshapes=True,
    when=(summed, _of_matrices),
)  # fmt: skip
def gradient_of_batchmean(f: Examination, e: Example) -> Claims:
    """where that is its value, its gradient is that of the sum over the length of the first axis

    Within B of the sum / N + 2u. The gradient of a function is that of its value.
    [PyTorch KLDivLoss]
    Reveals a gradient of the mean over all elements, or of the sum.
    """
    for value in _batchmean(f, e, "value"):
        for claim in _batchmean(f, e, "vjp"):
            yield replace(claim, where=claim.where & _holds(value))


def _holds(claim: Claim) -> Array:
    return np.abs(claim.got - claim.want) <= np.asarray(claim.bound)


def _batchmean(f: Examination, e: Example, quantity: str) -> Claims:
    called = with_options(e, reduction="batchmean")
    try:
        got = f.kernel.compute(quantity, called)
    except CallFailed as error:
        if error.kind != "raised":
            raise
        raise Unsupported(f"no reduction 'batchmean': {error}") from error
    count = e.view.batch[0]
    want = f.exact(e, quantity).wide / count
    bound = f.bound(e, quantity) / count + 2 * f.budget.u * np.abs(want) + f.budget.a
    yield equal(got, want, bound, where=f.where(e, quantity), what=f"the sum / {count}", at=called)
