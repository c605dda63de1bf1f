"""What a backend says of its library, in constants that are read without importing the library."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The layouts of arrays that have views and can be changed.
VIEWS = ("C", "F", "strided", "rows-strided", "offset", "broadcast")


class Late(types.ModuleType):
    """A module that is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        module = sys.modules.get(self.__name__) or importlib.import_module(self.__name__)
        return getattr(module, name)


@dataclass(frozen=True, slots=True)
class State:
    """One piece of what a process shares. `put` is None where it cannot be put back.

    It is asked for only if `library` is imported; "" for what is always there.
    """

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object] | None = None
    library: str = ""


@dataclass(frozen=True, slots=True)
class Programs:
    """Variables of the environment that have a library keep the programs that it compiles.

    `folder` names where; `off` keeps none if it is false; `further` are set beside `folder`.
    """

    folder: str
    off: str
    further: Mapping[str, str] = field(default_factory=dict)


#: What `begun` is in a script: NumPy's own arrays begin anywhere.
_BEGUN = """\
def begun(array, start):
    room = np.empty(array.nbytes + 64 + start * array.itemsize, np.uint8)
    first = -room.ctypes.data % 64 + start * array.itemsize
    found = room[first : first + array.nbytes].view(array.dtype).reshape(array.shape)
    found[...] = array
    return found  # begins so many elements after a multiple of 64 bytes


"""
#: Layout -> an expression of the array {x} in module {m}, its gaps {gap}, its first place {start}.
STRIDED = {
    "strided": "{m}.stack([{x}, {m}.full_like({x}, {gap})], -1)[..., 0]",
    "rows-strided": "{m}.stack([{x}, {m}.full_like({x}, {gap})], 1)[:, 0]",
    "window": "{m}.concatenate([{m}.full_like({x}[..., :1, :], {gap}), {x}], -2)[..., 1:, :]",
}
_LAYOUTS = {
    **STRIDED,
    "F": "{m}.asfortranarray({x})",
    "permuted": "{m}.ascontiguousarray({x}.swapaxes(0, 1)).swapaxes(0, 1)",
    "channels-last": "{m}.moveaxis({m}.moveaxis({x}, 1, -1).copy(), -1, 1)",
    "reversed": "{m}.flip({m}.flip({x}).copy())",
    "offset": "begun({x}, {start})",
    "readonly": "{m}.frombuffer({x}.tobytes(), {x}.dtype).reshape({x}.shape)",
    "swapped": "{x}.astype({x}.dtype.newbyteorder())",
    "unaligned": "{m}.frombuffer(bytearray(1) + {x}.tobytes(), {m}.uint8)[1:]"
    ".view({x}.dtype).reshape({x}.shape)",
}


@dataclass(frozen=True, slots=True)
class Script:
    """How arrays and calls are written in Python, for scripts and stubs; as for NumPy if not said.

    `wide` turns on float64, `device` makes {kind} and {index} the default device. `array` is of
    {values} and {dtype}, which is {host} for NumPy. `modes` make another `call` of `call`.
    `gradient` gives the lines that print the gradient of `call` of some arguments, of which the
    first and the one to derive by are named, if the library derives. `helpers` define what
    a layout is written with.
    """

    module: str = "np"
    imports: str = "import numpy as np"
    wide: str = ""
    device: str = ""
    array: str = "np.array({values}, {host})"
    mask: str = "np.array({values}, bool)"
    moved: str = "{m}.moveaxis"
    contiguous: str = "{m}.ascontiguousarray({x})"
    layouts: Mapping[str, str] = field(default_factory=lambda: _LAYOUTS)
    helpers: Mapping[str, str] = field(default_factory=lambda: {"offset": _BEGUN})
    modes: Mapping[str, str] = field(default_factory=dict)
    gradient: Callable[[str, str, str], Iterator[str]] | None = None
    total: str = "sum(axis=axis, keepdims=True)"


@dataclass(frozen=True, slots=True)
class Library:
    """A library's names and kind; what a third party's backend leaves out is as by default.

    `title` and `package` are what people call it and what they install; `roots` are modules
    that show that a file uses it; `array` is what an array is called. `layouts` are real for its
    arrays. `on_host`: its arrays are NumPy's, used where they lie. `immutable`: no call can change
    one. `on_cpu`: it computes without an accelerator. `derives`: it has automatic differentiation.
    `ahead`: processes may import it before the file that does, and then `later`, modules that it
    imports itself at a first gradient, and `transforming`, those that it imports when it first
    differentiates forward, or a function of rows. `environment` are variables of processes that
    use it, `one_thread` of those that are to use one processor.
    `operators` begins the names of its registered operators, and those behind its built-in
    functions have the same names in `built_in`; `applied` is the class of what is
    called by its `apply`; `leak` is the exception that tells of a side effect: something kept from
    another call. What concerns processes before they load a file, and the state that they
    share, is asked of the libraries that come with the suite only.
    """

    name: str
    title: str = ""
    package: str = ""
    roots: tuple[str, ...] = ()
    array: str = "an array"
    layouts: tuple[str, ...] = ("C",)
    on_host: bool = False
    immutable: bool = False
    on_cpu: bool = True
    derives: bool = True
    ahead: bool = False
    later: tuple[str, ...] = ()
    transforming: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    one_thread: dict[str, str] = field(default_factory=dict)
    programs: Programs | None = None
    operators: str = ""
    built_in: str = ""
    applied: str = ""
    leak: str = ""
    state: tuple[State, ...] = ()
    script: Script = field(default_factory=Script)
