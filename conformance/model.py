"""The nouns of the suite: Function, Claim, View, Example, Implementation, Subject.

Nothing here computes. Arrays are *canonical* everywhere inside the suite: host NumPy arrays in the
examined dtype, flat (N,) for elementwise functions and (R, n) rows with the class axis last for the
others. A `View` says how a canonical array is presented to an implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from conformance.floats import Array, Format, not_finite

if TYPE_CHECKING:
    from conformance.backends import Backend

#: The family of small examples that together have every set of options, whatever the seed.
EACH_OPTION = "each option"
#: The family of examples in which all options of a kind meet, for every derivative.
TOGETHER = "options together"

Grade = Literal["strict", "standard", "relaxed"]
GRADES: tuple[Grade, ...] = ("strict", "standard", "relaxed")

Evaluate = Callable[[Mapping[str, Array], Mapping[str, Any]], tuple[Array, Array]]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value or a derivative of a function: its formula in words, and what is known of it.

    `exact` gives the certified value of canonical arguments and options as two float64 (hi, lo),
    `reference` the value in wide arithmetic, of a `numerics.problem.Problem`, and `bound` what a
    computed one may differ by, of a problem, a budget and a level. The docstring of `bound` is its
    derivation. `relative`: it is less at the level should, and a law asks for that. `sizes` is what
    the terms of a derivative by logits amount to, of a problem and of the direction's sizes, where
    options may change the logits (`numerics.logits`).
    """

    says: str
    exact: Evaluate
    reference: Callable[[Any], Array]
    bound: Callable[[Any, Any, str], Array]
    relative: bool = False
    sizes: Callable[[Any, Array], Array] = lambda p, v: np.zeros_like(p.x)

    @property
    def derivation(self) -> str:
        """The derivation of the bound in words."""
        lines = (self.bound.__doc__ or "").splitlines()
        return " ".join(line.strip() for line in lines if line.strip())


def option_of(quantity: str) -> str:
    """The option that a derivative is by, which all rows may share; "" if it is by rows."""
    name = quantity.removeprefix("vjp_")
    return "" if name in (quantity, "labels") else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where the definition forces a function's value, or its derivatives: each of a problem.

    `settled` has the elements (N,) or rows (R,) whose value the definition or its limit forces;
    `smooth` gives those of them whose derivatives it forces (of second order, if so asked).
    `attended`: whose own input counts, unlike an ignored row's. `contained`: whose value every
    stable form reaches without leaving the format on its way. `without_mass`: where 0·log 0 = 0,
    of which one law speaks. `another_convention`: True where right libraries differ.
    """

    settled: Callable[[Any], Array]
    smooth: Callable[[Any, Array, bool], Array]
    attended: Callable[[Any], Array] = lambda p: np.ones(len(p.x), bool)
    contained: Callable[[Any], Array] = lambda p: np.ones(len(p.x), bool)
    without_mass: Callable[[Any], Array] = lambda p: np.zeros(len(p.x), bool)
    denominator: Callable[[Any], Any] = lambda p: p.wide(p.number)
    another_convention: Callable[[Example], bool] = lambda e: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The limits of a function of one number at −inf and +inf, and those of its derivative."""

    values: tuple[float, float]
    slopes: tuple[float, float]
    says: str
    slopes_say: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Function:
    """One function of the spec: all that the suite knows of it but its laws.

    `kind` is the shape of its value: "elementwise" (N,)->(N,), "rows" (R,n)->(R,n), "reduce"
    (R,n)->(R,), or "loss" with `arguments` (predictions, labels) and a reduction. `rowwise` says
    that the class axis exists. `quantities` has its value, its derivatives by the first argument,
    "vjp" and "hvp", and those by other arguments and options, "vjp_labels", "vjp_weight", ...

    What laws and the sweep ask: the `range` of all its values, if it has one; the `ends` of a
    function of one number; `slope`, in words and as a number, by which no two values differ more
    than their inputs; `curvature`, in words, 1 if it is convex and −1 if it is concave; whether it
    keeps its value, or "moves" with it, when a number is added to all logits; and `curves`, for
    each quantity and label, those of each entry (`numerics.curves`), by which it can be swept.

    Labels of a `hard` one are 0 or 1, and nothing between. Its `matrix` is the argument W of logits
    x Wᵀ; all rows share it, so that it is an option of an example. A `lean` one is examined with
    the effort quick in a run of a whole library.

    What is found of it elsewhere: `short`, its name in narrow tables; what libraries call it
    (`elsewhere`), and the `operators` of ATen that it is, as `--as` says them; and `plainly`, a
    plain formula of it in float64 of x, (x, axis), (x, y) or (x, y, axis), by which unknown code is
    recognised: it judges nothing, and is None for labels that do not fit.
    """

    name: str
    arguments: tuple[str, ...]
    options: tuple[str, ...] = ()
    kind: Literal["elementwise", "rows", "reduce", "loss"]
    rowwise: bool
    quantities: Mapping[str, Quantity]
    domain: Domain
    range: tuple[float, float] | None = None
    ends: Ends | None = None
    slope: tuple[str, float] | None = None
    curvature: tuple[str, int] | None = None
    shift: Literal["", "keeps", "moves"] = ""
    curves: Mapping[str, tuple[tuple[Any, ...], ...]] = field(default_factory=dict)
    lean: bool = False
    hard: bool = False
    matrix: str = ""
    short: str = ""
    elsewhere: tuple[str, ...] = ()
    operators: Mapping[str, str] = field(default_factory=dict)
    plainly: Callable[..., Array | None]

    @property
    def says(self) -> str:
        """The formula of its value."""
        return self.quantities["value"].says

    @property
    def slug(self) -> str:
        """The name as law ids spell it."""
        return self.name.replace("_", "-")

    @property
    def first(self) -> str:
        """The argument with respect to which derivatives are taken."""
        return self.arguments[0]

    @property
    def probabilities(self) -> bool:
        """True if the first argument is probabilities, not logits."""
        return self.first == "probs"

    @property
    def logarithms(self) -> bool:
        """True if the first argument is logarithms of probabilities: no number above 0."""
        return self.first == "log_probs"

    @property
    def from_logits(self) -> bool:
        """True if any number is a first argument, and a softmax or σ of it is taken."""
        return not (self.probabilities or self.logarithms or self.matrix)

    @property
    def labelled(self) -> bool:
        """True if it takes labels."""
        return "labels" in self.arguments

    @property
    def indexed(self) -> bool:
        """True if its labels are class indices and nothing else."""
        return self.labelled and "vjp_labels" not in self.quantities

    @property
    def reduces(self) -> bool:
        """True if it has a reduction, the mean by default."""
        return "reduction" in self.options

    @property
    def unary(self) -> bool:
        """True for a function of one number."""
        return self.kind == "elementwise" and len(self.arguments) == 1

    @property
    def shaped(self) -> bool:
        """True if its value has the shape of its first argument."""
        return self.kind in ("elementwise", "rows")

    @property
    def by_class(self) -> bool:
        """True if its value has the class axis."""
        return self.kind == "rows"


