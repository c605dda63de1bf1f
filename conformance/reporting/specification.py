"""docs/spec.md: the conventions, the grades, the bounds with their derivations, and every law."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from conformance._version import SPEC_VERSION
from conformance.functions import FUNCTIONS
from conformance.numerics.bounds import SOURCES
from conformance.spec.law import Law

_HEAD = """\
# The spec

Made by `conformance spec --markdown`; a test holds it. {counts} `conformance spec ID` shows one
law on the terminal, `conformance run FILE --only ID` examines it.

A *must* law follows from the definition, within the bound that every backward-stable
implementation keeps: breaking it is a defect. A *should* law asks for accuracy relative to the
result itself, or for what NumPy, SciPy, PyTorch and JAX agree on. A *may* law records a choice in
words and gives no verdict.

A computed value ŷ is accepted if |ŷ − y| ≤ B: y is exact for the arguments as given, certified by
ball arithmetic; B is a function of the format, the sizes and the arguments. ±inf is accepted where
|y| + B rounds to it. The sign of a zero is never tested. [bounds.md](bounds.md) states and proves
the lemmas that the derivations cite.

## Notation

u unit roundoff 2^−p, η smallest subnormal, ω smallest normal, Ω largest finite number.
m = max x, d = x − m, t = e^d, S = Σt = 1 + T, p = t/S. s = σ(x), q = 1 − s, l = log(1 + e^−|x|).
A are the effective targets of a loss, ℓ = −Σ_c A_c log p_c; g is a cotangent, v a direction,
ḡ = Σp g, ga = Σp|g|, va = Σp|v|. B(x), B′ are the bounds of the values that a law compares.

## Conventions

* Class indices, `mean`: Σ w_y ℓ / Σ w_y over the rows that are kept. Floating labels: by the number
  of rows. With weights and floating labels frameworks differ: *may*.
* Label smoothing α over C classes: q′ = (1 − α)q + α/C, weighted by class: w_c q′_c. The mean's
  denominator stays Σ w_y.
* `ignore_index`: loss 0 in `none`, the row is in neither numerator nor denominator, its gradient is
  0. All rows ignored, no weight, an empty batch: the mean is a *may* law, the sum is 0.
* Binary losses: `mean` divides by the number of elements, never by weights; ρ = `pos_weight`
  multiplies y log p alone.
* `where`: True takes part. The result is that of the elements that take part, p = 0 and log p = −∞
  elsewhere. Of rows without any, of labels at masked classes and of label smoothing beside a mask
  *may* laws tell.
* 0·log 0 = 0: classes without a share of the label count nothing, whatever their probability.
* Probabilities are taken as they are given, not renormalised, not clipped.
* A label out of range gives an error or NaN, never a plausible number.
* The result has the dtype of the floating argument.

## Grades

`--grade` chooses the constants that no derivation gives; each is a published property of hardware
and libraries. Standard is the default.

```
{sources}
```

"""
_QUANTITIES = {
    "value": "value",
    "vjp": "gradient along a cotangent",
    "hvp": "derivative of the gradient along a direction",
    "vjp_labels": "gradient for the labels",
    "vjp_weight": "gradient for the weights",
    "vjp_pos_weight": "gradient for pos_weight",
}


def page(laws: Mapping[str, Law]) -> str:
    """The page, in Markdown."""
    parts = [_HEAD.format(counts=_counts(laws), sources=SOURCES.rstrip())]
    parts += [*_bounds(), "## Laws\n\n", *_laws(laws)]
    return "".join(parts).rstrip() + "\n"


def _counts(laws: Mapping[str, Law]) -> str:
    levels = Counter(law.level for law in laws.values())
    names = len({_name(law) for law in laws.values()})
    return (
        f"Spec {SPEC_VERSION}: {len(laws)} laws under {names} names, {levels['must']} must,\n"
        f"{levels['should']} should, {levels['may']} may."
    )


def _bounds() -> Iterator[str]:
    yield "## Functions and bounds\n"
    for function in FUNCTIONS.values():
        yield f"\n### {function.name}\n\n{function.says}\n\n"
        for quantity, words in _QUANTITIES.items():
            if quantity in function.quantities:
                yield f"* {words}: {_escaped(function.quantities[quantity].derivation)}\n"
    yield "\n"


def _name(law: Law) -> str:
    return law.id.partition("/")[2]


def _laws(laws: Mapping[str, Law]) -> Iterator[str]:
    named: dict[str, list[Law]] = {}
    for law in laws.values():
        named.setdefault(_name(law), []).append(law)
    for name, members in named.items():
        yield f"### {name}\n\n"
        for group in _alike(members):
            yield from _group(group)


def _alike(members: Sequence[Law]) -> list[list[Law]]:
    """Laws of one check, which differ in little but their function."""
    found: dict[object, list[Law]] = {}
    for law in members:
        found.setdefault((law.check, law.level, law.reveals), []).append(law)
    return list(found.values())


def _group(laws: Sequence[Law]) -> Iterator[str]:
    first = laws[0]
    functions = ", ".join(f"`{law.id.partition('/')[0]}`" for law in laws)
    yield f"**{first.level}** for {functions}\n\n"
    yield from _field("says", laws, [law.says for law in laws])
    yield from _field("bound", laws, [law.bound for law in laws])
    if not all(law.why == _own(law) for law in laws):
        yield from _field("why", laws, [law.why for law in laws])
    yield from _field("source", laws, [law.source for law in laws])
    yield from _field("reveals", laws, [law.reveals for law in laws])
    needs = ", ".join((*first.needs, *first.options))
    yield from _field("needs", laws, [needs] * len(laws))
    yield "\n"


def _own(law: Law) -> str:
    """The derivation that stands under the law's function already."""
    known = FUNCTIONS[law.functions[0]].quantities.values()
    return next((q.derivation for q in known if q.derivation == law.why), "")


def _field(label: str, laws: Sequence[Law], texts: Sequence[str]) -> Iterator[str]:
    """One line if all say the same, else one for each function."""
    if len(set(texts)) == 1:
        if texts[0]:
            yield f"* {label}: {_escaped(texts[0])}\n"
        return
    yield f"* {label}:\n"
    for law, text in zip(laws, texts, strict=True):
        yield f"  * `{law.id.partition('/')[0]}`: {_escaped(text)}\n"


def _escaped(text: str) -> str:
    """Text in which Markdown finds no emphasis, links or HTML."""
    return re.sub(r"\*|\](?=\()|<(?=\S)|`", lambda found: f"\\{found[0]}", text)
