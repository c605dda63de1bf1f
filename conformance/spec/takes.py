"""What an implementation takes: one law for each kind of limit, so that each is reported once.

A class of inputs that is refused by raising, whatever their values, breaks the law of its kind and
no other; the other laws stay within the limits. A law holds as long as no call has met a limit of
its kind, so every example exercises it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import prod

import numpy as np

from conformance.backends import Unsupported
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import CallFailed
from conformance.kernels.input_classes import specimen
from conformance.kernels.limit import Refused
from conformance.model import Claim, Example
from conformance.spec.claims import Claims, holds, note
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, AXED, LOSSES, ROWWISE, law, those
from conformance.spec.which import each, with_nan

_SOURCE = "the interface; a kernel that has limits says so in LIMITS"
_CLASSES = tuple(name for name in LOSSES if FUNCTIONS[name].rowwise)
_ODD = ("reversed", "unaligned", "swapped", "readonly", "broadcast")
_MASKABLE = those(lambda f: "where" in f.options and not f.labelled)
takes_law = partial(law, level="should", bound="none", source=_SOURCE)


def _odd(e: Example) -> bool:
    """True for arrays that few libraries take."""
    return e.view.layout in _ODD or not e.view.batch


def takes(f: Examination, e: Example, group: str, quantity: str = "value") -> Iterator[Claim]:
    """That no class of inputs of a kind is refused."""
    try:
        f.computed(e, quantity)
    except Refused as refused:
        if refused.limit.group != group:
            raise
    except CallFailed:
        if not f.kernel.limits.of(group):
            raise
    limits = f.kernel.limits.of(group)
    for limit in limits:
        said = f"refuses {limit.words}: {limit.said}"
        yield holds(False, what=said, at=limit.example)
    if not limits:
        yield holds(True)


def _called(f: Examination, e: Example) -> Example:
    """The example itself, which other laws call too; where it is refused, a plain one."""
    try:
        f.value(e)
    except (CallFailed, Unsupported):
        plain = f.kernel.limits.plain(f.fmt.name)
        return e if plain is None else specimen(plain, 0)
    return e


def emptied(f: Examination, e: Example) -> Example:
    """The example, which has no rows; where another limit refuses it, a plain one without any."""
    plain = f.kernel.limits.plain(f.fmt.name)
    try:
        f.value(e)
    except Refused as refused:
        if refused.limit.group != "empty" and plain is not None and plain.batch:
            empty = specimen(replace(plain, rows=0, batch=(0, *plain.batch[1:])), 0)
            return empty if each(empty) else e
    except CallFailed:
        pass
    return e


def _said(f: Examination, e: Example, group: str) -> Iterator[Claim]:
    """The same in words, of a may law."""
    for claim in takes(f, e, group):
        fine = bool(np.all(claim.got))
        yield note("takes them" if fine else claim.what)


@takes_law("takes-its-formats", *ALL, level="must", limit="formats", costs=1, eager=True)
def takes_its_formats(f: Examination, e: Example) -> Claims:
    """a plain matrix of each declared format, along the last axis, gives a result

    The least that a kernel has to accept. A format that is refused and that DTYPES does not name is
    reported as unsupported, once, and breaks no law.
    Reveals a format that is declared and refused.
    """
    yield from takes(f, _called(f, e), "formats")


@takes_law("takes-its-modes", *ALL, needs="transformed", limit="modes")
def takes_its_modes(f: Examination, e: Example) -> Claims:
    """what can be called plainly can be transformed, compiled or mapped too

    Functions of JAX and PyTorch can be. For a mode that MODES declares this is a must.
    Reveals branches on values that are being traced, modes that raise.
    """
    yield from takes(f, _called(f, e), "modes")


@law("takes-any-labels", *_CLASSES, level="may", limit="labels")
def takes_any_labels(f: Examination, e: Example) -> Claims:
    """class indices of any integer type and distributions are labels

    PyTorch takes indices of 64 bits and distributions, Optax has a function for each.
    Reveals what the underlying library refuses.
    """
    yield from _said(f, e, "labels")


@takes_law("takes-any-layout", *ALL, needs="layouts", limit="layouts")
def takes_any_layout(f: Examination, e: Example) -> Claims:
    """arrays in Fortran order, with strides, or that begin inside a buffer are accepted

    Slices and transposes make them; NumPy, PyTorch and ONNX Runtime take or copy them.
    Reveals kernels for contiguous arrays only.
    """
    yield from takes(f, e, "layouts")


@law("takes-any-memory", *ALL, level="may", needs="layouts", limit="memory", when=_odd)
def takes_any_memory(f: Examination, e: Example) -> Claims:
    """arrays of negative strides or stride 0, byte-swapped, read-only, unaligned or without an axis

    PyTorch and MLX have no negative strides, and neither has another byte order.
    Reveals what the underlying library refuses.
    """
    yield from _said(f, e, "memory")


@takes_law("takes-every-axis", *AXED, needs="axis", limit="axes")
def takes_every_axis(f: Examination, e: Example) -> Claims:
    """the classes may lie along any axis, counted from either end

    The interface: it has an option axis. NumPy, PyTorch and JAX agree.
    Reveals kernels for the last axis only.
    """
    yield from takes(f, e, "axes")


def _of_ranks(f: Examination) -> Iterator[Example]:
    """Harmless arrays of one axis and of three, for functions without an option axis."""
    plain = f.kernel.limits.plain(f.fmt.name) if f.function.rowwise else None
    if plain is None or "axis" in f.accepts or f.kernel.compiles or not plain.rows:
        return
    for batch in ((), (plain.rows, 1)):
        yield specimen(replace(plain, batch=batch, rows=prod(batch)), 0)


@takes_law("takes-every-rank", *ALL, limit="ranks", costs=2)
def takes_every_rank(f: Examination, e: Example) -> Claims:
    """arrays of one axis and of three axes are accepted

    NumPy, PyTorch, JAX and ONNX Runtime take arrays of any number of axes.
    Reveals kernels for matrices only.
    """
    for other in _of_ranks(f):
        with suppress(CallFailed, Unsupported):  # a wrong result is another law's
            f.value(other)
    yield from takes(f, e, "ranks")


@takes_law("takes-one-class", *ROWWISE, limit="one-class")
def takes_one_class(f: Examination, e: Example) -> Claims:
    """rows of one class are accepted

    A model with one output; NumPy, PyTorch and JAX give 1, or a loss of 0.
    Reveals kernels that begin with the second class.
    """
    yield from takes(f, e, "one-class")


@takes_law("takes-every-size", *ALL, limit="sizes")
def takes_every_size(f: Examination, e: Example) -> Claims:
    """up to 65,537 rows and 262,144 classes are accepted

    Vocabularies are that large, and no tensor library refuses them.
    Reveals kernels limited to one block, to powers of two or to some number of classes.
    """
    yield from takes(f, e, "sizes")


@takes_law("takes-every-number", *those(lambda f: f.from_logits or f.logarithms), when=with_nan,
           limit="numbers", masked=True)  # fmt: skip
def takes_every_number(f: Examination, e: Example) -> Claims:
    """NaN, +inf and −inf are accepted

    A mask is −inf, and NaN in the result tells of a fault upstream, where an exception ends the run
    of all. NumPy, PyTorch and JAX take them.
    Reveals kernels that check their input, or their result, for numbers that are not finite.
    """
    yield from takes(f, e, "numbers")


@takes_law("takes-its-options", *LOSSES, limit="options")
def takes_its_options(f: Examination, e: Example) -> Claims:
    """each option in the signature, and each pair of them, is accepted

    The signature offers them.
    Reveals options that are not implemented, alone or together.
    """
    yield from takes(f, e, "options")


@takes_law("takes-its-options", *_MASKABLE, needs="any option", limit="options")
def takes_each_option(f: Examination, e: Example) -> Claims:
    """each option in the signature is accepted

    The signature offers it.
    Reveals options that are not implemented.
    """
    yield from takes(f, e, "options")


@takes_law("is-differentiable", *ALL, needs="derived", limit="derivatives")
def is_differentiable(f: Examination, e: Example) -> Claims:
    """the library derives the gradient

    Functions of PyTorch and JAX are differentiable, and so are those that replace them.
    [the interface: F_vjp is derived unless the file defines it]
    Reveals kernels with a forward pass only; a backward pass that keeps what the forward pass has
    computed, whose second derivative is lost without a word.
    """
    yield from takes(f, e, "derivatives", "vjp")
