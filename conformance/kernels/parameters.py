"""The parameters that a callable really has: of functions, modules, built-ins and operators."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.backends import libraries

EMPTY = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: where it may be given, and its default or EMPTY."""

    name: str
    default: Any = EMPTY
    by_place: bool = True
    by_name: bool = True
    #: "*" for *args, "**" for **keywords.
    star: str = ""


def parameters(target: Callable[..., Any]) -> tuple[Parameter, ...] | None:
    """The parameters in order; None if the callable does not tell."""
    schema = _schema(target)
    if schema is not None:
        return tuple(_of_schema(schema))
    applied = getattr(target, "__self__", None)
    if inspect.isclass(applied) and hasattr(applied, "setup_context"):
        return _of_apply(applied)
    within = getattr(target, "__wrapped__", None)
    if inspect.isfunction(target) and callable(within) and not hasattr(target, "__signature__"):
        own = _told(target, follow_wrapped=False) or ()
        return _wrapped(own, parameters(within))
    return _told(_asked(target))


def _asked(target: Callable[..., Any]) -> Callable[..., Any]:
    """What is asked for its signature: the forward of a module, the function that is vectorised."""
    if inspect.isroutine(target):
        return target
    named = (getattr(target, name, None) for name in ("forward", "pyfunc"))
    return next((f for f in named if callable(f)), target)


def _told(target: Callable[..., Any], follow_wrapped: bool = True) -> tuple[Parameter, ...] | None:
    try:
        found = inspect.signature(target, follow_wrapped=follow_wrapped).parameters.values()
    except (TypeError, ValueError):  # most built-in functions and ufuncs say nothing
        return None
    return tuple(_of_python(p) for p in found)


def _wrapped(
    own: tuple[Parameter, ...], within: tuple[Parameter, ...] | None
) -> tuple[Parameter, ...]:
    """Those of a wrapper: what it passes on is told by the function in it, the rest by itself.

    `functools.wraps` shows the signature of the function within, whatever the wrapper takes.
    """
    stars = {p.star for p in own if p.star}
    if within is None or not stars:
        return own
    named = {p.name: p for p in own if not p.star}
    passed = [named.get(p.name, p) for p in within]
    if "**" not in stars:  # by place, but for names of its own
        return tuple(p if p.name in named else replace(p, by_name=False) for p in passed)
    known = {p.name for p in within}
    further = (p for p in named.values() if not p.by_place and p.name not in known)
    return (
        *(p for p in passed if p.star != "**"),
        *further,
        *(p for p in passed if p.star == "**"),
    )


def _of_apply(function: Any) -> tuple[Parameter, ...] | None:
    """Those of an autograd Function: what its forward takes beside a context, all by place."""
    known = parameters(function.forward)
    if known is None:
        return None
    base = next(c for c in function.__mro__[::-1] if "setup_context" in vars(c))
    beside = known[function.setup_context is base.setup_context :]
    return tuple(replace(p, by_name=False) for p in beside)


def _of_python(p: inspect.Parameter) -> Parameter:
    star = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
    return Parameter(
        p.name, p.default,
        by_place=p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD),
        by_name=p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD),
        star=star,
    )  # fmt: skip


def _schema(target: Any) -> Any:
    """The schema of an operator: registered, compiled from a script, or behind a built-in."""
    operator = getattr(target, "_opoverload", target)  # of what custom_op made
    schemas = (schema for of in _overloads(operator) for schema in _schemas(of))
    return next((s for s in schemas if hasattr(s, "arguments")), None)


def _overloads(operator: Any) -> Iterator[Any]:
    """The operator, or its overloads if it is a packet of them, or the operator of a built-in."""
    built_in = _behind(operator) if inspect.isbuiltin(operator) else operator
    if type(built_in).__name__ == "OpOverloadPacket":
        names: Sequence[str] = built_in.overloads()
        yield from (getattr(built_in, name) for name in names)
    else:
        yield built_in


def _schemas(operator: Any) -> Iterator[Any]:
    yield from (getattr(operator, name, None) for name in ("_schema", "schema"))


def _behind(built_in: Any) -> Any:
    """The operator of a library that one of its built-in functions calls; None if there is none."""
    root = str(getattr(built_in, "__module__", None)).partition(".")[0]
    named = libraries()[root].built_in if root in libraries() else ""
    found: Any = importlib.import_module(root) if named else None
    for name in (*named.split(".")[1:], built_in.__name__):
        found = getattr(found, name, None)
    return found


def _of_schema(schema: Any) -> list[Parameter]:
    return [
        Parameter(
            a.name,
            a.default_value if a.has_default_value() else EMPTY,
            by_place=not a.kwarg_only,
        )
        for a in schema.arguments
    ]
