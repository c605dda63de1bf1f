"""Options: class weights, pos_weight, smoothing; neutral values are neutral."""

from __future__ import annotations

from functools import partial

import numpy as np

from conformance.backends import Unsupported
from conformance.floats import Array
from conformance.inputs.options import NUMBERS, rounded
from conformance.kernels.failures import CallFailed
from conformance.model import Example, View
from conformance.spec.batches import rows_of
from conformance.spec.claims import Claims, equal
from conformance.spec.comparing import agree, both, together, unchanged
from conformance.spec.context import Examination
from conformance.spec.declare import law, those, with_options, without_options
from conformance.spec.losses import BINARY
from conformance.spec.which import averaged, distributions, each, having, indexed, mild, without

_CE = "cross_entropy_with_logits"
_BCE = "binary_cross_entropy_with_logits"
_WEIGHTED = those(lambda f: "weight" in f.options)
IGNORING = those(lambda f: "ignore_index" in f.options)
neutral_law = partial(
    law,
    bound="2B",
    why="The definition with the neutral value is the definition without the option.",
    source="the definitions of the options; PyTorch CrossEntropyLoss, BCEWithLogitsLoss",
    reveals="an option that changes the path: another normaliser, another reduction",
    costs=1,
    reshapes=True,
)
option_law = partial(law, costs=1, reshapes=True)


def _of_whole_rows(e: Example) -> bool:
    """False for the mean of distributions of another mass than 1, which weights may count."""
    if not (averaged(e) and distributions(e)):
        return True
    return bool((np.abs(e.labels.astype(e.fmt.wide).sum(axis=-1) - 1) <= 2 * e.fmt.u).all())


@neutral_law("weight-one-is-neutral", *_WEIGHTED, needs="weight",
             when=(without("weight"), _of_whole_rows))  # fmt: skip
def weight_one_is_neutral(f: Examination, e: Example) -> Claims:
    """weights 1 change nothing"""
    size = e.classes if e.function.rowwise else e.x.shape[0]
    yield agree(f, e, with_options(e, weight=np.ones(size, e.fmt.dtype)))


@neutral_law("pos-weight-one-is-neutral", _BCE, needs="pos_weight", when=without("pos_weight"))
def pos_weight_one_is_neutral(f: Examination, e: Example) -> Claims:
    """pos_weight 1 changes nothing"""
    yield agree(f, e, with_options(e, pos_weight=np.ones((), e.fmt.dtype)))


_NONE_IGNORED = (indexed, without("ignore_index"))


@neutral_law("absent-ignore-index-is-neutral", *IGNORING, needs="ignore_index", when=_NONE_IGNORED)
def absent_ignore_index_is_neutral(f: Examination, e: Example) -> Claims:
    """an ignore_index that no label equals changes nothing"""
    yield agree(f, e, with_options(e, ignore_index=-12345))


def _with_numbers(e: Example) -> bool:
    """Options whose values are numbers other than 0, of rows and a cotangent of numbers."""
    return any(e.options.get(name) for name in NUMBERS) and mild(e)


def _nearly(e: Example) -> Example:
    """The same with each of these options a little smaller, by more than rounding tells apart."""
    nearer = 1 - 4 * e.fmt.u**0.5
    near = {k: rounded(v * nearer, e.fmt) for k in NUMBERS if (v := e.options.get(k))}
    return with_options(e, **near)


@law("near-options-are-told-apart", *those(lambda f: not NUMBERS.isdisjoint(f.options)), costs=1,
     reshapes=True, eager=True, masked=True, needs="any number", when=_with_numbers)  # fmt: skip
def near_options_are_told_apart(f: Examination, e: Example) -> Claims:
    """after a call with an option, a slightly smaller value of it has its own result

    Within B, where the first call is within its own. The option differs by 4√u of itself, of which
    the value tells. [the definitions: functions of their options]
    Reveals a kernel or a table that is kept under a name with two digits of an option.
    """
    near, first = f.variant(e, "near", lambda: _nearly(e)), f.right(e)
    yield f.claim(near, where=first, what="a slightly smaller option", at=near)


