"""Functions of a file whose parameters are not placed or named as the spec's: adapted to be called.

A parameter `dim` is the axis, and labels may come first: what nobody can mistake needs no `--as`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance.errors import LoadError
from conformance.kernels.parameters import EMPTY, Parameter, parameters
from conformance.model import Implementation
from conformance.objects import own_values, synonyms
from conformance.objects.adapter import Adapted, adapted, shifted
from conformance.objects.calls import As, parsed


def as_they_take(found: Implementation) -> Implementation:
    """The implementation, its functions adapted where only their signature says how to call them.

    What else they need they say themselves when they are called.
    """
    own = {**found.functions, **{f"{n}_vjp": v for n, v in found.gradients.items()}}
    made: dict[str, Adapted] = {}
    for name, target in own.items():
        usual = replace(parsed(name), own_defaults=True)
        said, of = _said_by_kind(name, target) or usual, made.get(name.removesuffix("_vjp"))
        if said == usual and not own_values.may_keep_rows(said, found.options[name]):
            continue
        with suppress(LoadError):
            one = adapted(target, said, f"{found.path.name}::{name}")
            one = own_values.as_of(one, of) if of else own_values.understood(one, found)
            if one.said != usual:
                made[name] = one
    return replace(
        found,
        functions={n: made.get(n, v) for n, v in found.functions.items()},
        gradients={n: made.get(f"{n}_vjp", v) for n, v in found.gradients.items()},
        options={**found.options, **{n: a.accepted for n, a in made.items()}},
        built_in={**found.built_in, **_built_in(found, made)},
        form="; ".join(filter(None, (found.form, *_words(made)))),
    )


def _built_in(found: Implementation, made: Mapping[str, Adapted]) -> dict[str, Mapping[str, Any]]:
    own = {n: a.said.built_in for n, a in made.items() if n in found.functions}
    return {n: {**found.built_in.get(n, {}), **fixed} for n, fixed in own.items() if fixed}


def _said_by_kind(name: str, target: Any) -> As | None:
    """What `--as` would say of a function; None if it is called as the spec's is."""
    said, known = parsed(name), parameters(target) or ()
    said = replace(said, own_defaults=True, fixed=dict(_caps(said, known)))
    named = [p.name for p in known if not (p.by_place or p.star) and p.default is EMPTY]
    if not any(p.by_place or p.star for p in known) and len(named) >= len(said.arrays):
        return replace(said, renamed=_arrays(said, named))
    placed = [p.name for p in known if p.by_place][: len(said.arrays)]
    if len(placed) < len(said.arrays):
        return None
    renamed = _arrays(said, placed)
    others = [p for p in known if not p.star and p.name not in placed]
    usual = list(renamed.values()) == placed
    usual &= not any(_asks(p, said, others) or _is_odd(p, said, target) for p in others)
    usual &= not said.fixed
    return None if usual else replace(said, renamed=renamed)


def _caps(said: As, known: Sequence[Parameter]) -> Iterator[tuple[str, float]]:
    """A cap that is a number by default: None, which leaves it out, would be another call."""
    names = [p.name for p in known]
    for p in known:
        meant = synonyms.option(p.name, said.function, names)
        if meant == "softcap" and isinstance(p.default, int | float) and p.default:
            yield meant, p.default


def _arrays(said: As, names: Sequence[str]) -> Mapping[str, str]:
    return synonyms.arrays(said.arrays, names[: len(said.arrays)])


def _asks(p: Parameter, said: As, others: Sequence[Parameter]) -> bool:
    """True for an option that the spec's call does not give, or not in the way it is taken."""
    options = said.function.options
    if p.name in options:
        needed = p.default is EMPTY and p.name not in ("axis", "reduction")
        return not p.by_name or needed or shifted(p.name, p.default)
    return bool(synonyms.option(p.name, said.function, [q.name for q in others]))


def _is_odd(p: Parameter, said: As, target: Any) -> bool:
    """True for an option whose values may have other names."""
    return p.name in said.function.options and own_values.odd(target, p.name, p.name, p.default)


def _words(made: Mapping[str, Adapted]) -> Iterator[str]:
    """Which of their names were understood, for the head of the report."""
    for name, a in made.items():
        own = [f"{given} is taken for {meant}" for meant, given in a.own_names.items()]
        own += [f"{n} is passed, which is {number} by default" for n, number in a.shifted.items()]
        own += own_values.words(a)
        own += [f"{n} is left at its {number}" for n, number in a.fixed.items() if n != "reduction"]
        yield f"{name}: {', '.join(own) or 'called as its signature says'}"