#: Classes from which on rows are vast.
VAST = 100_000
#: Families for the laws on accuracy alone: sizes of every remainder, blocks without a number,
#: images with every option, labels at borders of tiles, many rows of many classes, sums in halves.
IN_TURN, HOLLOW, IMAGES, BORDERS = "sizes in turn", "blocks of -inf", "images", "borders of tiles"
AT_LENGTH, CROWDED, STILL = "all options", "many rows and classes", "sums that stand still"
_FOR_FEW = frozenset({IN_TURN, HOLLOW, IMAGES, BORDERS, AT_LENGTH, CROWDED, STILL})


@dataclass(frozen=True, slots=True)
class View:
    """How canonical arrays are presented: the batch shape, the class axis, the memory layout.

    `batch` multiplies to R (or N). `axis` is where the class axis is put, as the implementation is
    told it, if `axis_given`: it may be negative. Layouts: see `conformance.kernels.layouts`. `only`
    names the one array that has the layout, the others being plain; empty if all have it. `start`
    is where one of layout "offset" begins: so many elements after a multiple of 64 bytes.
    """

    batch: tuple[int, ...]
    axis: int = -1
    layout: str = "C"
    only: str = ""
    start: int = 1
    axis_given: bool = True

    def of(self, name: str) -> View:
        """How the array of that name is presented."""
        return replace(self, layout="C") if self.only not in ("", name) else self


