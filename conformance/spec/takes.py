"""What an implementation takes: one law for each kind of limit, and each limit is said once.

A class of inputs that is refused by raising, whatever their values, breaks the law of its kind
and no other; the other laws are asked within the limits. A law holds while no call has met a
limit of its kind, so every example exercises it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from conformance.backends import Unsupported
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import CallFailed
from conformance.kernels.input_classes import specimen
from conformance.kernels.limits import Refused
from conformance.model import Claim, Example
from conformance.spec.claims import holds, note
from conformance.spec.context import Examination
from conformance.spec.declare import ALL, LOSSES, ROWWISE, law, those

_SOURCE = "the interface; a kernel that has limits says so in LIMITS"
_CLASSES = tuple(name for name in LOSSES if FUNCTIONS[name].rowwise)
_ODD = ("reversed", "unaligned", "swapped", "readonly", "broadcast")


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
        yield holds(True, at=e)


def _called(f: Examination, e: Example) -> Example:
    """The example itself, which other laws call too; where it is refused, a plain one."""
    try:
        f.value(e)
    except (CallFailed, Unsupported):
        plain = f.kernel.limits.plain(f.fmt.name)
        return e if plain is None else specimen(plain, 0)
    return e


def _said(f: Examination, e: Example, group: str) -> Iterator[Claim]:
    """The same in words, of a may law."""
    for claim in takes(f, e, group):
        fine = bool(np.all(claim.got))
        yield note("takes them" if fine else claim.what)


@law(
    "takes-its-formats", *ALL,
    says="a plain matrix of each declared format, along the last axis, gives a result",
    bound="none",
    why="The least that a kernel takes. A format that DTYPES does not name and that is refused is "
    "not supported, which is said once and breaks nothing.",
    source=_SOURCE, reveals="a format that is declared and refused",
    limit="formats", costs=1, when=lambda e: e.size > 0,
)  # fmt: skip
def takes_its_formats(f: Examination, e: Example) -> Iterator[Claim]:
    """A call."""
    yield from takes(f, _called(f, e), "formats")


@law(
    "takes-its-modes", *ALL,
    level="should",
    says="what is called plainly can be transformed, compiled or mapped too",
    bound="none",
    why="Functions of JAX and PyTorch can be. Of a mode that MODES declares it is a must.",
    source=_SOURCE, reveals="branches on values that are being traced, modes that raise",
    needs=("transformed",), limit="modes", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_its_modes(f: Examination, e: Example) -> Iterator[Claim]:
    """A call under the transformation."""
    yield from takes(f, _called(f, e), "modes")


@law(
    "takes-any-labels", *_CLASSES,
    level="may",
    says="class indices of any integer type and distributions are labels",
    reveals="what the library below refuses",
    why="PyTorch takes indices of 64 bits and distributions, Optax has a function for each.",
    limit="labels", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_any_labels(f: Examination, e: Example) -> Iterator[Claim]:
    """Labels of the other kind, or of another type."""
    yield from _said(f, e, "labels")


@law(
    "takes-any-layout", *ALL,
    level="should",
    says="arrays in Fortran order, with strides, or that begin inside a buffer are taken",
    bound="none",
    why="Slices and transposes make them; NumPy, PyTorch and ONNX Runtime take or copy them.",
    source=_SOURCE, reveals="kernels of contiguous arrays only",
    needs=("layouts",), limit="layouts",
    when=lambda e: e.size > 0,
)  # fmt: skip
def takes_any_layout(f: Examination, e: Example) -> Iterator[Claim]:
    """Arrays with strides."""
    yield from takes(f, e, "layouts")


@law(
    "takes-any-memory", *ALL,
    level="may", needs=("layouts",),
    says="arrays with negative strides or stride 0, of another byte order, read-only, unaligned, "
    "or of no axis",
    reveals="what the library below refuses",
    why="PyTorch and MLX have no negative strides, none of them another byte order.",
    limit="memory",
    when=lambda e: e.size > 0 and (e.view.layout in _ODD or not e.view.batch),
)  # fmt: skip
def takes_any_memory(f: Examination, e: Example) -> Iterator[Claim]:
    """Arrays that few libraries take."""
    yield from _said(f, e, "memory")


@law(
    "takes-every-axis", *ROWWISE,
    level="should",
    says="the classes may lie along any axis, counted from either end",
    bound="none", why="The interface: it has an option axis. NumPy, PyTorch and JAX agree.",
    source=_SOURCE, reveals="kernels of the last axis only",
    options=("axis",), limit="axes", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_every_axis(f: Examination, e: Example) -> Iterator[Claim]:
    """Other axes."""
    yield from takes(f, e, "axes")


@law(
    "takes-every-rank", *ALL,
    level="should",
    says="arrays of one axis and of three are taken", bound="none",
    why="NumPy, PyTorch, JAX and ONNX Runtime take arrays of any number of axes.",
    source=_SOURCE, reveals="kernels of matrices only",
    limit="ranks", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_every_rank(f: Examination, e: Example) -> Iterator[Claim]:
    """Arrays that are no matrices."""
    yield from takes(f, e, "ranks")


@law(
    "takes-one-class", *ROWWISE,
    level="should",
    says="rows of one class are taken", bound="none",
    why="A model with one output; NumPy, PyTorch and JAX give 1, or a loss of 0.",
    source=_SOURCE, reveals="kernels that begin with the second class",
    limit="one-class", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_one_class(f: Examination, e: Example) -> Iterator[Claim]:
    """One class."""
    yield from takes(f, e, "one-class")


@law(
    "takes-every-size", *ALL,
    level="should",
    says="up to 65,537 rows and 262,144 classes are taken", bound="none",
    why="Vocabularies are that large, and no library of tensors refuses them.",
    source=_SOURCE, reveals="kernels of one block, of powers of two, of so many classes",
    limit="sizes", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_every_size(f: Examination, e: Example) -> Iterator[Claim]:
    """Sizes."""
    yield from takes(f, e, "sizes")


@law(
    "takes-its-options", *LOSSES,
    level="should",
    says="each option that the signature has, and each two of them, are taken", bound="none",
    why="The signature says that they are there.",
    source=_SOURCE, reveals="options that are not implemented, alone or together",
    limit="options", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_its_options(f: Examination, e: Example) -> Iterator[Claim]:
    """Options."""
    yield from takes(f, e, "options")


@law(
    "takes-its-options", *those(lambda f: "where" in f.options and not f.labelled),
    level="should",
    says="each option that the signature has is taken", bound="none",
    why="The signature says that it is there.",
    source=_SOURCE, reveals="options that are not implemented",
    options=("where",), limit="options", when=lambda e: e.size > 0,
)  # fmt: skip
def takes_a_mask(f: Examination, e: Example) -> Iterator[Claim]:
    """Options of functions that are no losses."""
    yield from takes(f, e, "options")


@law(
    "is-differentiable", *ALL,
    level="should",
    says="the library derives the gradient", bound="none",
    why="Functions of PyTorch and JAX are differentiable, and so are those that replace them.",
    source="the interface: F_vjp is derived unless the file defines it",
    reveals="kernels of the forward pass only",
    needs=("derived",), limit="derivatives", when=lambda e: e.size > 0,
)  # fmt: skip
def is_differentiable(f: Examination, e: Example) -> Iterator[Claim]:
    """The gradient."""
    yield from takes(f, e, "derivatives", "vjp")
