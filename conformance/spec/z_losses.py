"""`z_loss=`: λL² beside each loss, L = log Σe^x."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.floats import Array
from conformance.model import Example
from conformance.spec.claims import Claims, equal, note
from conformance.spec.comparing import agree
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options
from conformance.spec.temperatures import finite
from conformance.spec.which import each, having, indices, without

PULLED = those(lambda f: "z_loss" in f.options)
z_law = partial(
    law,
    needs="z_loss",
    costs=1,
    reshapes=True,
    source="Chowdhery et al., PaLM, arXiv:2204.02311, 5; Liger-Kernel's lse_square_scale",
)
_LAMBDA = 0.125
#: Logits whose squares leave float16, and by how much they differ.
_RAISED, _NEAR = 512, 32


@z_law("z-loss-zero-is-neutral", *PULLED)
def z_loss_zero_is_neutral(f: Examination, e: Example) -> Claims:
    """z_loss 0 changes nothing

    Within 2B. 0·L² = 0.
    Reveals a path of its own with another sum or another reduction.
    """
    other = f.variant(e, "zero", lambda: with_options(e, z_loss=0.0))
    yield agree(f, e, other)


@z_law("z-loss-is-for-each-row-kept", *PULLED, needs="z_loss, ignore_index, reduction",
       when=(having("ignore_index"), without("weight"), indices, finite))  # fmt: skip
def z_loss_is_for_each_row_kept(f: Examination, e: Example) -> Claims:
    """Σ over rows = Σ of what "none" gives, the z of ignored rows 0

    Within B. An ignored row takes no part: neither its loss nor its z.
    Reveals z of ignored rows in a sum or a mean, a mean that divides z by all rows.
    """
    for reduction in ("sum", "mean"):
        other = f.variant(e, reduction, lambda r=reduction: _whole(e, r))  # type: ignore[misc]
        yield f.claim(other, what=reduction, at=other)


def _whole(e: Example, reduction: str) -> Example:
    """The example, reduced, with z_loss."""
    g = np.ones((), e.fmt.dtype)
    return with_options(e, reduction=reduction, z_loss=_LAMBDA).with_argument("cotangent", g)


_ALONE = (having("z_loss"), without("temperature", "softcap", "where"), indices, finite)


@law(
    "z-loss-gradient-sums-to-its-slope",
    *those(lambda f: "z_loss" in f.options and f.from_logits),
    needs="z_loss, vjp",
    masked=True,
    when=_ALONE,
)
def z_loss_gradient_sums_to_its_slope(f: Examination, e: Example) -> Claims:
    """Σᵢ ∂ℓ/∂xᵢ = 2λL of a row, times its share

    Within ΣB. Σp = 1, so that p − onehot sums to 0 and 2λL·p to 2λL. [the chain rule]
    Reveals λL², of which only the value is there; λL·p without the 2; L without the maximum.
    """
    p = f.problem(e)
    rows = f.vjp(e).astype(f.fmt.wide).sum(axis=-1)
    where = np.broadcast_to(f.where(e, "vjp"), e.x.shape).all(axis=-1) & (p.Q[:, 0] > 0)
    bound = f.bound(e, "vjp").sum(axis=-1)
    yield equal(rows, p.rate * p.pull, bound, where=where)


@z_law("carries-large-squares", "cross_entropy_with_logits", formats=("float16",),
       when=(each, indices, without("weight", "label_smoothing")))  # fmt: skip
def carries_large_squares(f: Examination, e: Example) -> Claims:
    """where L² exceeds Ω of float16 and λL² does not, the loss is that of the definition

    Within the must bound of the function. L² is an intermediate and not a result: it is taken in
    float32, or as (λL)L. Rounded to float16 it is inf from L = 256 on, as logits beyond it have;
    only relaxed admits that. No other law speaks there. [IEEE 754-2019, 7.4]
    Reveals L² of half precision: a loss of inf for ordinary logits.
    """
    large = f.variant(e, "large", lambda: _raised(e))
    p, exact = f.problem(large), f.exact(large).wide
    beyond = (p.rows.lse**2 > f.fmt.largest) & (np.abs(exact) <= f.fmt.largest / 2)
    where = beyond & p.settled & p.kept & (f.grade != "relaxed")
    yield equal(f.value(large), f.exact(large), f.bound(large), where=where, at=large)


def _raised(e: Example) -> Example:
    """Logits around 512, and a λ that leaves a fourth of that of λL²."""
    x = np.clip(np.nan_to_num(e.x.astype(np.float64)), -_NEAR, _NEAR) + _RAISED
    return with_options(e, z_loss=_RAISED**-1 / 4).with_first(x.astype(e.fmt.dtype))


def _differences(f: Examination, e: Example) -> tuple[Array, Array]:
    """How much z adds to each loss, relative to the term without weights; and the weights."""
    other = f.variant(e, "z", lambda: with_options(e, z_loss=1.0))
    with np.errstate(all="ignore"):
        share = (f.value(other).astype(f.fmt.wide) - f.value(e)) / f.problem(e).rows.lse ** 2
    return share, f.problem(e).row_weight


@z_law("z-loss-beside-weights", *PULLED, level="may", needs="z_loss, weight",
       when=(having("weight"), without("label_smoothing"), each, indices, finite))  # fmt: skip
def z_loss_beside_weights(f: Examination, e: Example) -> Claims:
    """z_loss beside class weights

    A class's weight is that of its loss; z is no class's. Liger-Kernel does not weigh it.
    Reveals whether the weight of the label multiplies it.
    """
    share, weight = _differences(f, e)
    rows = f.problem(e).kept & np.isfinite(share) & (np.abs(f.problem(e).rows.lse) > 1)
    if not rows.any():
        return
    near = [np.abs(share - want)[rows].max() for want in (np.ones_like(weight), weight)]
    words = ("weights do not multiply z", "the label's weight multiplies z")
    yield note(words[int(np.argmin(near))] if min(near) < 1 / 8 else "neither is found")