@option_law(
    "pos-weight-scales-positives", _BCE, needs="pos_weight", when=(each, without("label_smoothing"))
)
def pos_weight_scales_positives(f: Examination, e: Example) -> Claims:
    """ℓ(x, 1; 4ρ) = 4ℓ(x, 1; ρ), ℓ(x, 0; 4ρ) = ℓ(x, 0; ρ)

    Within the sum of the bounds. pos_weight multiplies the positive term only; 4 is exact.
    [PyTorch BCEWithLogitsLoss: ρ multiplies y log σ(x) alone]
    Reveals pos_weight on negatives, 1 + (ρ − 1)y mistakes, ρ squared.
    """
    other, y = _times(e, "pos_weight", 4), f.problem(e).labels
    factor, hard = np.where(y == 1, 4, 1), (y == 0) | (y == 1)
    want, bound = factor * f.value(e), factor * f.bound(e) + f.bound(other)
    yield equal(f.value(other), want, bound, where=hard & both(f, e, other), at=other)


def _times(e: Example, option: str, factor: float) -> Example:
    """The example with an option so many times as large; 1 where it has none."""
    given = e.options.get(option)
    weight = np.ones((), e.fmt.dtype) if given is None else np.asarray(given)
    scaled = np.asarray(weight * weight.dtype.type(factor)).astype(weight.dtype)
    return with_options(e, **{option: scaled})


#: What weights are scaled by, as large as shares of rare classes are small; float16 has no room.
_SHARE = 2.0**-16


@law("weights-scale-the-sum", *_WEIGHTED, needs="weight", costs=1, when=having("weight"))
def weights_scale_the_sum(f: Examination, e: Example) -> Claims:
    """cw: losses and their sum are c times as large; the weighted mean of index labels is the same

    Within the sum of the bounds. ℓ is linear in w, and so is Σw. The binary mean divides by the
    count, so it is c times as large. c = 2⁻¹⁶, in float16 4: scaling is exact.
    [PyTorch CrossEntropyLoss]
    Reveals a mean divided by N instead of Σw, by Σw + ε, or by 1 at least, weights normalised,
    weights applied twice.
    """
    scale = 4 if e.fmt.name == "float16" else _SHARE
    other = _times(e, "weight", scale)
    factor = 1 if e.reduction == "mean" and e.function.rowwise and indexed(e) else scale
    want, bound = factor * f.value(e), factor * f.bound(e) + f.bound(other)
    where = both(f, e, other) & (np.abs(want) < f.fmt.largest / 2)
    yield equal(f.value(other), want, bound, where=where, at=other)


_MOVED = (each, having("label_smoothing"))
_SMOOTHED = (*_MOVED, without("weight"))


@option_law("smoothing-is-a-soft-label", _CE, needs="label_smoothing", when=_SMOOTHED)
def smoothing_is_a_soft_label(f: Examination, e: Example) -> Claims:
    """label_smoothing = α is the soft label (1 − α)·onehot + α/C

    Within B + B′ + u of each. By definition; where α/C is rounded, the soft label moves by u
    relatively. [Szegedy et al., arXiv:1512.00567, 7; PyTorch CrossEntropyLoss]
    Reveals α/(C − 1), smoothing after weights, smoothing dropped.
    """
    soft, log_p = _softened(e), f.problem(e).rows.log_p
    size = np.abs(np.where(np.isfinite(log_p), log_p, 0)).sum(axis=-1)
    moved = f.fmt.u * np.abs(f.exact(soft).wide) + f.fmt.eta * size
    bound, where = together(f, e, soft) + moved, both(f, e, soft) & f.problem(e).kept
    yield equal(f.value(soft), f.value(e), bound, where=where, at=soft)


