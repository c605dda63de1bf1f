"""The parameters of functions, modules, built-ins, and of PyTorch's operators and Functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

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
    forward = getattr(target, "forward", None)
    asked = forward if callable(forward) and not inspect.isroutine(target) else target
    try:
        found = inspect.signature(asked).parameters.values()
    except (TypeError, ValueError):  # built-in functions and ufuncs say nothing
        return None
    return tuple(_of_python(p) for p in found)


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
    """The schema of an operator of torch.ops: that of its first overload."""
    schema = getattr(target, "_schema", None)
    if schema is None and type(target).__name__ == "OpOverloadPacket":
        names: Sequence[str] = target.overloads()
        schema = getattr(getattr(target, names[0]), "_schema", None) if names else None
    return schema if hasattr(schema, "arguments") else None


def _of_schema(schema: Any) -> list[Parameter]:
    return [
        Parameter(
            a.name,
            a.default_value if a.has_default_value() else EMPTY,
            by_place=not a.kwarg_only,
        )
        for a in schema.arguments
    ]
