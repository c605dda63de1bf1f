"""Losses of logits that are products with a matrix: they are the losses of those logits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.functions import derivation
from conformance.model import Claim, Example, option_of
from conformance.numerics.projections import BIAS, MOST_MOVED, largest_share
from conformance.spec.claims import Claims, equal
from conformance.spec.comparing import agree
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options, without_options
from conformance.spec.law import is_apart
from conformance.spec.softcaps import same_values
from conformance.spec.which import each, having, indexed, reduced, without

PROJECTED = those(lambda f: f.matrix)
_CE = "cross_entropy_with_logits"
_MATRIX, _BIAS = "vjp_linear_weight", "vjp_" + BIAS
#: Exact values are those of a whole batch at once.
_LARGE = 20_000
_TILE = 128
#: More options than these at once are all that a file may be given together.
_BESIDE = 2
#: Rows of so many numbers are those of large models.
_WIDE = 1024
projected_law = partial(law, source="the definition: logits are a product")


def _modest(e: Example) -> bool:
    return 0 < e.size <= _LARGE and e.classes * e.x.shape[-1] <= _LARGE


def _of_bias(e: Example) -> bool:
    return _modest(e) and e.options.get(BIAS) is not None


def _summed_chunks(e: Example) -> bool:
    """A sum or a mean of more rows than a chunk has, or a matrix of several tiles both ways."""
    tiled = e.classes > _TILE and e.x.shape[-1] > _TILE
    return reduced(e) and (len(e.x) > 1000 or tiled)


def _telling(e: Example) -> bool:
    """Several chunks in one sum, wide rows, or options that change logits or add to losses."""
    beside = e.options.keys() - {"reduction", e.function.matrix, BIAS}
    wide = e.x.shape[-1] > _WIDE
    return _summed_chunks(e) or wide or (is_apart(e) and len(beside) > _BESIDE)


gradient_law = partial(
    projected_law,
    needs="derived",
    costs=1,
    vast=True,
    masked=True,
    when=_modest,
    prefers=_telling,
)


@gradient_law("matrix-gradient-accuracy", *PROJECTED, why=lambda of: derivation(of, _MATRIX))
def matrix_gradient_accuracy(f: Examination, e: Example) -> Claims:
    """∂/∂W Σℓ = (p Q − A)ᵀ h, where the framework gives one

    Within the bound of the closed form.
    Reveals a gradient that each chunk of rows overwrites, a last chunk left out, ignored rows that
    count, softmax without minus one-hot.
    """
    yield _accurate(f, e, _MATRIX)


@gradient_law("bias-gradient-accuracy", *PROJECTED, needs=f"derived, {BIAS}", when=_of_bias,
              why=lambda of: derivation(of, _BIAS))  # fmt: skip
def bias_gradient_accuracy(f: Examination, e: Example) -> Claims:
    """∂/∂b Σℓ = Σᵢ (p Q − A)ᵢ, where the framework gives one

    Within the bound of the closed form.
    Reveals the sum of some chunks, a mean in place of it, ignored rows that count.
    """
    yield _accurate(f, e, _BIAS)


def _accurate(f: Examination, e: Example, quantity: str) -> Claim:
    got = f.derived(e, quantity)
    where = f.where(e, quantity)
    what = f"gradient for {option_of(quantity)}, asked for alone"
    return equal(got, f.exact(e, quantity), f.bound(e, quantity), where=where, what=what)


#: Of a cap and a temperature, and of the other cap that each order of them amounts to.
_FOUR, _ORDERS = 4.0, {"divides, then caps": 4.0, "caps, then divides": 1.0}


def _exact_quarters(e: Example) -> bool:
    """True if the matrix and the bias are numbers of the format when divided by 4, too."""
    given = [e.options[e.function.matrix], e.options.get(BIAS)]
    return all(a is None or bool((a / a.dtype.type(4) * a.dtype.type(4) == a).all()) for a in given)


def _with_cap(e: Example, cap: float) -> Example:
    """The example with a quarter of its logits, and a cap."""
    scaled = {name: a / a.dtype.type(4) for name in (e.function.matrix, BIAS)
              if (a := e.options.get(name)) is not None}  # fmt: skip
    return with_options(e, softcap=cap, **scaled)


def _off(f: Examination, both: Example, shares: Mapping[str, float], other: Example) -> float:
    """The largest distance of what is computed to its shares of another example's, in bounds."""
    found = 0.0
    for quantity, share in shares.items():
        want, bound = share * f.exact(other, quantity).wide, share * f.bound(other, quantity)
        off = np.abs(f.derived(both, quantity) - want) / bound
        found = max(found, float(np.max(off, where=f.where(other, quantity), initial=0)))
    return found


def _biased(e: Example) -> bool:
    """With a bias, which may be left out of a cap."""
    return e.options.get(BIAS) is not None


@projected_law("cap-and-temperature", *PROJECTED, costs=1, reshapes=True, prefers=_biased,
               needs="softcap, temperature", when=(_modest, _exact_quarters))  # fmt: skip
