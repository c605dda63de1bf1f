"""A function with its options bound, and what has been built from it (jitted, differentiated)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from conformance.backends import Unsupported

Native = Any
Function = Callable[..., Native]
#: How `vmap` maps the arguments: along which axis each, or None if all calls share it.
Way = tuple[int | None, ...]


class Program:
    """A function in one mode with plain options bound; its array options follow the arguments.

    `built` keeps what a backend made of it, so that one shape is compiled once only.
    """

    def __init__(
        self, function: Function, static: Mapping[str, Any], names: tuple[str, ...], mode: str
    ) -> None:
        self.function = function
        self.static = dict(static)
        self.names = names
        self.mode = mode
        self.built: dict[Hashable, Function] = {}

    def plain(self, *flat: Native) -> Native:
        """The function of its arguments and array options, as a user calls it."""
        if not self.names:
            return self.function(*flat, **self.static)
        count = len(flat) - len(self.names)
        traced = dict(zip(self.names, flat[count:], strict=True))
        return self.function(*flat[:count], **self.static, **traced)

    def make(self, key: Hashable, build: Callable[[], Function]) -> Function:
        """What `build` returns, built on the first call with this key."""
        found = self.built.get(key)
        if found is None:
            found = self.built[key] = build()
        return found


class Bound:
    """A program with values for its array options: callable with the arguments only."""

    __slots__ = ("_run", "extras", "program")

    def __init__(
        self, program: Program, extras: tuple[Native, ...], run: Callable[..., Native]
    ) -> None:
        self.program = program
        self.extras = extras
        self._run = run

    def __call__(self, *arrays: Native) -> Native:  # noqa: D102
        return self.flat((*arrays, *self.extras))

    def flat(self, flat: Sequence[Native]) -> Native:
        """The function of its arguments and other values of its array options."""
        return self._run(self.program, tuple(flat))


_PROGRAMS: dict[Hashable, Program] = {}


def bind(
    function: Function,
    mode: str,
    options: Mapping[str, Any],
    is_array: Callable[[object], bool],
    run: Callable[[Program, tuple[Native, ...]], Native],
) -> Bound:
    """`function` with `options` bound; equal plain options share one program."""
    names = tuple(sorted(k for k, v in options.items() if is_array(v)))
    static = {k: v for k, v in options.items() if k not in names}
    if mode == "vmap":
        static = _inside(static)
    key = (id(function), mode, names, tuple(sorted(static.items())))
    program = _PROGRAMS.get(key)
    if program is None:  # the program keeps the function alive, and so its id
        program = _PROGRAMS[key] = Program(function, static, names, mode)
    return Bound(program, tuple(options[k] for k in names), run)


def forget() -> None:
    """Let go of all programs, and of what was compiled for them."""
    _PROGRAMS.clear()


def _inside(static: dict[str, Any]) -> dict[str, Any]:
    """Options as the mapped function sees them: its leading axis is gone."""
    axis = static.get("axis", -1)
    return {**static, "axis": axis - 1} if axis >= 0 else static


def mapped(program: Program, flat: Sequence[Native]) -> tuple[int | None, ...]:
    """Which arrays `vmap` maps: every argument, and array options of the first argument's rank.

    Class weights and scalar weights are shared by all rows.
    """
    rank = flat[0].ndim
    if not rank:
        raise Unsupported("vmap needs a batch axis")
    count = len(flat) - len(program.names)
    shared = (0 if option.ndim == rank else None for option in flat[count:])
    return (*(0,) * count, *shared)


def given_by(way: Way, arrays: Sequence[Native], transpose: Callable[..., Native]) -> list[Native]:
    """The arrays of a batch as `vmap` is given them; of one that all calls share, the first."""
    return [_given(array, axis, transpose) for array, axis in zip(arrays, way, strict=True)]


def _given(array: Native, axis: int | None, transpose: Callable[..., Native]) -> Native:
    if axis is None:
        return array[0]
    order = [*range(array.ndim)]
    order[0], order[axis] = axis, 0
    return transpose(array, order) if axis else array
