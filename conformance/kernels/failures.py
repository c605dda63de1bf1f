"""What can go wrong in a call of an implementation, and where in its file."""

from __future__ import annotations

import dis
import re
from types import TracebackType
from typing import Any, Literal

import numpy as np

from conformance.backends import Backend, Unsupported, about, library_of
from conformance.backends.devices import is_cpu
from conformance.errors import printable
from conformance.floats import Array
from conformance.kernels.named_sizes import Shape, named_sizes
from conformance.model import Example, Implementation

#: Characters that are looked at of what an exception says: it may quote an array.
_SAID = 10_000

#: Words of the systems and libraries, and of our own limit. An illegal memory access is no want.
_WANT = re.compile(r"out of memory|want of memory|of memory, over|allocate", re.IGNORECASE)
#: What a device says of a kernel that ran into the void: a crash in words.
_FAULT = re.compile(
    r"illegal memory access|device-side assert|misaligned address|unspecified launch"
)
#: How libraries refuse an operation for the types of what it is given.
_OF_TYPES = re.compile(r"\bbool(ean)?\b|\bd-?types?\b|scalar type|[Cc]an(no|')t (be )?cast")

Kind = Literal["raised", "type", "shape", "state", "died"]


class CallFailed(Exception):
    """A call without a result of the right form, or that left traces: what it did, and where."""

    def __init__(
        self, kind: Kind, exception: str, message: str, location: str = "", slip: bool = False
    ) -> None:
        self.slip = slip  # of the pen: a name that is not there, a call of what is no function
        self.changed = False  # an argument was changed before it raised
        self.on_device = False  # and not on the host
        self.own = False  # the file's own `raise`, with no other exception behind it
        self.wraps = False  # another exception behind it
        self.meant = False  # a `raise` of the file's, or of what it uses beside its library
        self.at: Example | None = None  # what it was called with
        self.numbers: Array | None = None  # as many as wanted, in another shape
        self.sizes: tuple[Shape, ...] = ()  # that it, or the code that raised it, names
        self.kind = kind
        self.exception = exception
        self.message = message
        self.location = location
        said = f"{exception}: {message}" if exception and message else exception or message
        super().__init__(f"{said} ({location})" if location else said)

    @property
    def lost(self) -> bool:
        """True if the process was lost in the call: it is not made again."""
        return self.kind == "died"

    @property
    def for_want_of_memory(self) -> bool:
        """True if there was too little memory for the call, here or on a device."""
        if self.own and not self.on_device:  # a check of the file's, which ran out of nothing
            return False
        return self.exception.endswith("MemoryError") or bool(_WANT.search(self.message))

    @property
    def faulted(self) -> bool:
        """True if a device stopped the kernel: no refusal of its inputs, but a crash.

        The host has no such faults: whoever says so there refuses what he was given.
        """
        return self.on_device and bool(_FAULT.search(self.message))

    @property
    def of_types(self) -> bool:
        """True if an operation was not made for the types it met, and no `raise` said so."""
        return not self.meant and bool(_OF_TYPES.search(self.message))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.exception, self.message, self.location, self.slip)


def raised(
    error: BaseException, implementation: Implementation, on_device: bool = False
) -> CallFailed:
    """The failure for something that the file raised in a call, on a device or on the host."""
    where = location(error, implementation)
    said, name = first_line(error), type(error).__name__
    failed = CallFailed("raised", name, said, where, _is_slip(error, said, implementation))
    failed.on_device, failed.own = on_device, _is_own(error, implementation)
    failed.meant = _is_meant(error, implementation)
    failed.wraps = _behind(error) is not None
    failed.sizes = named_sizes(error, said, implementation.path)
    return failed