def cap_and_temperature_of_products(f: Examination, e: Example) -> Claims:
    """ℓ(h, W, b; c, T) is ℓ(h, W/T, b/T; c) or ℓ(h, W/T, b/T; c/T)

    Within 2B. The two orders of a quotient and a cap, which is one of the logits: with their bias.
    Reveals an option that is lost beside the other, a bias that is added after the cap.
    """
    if f.kernel.compiles:
        raise Unsupported("a program for one more set of options")
    both, orders = _orders(f, e)
    told = [other for other in orders if same_values(f, both, other)] or orders
    other = min(told, key=partial(_off, f, both, {"value": 1}))
    yield equal(f.value(both), f.exact(other), 2 * f.bound(other), where=f.where(other), at=both)


def _orders(f: Examination, e: Example) -> tuple[Example, list[Example]]:
    """The example under c = 4 and T = 4, and what each order of the two amounts to.

    By turns a z_loss is of what they make, where no weights are, beside which it is a convention.
    """
    if "z_loss" in f.accepts and e.size % 2 and e.options.get("weight") is None:
        e = f.variant(e, "z", lambda: with_options(e, z_loss=0.125))
    both = f.variant(e, "both", lambda: with_options(e, softcap=_FOUR, temperature=_FOUR))
    orders = [f.variant(e, word, lambda c=c: _with_cap(e, c)) for word, c in _ORDERS.items()]  # type: ignore[misc]
    return both, orders


@projected_law("gradients-of-cap-and-temperature", *PROJECTED, costs=7, reshapes=True,
               needs="derived, softcap, temperature", when=(_modest, _exact_quarters))  # fmt: skip
def gradients_of_cap_and_temperature(f: Examination, e: Example) -> Claims:
    """ℓ(h, W, b; c, T) is ℓ(h, W/T, b/T; c) or ℓ(h, W/T, b/T; c/T), and so are its gradients

    Within 2B, and for gradients within 5 times that of the other, T being 4: what underflows is
    divided by nothing. The chain rule: ∂/∂W and ∂/∂b are 1/T of the other's. Of two orders that
    the value does not tell apart, that of the gradients counts.
    Reveals a gradient for the matrix or the bias that forgets one of the two.
    """
    if f.kernel.compiles:
        raise Unsupported("programs for two more sets of options")
    both, orders = _orders(f, e)
    given = [_MATRIX] if e.options.get(BIAS) is None else [_MATRIX, _BIAS]
    shares = {"vjp": 1.0, **dict.fromkeys(given, 1 / _FOUR)}
    told = [other for other in orders if same_values(f, both, other)] or orders
    other = min(told, key=partial(_off, f, both, {"value": 1}))
    yield equal(f.value(both), f.value(other), 2 * f.bound(other), where=f.where(other), at=both)
    other = min(told, key=partial(_off, f, both, shares))
    for quantity, share in shares.items():
        got, want = f.derived(both, quantity), share * f.derived(other, quantity)
        bound, where = 5 * share * f.bound(other, quantity), f.where(other, quantity)
        yield equal(got, want, bound, where=where, what=quantity, at=both)


@projected_law("ignored-rows-leave-the-matrix", *PROJECTED, needs="derived, ignore_index", costs=2,
               when=(_modest, indexed, having("ignore_index")))  # fmt: skip
def ignored_rows_leave_the_matrix(f: Examination, e: Example) -> Claims:
    """what ignored rows hold does not change ∂/∂W, if it is finite

    Within 2B. An ignored row has no part in the loss. 0·inf is NaN in a product, so padding has to
    be finite here.
    Reveals gradients of ignored rows that reach the matrix.
    """
    ignored = f.problem(e).ignored
    if ignored.any():
        h = np.where(ignored[:, None], -e.x, e.x)
        other = e.with_first(h)
        want, bound = f.derived(e, _MATRIX), 2 * f.bound(e, _MATRIX)
        got = f.derived(other, _MATRIX)
        yield equal(got, want, bound, where=f.where(e, _MATRIX), at=other)


def _of_halves(e: Example) -> bool:
    """Rows whose products are exact."""
    return bool((e.x.astype(e.fmt.wide) % 0.5 == 0).all())


@projected_law("is-cross-entropy-of-logits", *PROJECTED, needs=_CE, costs=1,
               reshapes=True, masked=True, when=each, prefers=_of_halves)  # fmt: skip
def is_cross_entropy_of_logits(f: Examination, e: Example) -> Claims:
    """ℓ(h, W, b) = cross_entropy_with_logits(h Wᵀ + b) where those logits are numbers of the format

    Within B + B′. By definition, under the same options.
    Reveals two losses of one file that differ: another label, another mean, an option that one of
    them has lost.
    """
    wide = f.problem(e).projection
    assert wide is not None
    with np.errstate(all="ignore"):
        logits = wide.y.astype(e.fmt.dtype)
    exact = (logits.astype(wide.y.dtype) == wide.y).all(axis=-1)
    g, other = f.beside(e, _CE, logits=logits, labels=e.labels)
    own = {k: v for k, v in e.options.items() if k in other.function.options}
    other = other.but(options=own)
    bound = f.bound(e) + g.bound(other)
    yield equal(f.value(e), g.value(other), bound, where=exact & f.where(e) & g.where(other))