@option_law("smoothing-is-a-soft-label", *BINARY, needs="label_smoothing", when=_MOVED)
def smoothing_moves_a_label(f: Examination, e: Example) -> Claims:
    """label_smoothing = s is the label (1 − s)y + s/2, whatever the weights are

    Within B + B′, where that label is a number of the format. By definition.
    [Keras, binary_crossentropy; two classes of cross-entropy]
    Reveals s where s/2 is meant, positives that are smoothed alone, smoothing after the weights.
    """
    soft = _softened(e)
    yield agree(f, soft, e, where=f.problem(soft).labels == f.problem(e).share)


def _softened(e: Example) -> Example:
    """The example with the smoothed labels (1 − α)·onehot + α/C written out."""
    alpha = e.fmt.wide(float(e.options["label_smoothing"]))
    n = e.x.shape[-1] if e.function.rowwise else 2
    hot = e.labels[:, None] == np.arange(n) if indexed(e) else e.labels.astype(e.fmt.wide)
    plain = without_options(e, "label_smoothing", "ignore_index")
    return plain.but(labels=((1 - alpha) * hot + alpha / n).astype(e.fmt.dtype))


#: Shapes of arrays, and of weights that are spread over them: a matrix that is not square, whose
#: rows a vector of classes does not fit; a square one; axes of equal length that are confused.
_SPREAD: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 8), (8,)), ((4, 4), (4,)), ((4, 1, 4), (4,)), ((1, 4, 4, 1), (4, 1, 1)),
    ((1, 4, 1, 4), (4,)),
)  # fmt: skip
_COMPILED = _SPREAD[1:2]
_SIZE = 16


def _per_class(f: Examination, e: Example, name: str) -> Claims:
    """Compare weights of some axes with the same weights written out."""
    for shape, spread in _COMPILED if f.kernel.compiles else _SPREAD:
        weights = np.exp2(np.arange(max(spread)) % 5 - 2.0).astype(e.fmt.dtype).reshape(spread)
        written = np.broadcast_to(weights, shape).ravel()
        full, other = (_weighed(e, name, shape, w) for w in (written, weights))
        try:
            f.value(other)
        except CallFailed as error:
            if error.kind not in ("raised", "shape"):
                raise
            raise Unsupported(f"{name} has the shape of the logits only: {error}") from error
        words = f"{name} of shape {list(spread)} for logits of {'x'.join(map(str, shape))}"
        yield unchanged(f, full, other, what=words)


def _weighed(e: Example, name: str, shape: tuple[int, ...], weights: Array) -> Example:
    """The first elements in a shape with these weights and no other options."""
    part = rows_of(e, slice(0, _SIZE), View(shape))
    rest = {k: v for k, v in part.options.items() if k == "reduction"}
    return part.but(options={**rest, name: weights})


class_law = partial(
    law,
    bound="2B, against the same weights written out",
    why="A vector is spread over the last axis, and (C, 1, 1) over the second of four, as arrays "
    "are broadcast: in a square too. A function that takes weights of the logits' shape only may "
    "raise.",
    source="PyTorch BCEWithLogitsLoss: a vector as long as the classes; NumPy's broadcasting",
    reveals="weights of classes taken for weights of rows where there are as many of both",
    costs=9,
    reshapes=True,
    when=lambda e: each(e) and len(e.x) >= _SIZE,
)


@class_law("weight-of-each-class", _BCE, needs="weight")
def weight_of_each_class(f: Examination, e: Example) -> Claims:
    """weights that are spread over axes are those of their places, or are refused"""
    yield from _per_class(f, e, "weight")


@class_law("pos-weight-of-each-class", _BCE, needs="pos_weight")
def pos_weight_of_each_class(f: Examination, e: Example) -> Claims:
    """a pos_weight that is spread over axes is that of its places, or is refused"""
    yield from _per_class(f, e, "pos_weight")