def _is_meant(error: BaseException, implementation: Implementation) -> bool:
    """True if a `raise` statement raised it, and neither in the library nor in the suite."""
    step = _innermost(error)
    if step is None or not _by_raise(step):
        return False
    root = str(step.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
    return root not in ("conformance", implementation.backend.NAME) and not library_of([root])


def _is_own(error: BaseException, implementation: Implementation) -> bool:
    """True if the file itself raised, and nothing but a failed call of the suite caused it."""
    step = _innermost(error)
    if step is None or step.tb_frame.f_code.co_filename != str(implementation.path):
        return False
    return _by_raise(step) and _behind(error) is None


def _behind(error: BaseException) -> BaseException | None:
    """The exception that an exception was raised for, or while another was handled, of a file."""
    behind = error.__cause__ or error.__context__
    return None if isinstance(behind, CallFailed) else behind


def _innermost(error: BaseException) -> TracebackType | None:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return step


#: What a slip of the pen raises, wherever it is.
_SLIPS = (
    NameError, ImportError, SystemExit, KeyboardInterrupt, GeneratorExit,
    ZeroDivisionError, StopIteration, SyntaxError,
)  # fmt: skip
#: What Python says itself of a call or an operation that cannot be meant.
_SAYS = re.compile(
    r"unsupported operand|positional argument|keyword argument|required (positional|keyword)"
    r"|object (is not|does not support)|must be a string|can only concatenate|multiple values for"
)
#: A module may say so by a function of its own.
_NOT_THERE = re.compile(r"module '[\w.]+' has no attribute")


def _is_slip(error: BaseException, said: str, implementation: Implementation) -> bool:
    """True for a mistake of the file rather than a refusal: of a name, an attribute, a type.

    A library's AttributeError or TypeError may be how it refuses; the file's own is not, unless a
    `raise` statement raised it.
    """
    absent = isinstance(error, AttributeError) and _NOT_THERE.match(said)
    leaked = type(error).__name__ == about(implementation.backend).leak
    if absent or leaked or isinstance(error, _SLIPS):
        return True
    step = _innermost(error)
    if step is None or step.tb_frame.f_code.co_filename != str(implementation.path):
        return False
    if isinstance(error, (AttributeError, TypeError)) and not _by_raise(step):
        return isinstance(error, AttributeError) or bool(_SAYS.search(said))
    return False


def _by_raise(step: TracebackType) -> bool:
    return dis.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] == "RAISE_VARARGS"


def unsupported(error: BaseException, implementation: Implementation) -> Unsupported:
    """What the file or its library said that it cannot do, and where."""
    said = first_line(error) or type(error).__name__
    where = location(error.__cause__ or error, implementation)
    return Unsupported(f"{said} ({where})" if where else said)


def location(error: BaseException, implementation: Implementation) -> str:
    """The innermost line of the implementation's own file, as "my.py:12"."""
    line, step, own = 0, error.__traceback__, str(implementation.path)
    while step is not None:
        if step.tb_frame.f_code.co_filename == own:
            line = step.tb_lineno
        step = step.tb_next
    return f"{implementation.path.name}:{line}" if line else ""


def defined(implementation: Implementation, function: str) -> str:
    """Where a function is defined, as "my.py:12"."""
    line = implementation.lines.get(function)
    return f"{implementation.path.name}:{line}" if line else ""


_LATEST = "(most recent call last):"
_TRACE = f"Traceback {_LATEST}"


def first_line(error: BaseException) -> str:
    """The first line of what the exception says; the last of a trace that it quotes."""
    try:
        text = str(error)
    except BaseException:  # a __str__ of the file's own
        return ""
    first, last = _filled(text[:_SAID]), _filled(text[-_SAID:])
    if first and first[0].endswith(_TRACE):
        first[0] = first[0].removesuffix(_TRACE) + last[-1]
    elif any(line.endswith(_LATEST) for line in first):
        first[0] = last[-1]
    return printable(first[0][:300]) if first else ""


def _filled(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def from_the_terminal(error: BaseException) -> bool:
    """True for a KeyboardInterrupt that no `raise` statement raised: a key press."""
    if not isinstance(error, KeyboardInterrupt):
        return False
    step = _innermost(error)
    return step is None or not _by_raise(step)


def type_of(value: object) -> str:
    """A value's type in words: "None", "a list", "a numpy.ndarray"."""
    if value is None:
        return "None"
    kind = type(value)
    plain = kind.__module__ == "builtins" or kind.__module__.startswith("_conformance_")
    module = "" if plain else f"{kind.__module__}."
    name = f"{module}{kind.__qualname__}"
    return f"an {name}" if name[0] in "aeio" else f"a {name}"


def lost(backend: Backend, device: str) -> bool:
    """True if not even a number can be sent to a device and back any more."""
    if is_cpu(device):
        return False
    try:
        with backend.scope(device):
            backend.host(backend.array(np.zeros(1, np.float32), device))
    except Exception:
        return True
    return False
