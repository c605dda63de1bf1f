"""What the **keywords of a function are read for: the options that change what a small call gives.

A decorator without `functools.wraps` takes any keyword and passes it on; many losses take any and
read none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import keywords_for, result_role
from conformance.kernels.input_classes import plain_classes, specimen
from conformance.kernels.layouts import Role
from conformance.kernels.parameters import parameters
from conformance.kernels.sending import sent
from conformance.model import Example, Function, Implementation
from conformance.objects.adapter import Adapted
from conformance.objects.slots import MEANT
from conformance.objects.small_calls import unnoticed

#: The label of padded rows that is usual: some kernels know no other.
_PADDING = -100
#: Values that are not the default, and make a difference for rows of three.
TELLING: dict[str, tuple[Any, ...]] = {
    "axis": (0,), "reduction": ("sum", "none"), "ignore_index": (0, 1),
    "label_smoothing": (0.25, 1.0), "log_target": (True,), "temperature": (4.0, 0.5),
    "softcap": (0.5, 3.0), "z_loss": (0.5,), "keepdims": (True,), "alpha": (0.25, 0.75),
    "gamma": (3.0, 0.0),
}  # fmt: skip
_SIDE = 3
_REFUSED = re.compile(r"(unexpected|unknown|invalid) keyword|positional.only", re.IGNORECASE)


def as_they_read(found: Implementation) -> Implementation:
    """The implementation, without the options of which its **keywords make nothing."""
    own = {**found.functions, **{f"{n}_vjp": v for n, v in found.gradients.items()}}
    options, words = dict(found.options), []
    for name, function in own.items():
        if doubtful := _doubtful(function, found.options[name]):
            unread = frozenset(Probe(found, name, function, doubtful).unread())
            options[name] -= unread
            if unread:
                words.append(f"{name}: its **keywords do not take {', '.join(sorted(unread))}")
    return replace(found, options=options, form="; ".join(filter(None, (found.form, *words))))


def _doubtful(function: Callable[..., Any], accepted: frozenset[str]) -> frozenset[str]:
    """The options that are taken only because any keyword is."""
    if isinstance(function, Adapted):
        return function.assumed & accepted
    known = parameters(function) or ()
    starred = any(p.star == "**" for p in known)
    return accepted - {p.name for p in known if not p.star} if starred else frozenset()


@dataclass(frozen=True, slots=True)
class Probe:
    """Small calls of one function of a file, or of a gradient."""

    found: Implementation
    name: str
    function: Callable[..., Any]
    doubtful: frozenset[str]

    def unread(self) -> Iterator[str]:
        """The options without effect; none if a plain call raises."""
        e = self.example()
        plain = self._called(e)
        if plain is not None:
            yield from (o for o in sorted(self.doubtful) if not self._takes(e, plain, o))

    def _takes(self, e: Example, plain: Array, option: str) -> bool:
        """True if an option has an effect; a gradient is to take what its function takes."""
        if option in self._needed:
            plain = np.empty(0)  # unlike any result
        values = TELLING.get(option) or (_array(e, option),)
        if any(self._has_effect(e, plain, {option: value}) for value in values):
            return not self._refuses(e, option)
        if option != "ignore_index":
            return False
        padded = _padded(e)
        return self._has_effect(padded, self._called(padded), {option: _PADDING})

    def _refuses(self, e: Example, option: str) -> bool:
        """True if no value is taken, not even that which changes nothing: it is not read."""
        values = (MEANT[option], *(TELLING.get(option) or (_array(e, option),)))
        return all(self._raises(e, {option: value}) for value in values)

    def _raises(self, e: Example, chosen: Mapping[str, Any]) -> bool:
        try:
            self.computed(e, chosen)
        except Exception:
            return True
        return False

    def _has_effect(self, e: Example, plain: Array | None, chosen: Mapping[str, Any]) -> bool:
        """True if a call raises for its values, or gives another result than a plain one."""
        try:
            got = self.computed(e, chosen)
        except Exception as error:  # what is read may be refused
            return plain is not None and not _REFUSED.search(str(error))
        return plain is None or not np.array_equal(got, plain, equal_nan=True)

    def _called(self, e: Example) -> Array | None:
        """What a plain call gives; None if it raises."""
        with suppress(Exception):
            return self.computed(e, {})
        return None

    def computed(self, e: Example, chosen: Mapping[str, Any]) -> Array:
        """What a call with the options that are no doubt taken, and those chosen, gives."""
        backend, named = self.found.backend, self.found.options[self.name] - self.doubtful
        device = backend.devices()[0]
        further: dict[str, tuple[Array, Role]] = {}
        if self.name not in FUNCTIONS:
            further["cotangent"] = e.args["cotangent"], result_role(e.function, e.options)
        with unnoticed(), backend.scope(device, e.fmt.name):
            keywords = {**keywords_for(e, named, self._built_in), **chosen}
            natives = sent(e, further, keywords, backend, device)[1]
            return np.array(backend.host(self.function(*natives, **keywords)))

    @property
    def _needed(self) -> frozenset[str]:
        return frozenset() if self.name in FUNCTIONS else self.found.options[self._of.name]

    def example(self) -> Example:
        """A square, if matrices are taken: of its classes any axis may be asked."""
        fmt = (self.found.dtypes or ("float32",))[0]
        named = self.found.options[self.name] - self.doubtful
        plain = next(plain_classes(self._of, fmt, "value", named, self._built_in))
        if len(plain.batch) == 1:
            classes = _SIDE if self._of.rowwise else plain.classes
            plain = replace(plain, rows=_SIDE, batch=(_SIDE,), classes=classes)
        return specimen(plain, 0, self._built_in)

    @property
    def _of(self) -> Function:
        return FUNCTIONS[self.name.removesuffix("_vjp")]

    @property
    def _built_in(self) -> Mapping[str, Any]:
        return self.found.built_in.get(self._of.name, {})


def _padded(e: Example) -> Example:
    labels = e.labels.copy()
    labels[0] = _PADDING
    return e.but(labels=labels)


def _array(e: Example, option: str) -> Array:
    """Other weights for each class, on both sides of 1; a mask without some."""
    if option == "where":
        return np.asarray(np.eye(*e.x.shape) == 0)
    return (np.arange(1, e.x.shape[-1] + 1) / 2).astype(e.fmt.dtype)