@projected_law("keeps-common-offset", *PROJECTED, costs=1, reshapes=True, uncapped=True,
               when=without(BIAS))  # fmt: skip
def keeps_common_offset(f: Examination, e: Example) -> Claims:
    """a column of W of one number, and of h of ones: the same loss

    Within B + B′. It adds that number to each logit of a row: a softmax does not change. It is a
    power of two, as large as leaves the logits more than rounding. [the definition: a shift changes
    nothing; pytorch#195829]
    Reveals e^z of raw logits, a maximum of some blocks of classes.
    """
    other = f.variant(e, "offset", lambda: _offset(e))
    yield agree(f, e, other, where=f.where(other))


@projected_law("gradient-keeps-common-offset", *PROJECTED, needs="vjp", costs=1, reshapes=True,
               uncapped=True, when=without(BIAS))  # fmt: skip
def gradient_keeps_common_offset(f: Examination, e: Example) -> Claims:
    """a column of W of one number, and of h of ones: the same ∂ℓ/∂h before it

    Within B + B′. It adds that number to each logit of a row: p does not change.
    Reveals e^(z − lse) of raw logits in a backward pass.
    """
    other = f.variant(e, "offset", lambda: _offset(e))
    got, bound = f.vjp(other)[:, :-1], f.bound(e, "vjp") + f.bound(other, "vjp")[:, :-1]
    where = f.where(e, "vjp") & f.where(other, "vjp")
    yield equal(f.vjp(e), got, bound, where=where, at=other)


def _offset(e: Example) -> Example:
    """The example with one more number in each row, which shifts all its logits equally."""
    most = MOST_MOVED / 4 / largest_share(e.x.shape[-1] + 2, e.fmt)
    size = np.exp2(np.floor(np.log2(min(most, 2.0**12))))
    W, dtype = e.options[e.function.matrix], e.fmt.dtype

    def beside(array: Array, value: float) -> Array:
        return np.concatenate([array, np.full((len(array), 1), value, dtype)], axis=1)

    options = {**e.options, e.function.matrix: beside(W, size)}
    args: dict[str, Any] = {e.function.first: beside(e.x, 1)}
    return e.but(options=options, direction=beside(e.args["direction"], 0), **args)


@projected_law("zeros-are-undecided", *PROJECTED, costs=1, reshapes=True,
               when=(indexed, without("weight")))  # fmt: skip
def zeros_are_undecided(f: Examination, e: Example) -> Claims:
    """rows of zeros, and no bias: ℓ = log C

    Within B. All logits are 0 and all p are 1/C.
    Reveals a maximum that begins at another number, a class too many in the sum: padding.
    """
    plain, nothing = without_options(e, BIAS), np.zeros_like(e.x)
    zeros = f.variant(e, "zeros", lambda: plain.with_first(nothing))
    kept = f.problem(e).kept
    want = np.log(f.fmt.wide(e.classes)) * (kept if each(e) else kept.sum())
    want = want / kept.sum() if e.reduction == "mean" else want
    yield equal(f.value(zeros), want, f.bound(zeros), where=f.where(zeros), at=zeros)


#: So many classes hold whole blocks of 512, and what is far below the others.
_CLOSED, _BELOW = 1030, -8
_BARE = (indexed, without("label_smoothing", "weight", "ignore_index"), _modest)


@projected_law("closed-classes-have-no-mass", *PROJECTED, level="should", needs=BIAS, costs=1,
               reshapes=True, uncapped=True, when=_BARE)  # fmt: skip
def closed_classes_have_no_mass(f: Examination, e: Example) -> Claims:
    """1,030 classes whose bias is −∞, in front of the others, change no loss

    Within B + B′, B′ that of as many classes which count. e^−∞ = 0.
    Reveals −∞ − (−∞) = NaN in a block of classes without a number: those of a padded vocabulary.
    """
    if f.kernel.compiles:
        raise Unsupported("a program for one more shape")
    closed, low = (f.variant(e, f"{b}", lambda b=b: _behind(e, b)) for b in (-np.inf, _BELOW))  # type: ignore[misc]
    bound = f.bound(e) + f.bound(low)
    yield equal(f.value(closed), f.exact(e), bound, where=f.where(e), at=closed)


def _behind(e: Example, bias: float) -> Example:
    """The example behind further classes of this bias alone."""
    W, given = e.options[e.function.matrix], e.options.get(BIAS)
    own = np.zeros(len(W), e.fmt.dtype) if given is None else given
    options = {
        **e.options,
        e.function.matrix: np.concatenate([np.zeros((_CLOSED, W.shape[1]), W.dtype), W]),
        BIAS: np.concatenate([np.full(_CLOSED, bias, own.dtype), own]),
    }
    return e.but(options=options, labels=e.labels + _CLOSED)