@dataclass(eq=False)  # not frozen: there are so many that it takes time
class Example:
    """One set of canonical arguments, with the options and the view they are called with."""

    function: Function
    fmt: Format
    args: Mapping[str, Array]
    view: View
    options: Mapping[str, Any] = field(default_factory=dict)
    family: str = ""
    #: True where rows are longer than was meant, since the kernel takes none so short.
    grown: bool = False
    #: Of rows or elements that recur: an example of those alone, and the place of each in it.
    repeats: tuple[Example, Array] | None = field(default=None, init=False, repr=False)
    #: How often each row or element counts in a reduction, where it stands for many; None: once.
    counts: Array | None = field(default=None, repr=False)

    @cached_property
    def x(self) -> Array:
        """The first argument: logits or probabilities."""
        return self.args[self.function.first]

    @cached_property
    def not_finite(self) -> tuple[str, ...]:
        """Which of nan, +inf and -inf are in the first argument."""
        return not_finite(self.x)

    @cached_property
    def labels(self) -> Array:
        """The labels of a loss."""
        return self.args["labels"]

    @cached_property
    def classes(self) -> int:
        """Classes of a row, or of its products with a matrix."""
        return len(self.options.get(self.function.matrix, self.x.T))

    def array(self, name: str) -> Array:
        """An array argument of the function: of rows, or the matrix that they share."""
        return np.asarray(self.args[name] if name in self.args else self.options[name])

    @cached_property
    def vast(self) -> bool:
        """True for rows of a vocabulary's size."""
        return self.function.rowwise and self.x.shape[-1] >= VAST

    @cached_property
    def for_few(self) -> bool:
        """True for what the laws on accuracy alone are shown: vast rows, and some families."""
        return self.family in _FOR_FEW or (self.vast and not self.grown)

    @cached_property
    def reduction(self) -> str:
        """none, sum or mean (the default); values that are no losses count as none."""
        return str(self.options.get("reduction", "mean")) if self.function.reduces else "none"

    @cached_property
    def size(self) -> int:
        """Number of elements of the first argument."""
        return int(self.x.size)

    def repeated(self, places: Array, view: View) -> Example:
        """An example of these rows or elements again and again.

        Its exact values and bounds are those of the few, each counted as often in a reduction.
        """
        many, few = self.only(places, view), self
        if self.reduction != "none":
            counts = np.bincount(places, minlength=len(self.x))
            few = replace(self.only(counts > 0, self.view), counts=counts[counts > 0])
            places = (np.cumsum(counts > 0) - 1)[places]
        many.repeats = few, places  # which `replace` does not keep
        return many

    def only(self, rows: Any, view: View) -> Example:
        """Some rows or elements, with the masks of each row or the weights of each element."""
        rows = np.arange(len(self.x))[rows]
        args = {k: v.take(rows, axis=0) if np.ndim(v) else v for k, v in self.args.items()}
        mine = {"where"} if self.function.rowwise else self.options.keys()
        shapes = {k: np.shape(v) for k, v in self.options.items() if k in mine}
        alike = {k for k, s in shapes.items() if (len(s), s[:1]) == (self.x.ndim, self.x.shape[:1])}
        options = {k: v.take(rows, axis=0) if k in alike else v for k, v in self.options.items()}
        return replace(self, args=args, options=options, view=view, counts=None)

    def but(self, *, view: View | None = None, options: Mapping[str, Any] | None = None,
            **args: Array) -> Example:  # fmt: skip
        """The same example with other arguments, view or options."""
        args, view = {**self.args, **args}, view or self.view
        rest = self.options if options is None else options, self.family, self.grown, self.counts
        return Example(self.function, self.fmt, args, view, *rest)  # `replace` takes longer

    def with_first(self, x: Array) -> Example:
        """The same example with another first argument."""
        return self.with_argument(self.function.first, x)

    def with_argument(self, name: str, value: Array) -> Example:
        """The same example with another argument."""
        return self.but(**{name: value})  # type: ignore[arg-type]


@dataclass(slots=True)  # not frozen: there are so many that it takes time
class Claim:
    """What a check yields; the engine measures it, a check never asserts.

    equal:   |got − want| <= bound, elementwise; `want` is machine numbers or certified values
    at_most: got <= want (+ bound); at_least: got >= want (- bound)
    same:    the same bits, NaN equal to NaN and -0 to +0
    holds:   got is True everywhere; `want`, if any, is what it speaks of, to be shown
    note:    no verdict; `what` is said in the report (may laws)
    """

    kind: Literal["equal", "at_most", "at_least", "same", "holds", "note"]
    got: Any
    want: Any = True
    bound: Any = 0.0
    where: Any = True
    what: str = ""
    at: Example | None = None


@dataclass(frozen=True, eq=False)
class Implementation:
    """A loaded file: which functions and options it has, and the deviations that it declares.

    `built_in`: options of which a function has one value; `ndim`, the axes of its first argument if
    they are so many; `shape`, one that it takes, -1 for any size. `ref` names it if no path does;
    `form` is its file's known form. `like` names the bundled file that it replaces, `inherited` the
    deviations from there. `packages` compute, if not the backend's. `called`: its own names.
    `left_out`: functions that the file has and that are not examined, and why.
    """

    name: str
    path: Path
    backend: Backend
    functions: Mapping[str, Callable[..., Any]]
    gradients: Mapping[str, Callable[..., Any]]
    options: Mapping[str, frozenset[str]]
    lines: Mapping[str, int] = field(default_factory=dict)
    dtypes: tuple[str, ...] | None = None
    devices: tuple[str, ...] | None = None
    modes: tuple[str, ...] | None = None
    deviations: Mapping[str, str] = field(default_factory=dict)
    built_in: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ref: str = ""
    like: str = ""
    inherited: frozenset[str] = frozenset()
    limits: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    packages: tuple[str, ...] = ()
    called: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined in one go, by name only: it travels to workers as it is."""

    implementation: str
    function: str
    dtype: str
    device: str
    mode: str

    @property
    def id(self) -> str:
        """implementation::function::dtype-mode-device."""
        return f"{self.implementation}::{self.function}::{self.dtype}-{self.mode}-{self.device}"
