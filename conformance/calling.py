"""Calling one function of an implementation with canonical arrays, and judging what comes back.

Only the form of a result is judged here (a native array of the right shape); a wrong dtype is kept
for the laws. Whatever the file raises becomes a `CallFailed` that names its line.
"""

from __future__ import annotations

import dis
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import numpy as np

from conformance.backends import Backend, Native, Unsupported
from conformance.floats import Array
from conformance.model import FUNCTIONS, Example, Function, Implementation
from conformance.views import Presented, Role, canonical, presented, shape_of

Kind = Literal["raised", "type", "shape"]

#: What a call without the option means: an option with this value need not be passed.
DEFAULTS: dict[str, Any] = {
    "axis": -1,
    "reduction": "mean",
    "weight": None,
    "pos_weight": None,
    "ignore_index": None,
    "label_smoothing": 0.0,
}
_CHANGES_CHECKED = 100_000


class CallFailed(Exception):
    """A call that gave no array of the right form: what it raised or returned, and where."""

    def __init__(self, kind: Kind, exception: str, message: str, location: str = "") -> None:
        self.kind = kind
        self.exception = exception
        self.message = message
        self.location = location
        said = f"{exception}: {message}" if exception and message else exception or message
        super().__init__(f"{said} ({location})" if location else said)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.kind, self.exception, self.message, self.location)


@dataclass(frozen=True, slots=True)
class Observation:
    """One call: the canonical result, which arguments it changed, which the result overlaps.

    `dtype` is that of the native result; `native` keeps it alive.
    """

    result: Array
    changed: tuple[str, ...]
    aliases: tuple[str, ...]
    dtype: str
    native: Native


def result_role(function: Function, options: Mapping[str, Any]) -> Role:
    """How the value of a function is presented."""
    if function.kind == "loss" and options.get("reduction", "mean") != "none":
        return "whole"
    return "rows" if function.kind == "rows" else "batch"


def argument_role(array: Array, function: Function) -> Role:
    """How an argument is presented: only arrays with a class axis have two canonical axes."""
    if array.ndim == 0:
        return "whole"
    return "rows" if function.rowwise and array.ndim == 2 else "batch"


How = Callable[[Callable[..., Native], Sequence[Native]], Native]


@dataclass(frozen=True, slots=True)
class _Call:
    """A function of the file, the options it takes, and how it is called: plainly or derived."""

    function: Callable[..., Any]
    accepted: frozenset[str]
    how: How


class Kernel:
    """One function of an implementation in one mode on one device, called with examples."""

    def __init__(
        self, implementation: Implementation, function_name: str, mode: str, device: str
    ) -> None:
        self.implementation = implementation
        self.function = FUNCTIONS[function_name]
        self.backend: Backend = implementation.backend
        self.mode = mode
        self.device = device
        self._value = implementation.functions[function_name]
        self._gradient = implementation.gradients.get(function_name)
        self._options = implementation.options.get(function_name, frozenset())
        self._gradient_options = implementation.options.get(f"{function_name}_vjp", frozenset())

    def value(self, example: Example) -> Array:
        """The canonical result."""
        return self.observe(example).result

    def vjp(self, example: Example, cotangent: Array, wrt: int = 0) -> Array:
        """The gradient of <cotangent, F> for an argument, the first by default."""
        return self.observe_vjp(example, cotangent, wrt).result

    def observe(self, example: Example) -> Observation:
        """Call the function and look at its arguments afterwards."""
        return self._observed(example, self._own(), {}, self._result_role(example))

    def observe_vjp(self, example: Example, cotangent: Array, wrt: int = 0) -> Observation:
        """As `observe`, for the file's own F_vjp if it has one, else for the derived gradient."""
        role = argument_role(example.args[self.function.arguments[wrt]], self.function)
        further = {"cotangent": (cotangent, self._result_role(example))}
        if self._gradient is not None:
            if wrt:
                raise Unsupported(f"{self.function.name}_vjp is for the first argument only")
            written = _Call(self._gradient, self._gradient_options, _plain)
            return self._observed(example, written, further, role)

        def derive(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
            return self.backend.vjp(call, natives[:-1], natives[-1], wrt)

        return self._observed(example, self._own(derive), further, role)

    def jvp(self, example: Example, tangent: Array) -> Array:
        """The directional derivative along the first argument, by forward mode."""
        self._only_derived("forward mode")

        def derive(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
            return self.backend.jvp(call, natives[:-1], natives[-1])

        further = {"tangent": (tangent, argument_role(example.x, self.function))}
        role = self._result_role(example)
        return self._observed(example, self._own(derive), further, role).result

    def hvp(self, example: Example, cotangent: Array, direction: Array) -> Array:
        """The derivative of the gradient for the first argument along `direction`."""
        self._only_derived("second derivative")

        def derive(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
            return self.backend.hvp(call, natives[:-2], natives[-2], natives[-1])

        role = argument_role(example.x, self.function)
        further = {
            "cotangent": (cotangent, self._result_role(example)),
            "direction": (direction, role),
        }
        return self._observed(example, self._own(derive), further, role).result

    def _own(self, how: How | None = None) -> _Call:
        return _Call(self._value, self._options, how or _plain)

    def _result_role(self, example: Example) -> Role:
        return result_role(self.function, example.options)

    def _only_derived(self, what: str) -> None:
        if self._gradient is not None:
            raise Unsupported(f"no {what}: the file writes {self.function.name}_vjp itself")

    def _presented(self, array: Array, role: Role, example: Example) -> Presented:
        return presented(array, example.view, role, self.backend, self.device)

    def _arguments(
        self, example: Example, further: Mapping[str, tuple[Array, Role]]
    ) -> dict[str, Presented]:
        if self.mode == "vmap":
            self._check_mappable(example)
        found = {}
        for name in self.function.arguments:
            array = example.args[name]
            found[name] = self._presented(array, argument_role(array, self.function), example)
        for name, (array, role) in further.items():
            found[name] = self._presented(array, role, example)
        return found

    def _check_mappable(self, example: Example) -> None:
        view = example.view
        if result_role(self.function, example.options) == "whole":
            raise Unsupported("vmap maps losses with reduction='none' only")
        if not view.batch or (self.function.rowwise and view.axis in (0, -len(view.batch) - 1)):
            raise Unsupported("vmap needs a batch axis before the class axis")

    def _keywords(self, example: Example, accepted: frozenset[str]) -> dict[str, Any]:
        """The options to pass; Unsupported if the file lacks one that matters here."""
        wanted = dict(example.options)
        if self.function.rowwise:
            axis = example.view.axis
            last = axis in (-1, len(example.view.batch))
            wanted["axis"] = -1 if last and "axis" not in accepted else axis
        passed: dict[str, Any] = {}
        for name, value in wanted.items():
            if name in accepted:
                passed[name] = self._native_option(value, example)
            elif value is not DEFAULTS[name] and value != DEFAULTS[name]:
                raise Unsupported(f"{self.function.name} has no option {name!r}")
        return passed

    def _native_option(self, value: Any, example: Example) -> Any:
        if not isinstance(value, (np.ndarray, np.generic)):
            return value
        array = np.asarray(value)
        role: Role = "whole" if self.function.rowwise else argument_role(array, self.function)
        return self._presented(array, role, example).native

    def _observed(
        self, example: Example, call: _Call, further: Mapping[str, tuple[Array, Role]], role: Role
    ) -> Observation:
        backend = self.backend
        with backend.scope(self.device):
            options = self._keywords(example, call.accepted)
            arrays = self._arguments(example, further)
            native = self._call(call, options, [p.native for p in arrays.values()])
            host = self._checked(native, self._shape(example, role))
            changed = tuple(k for k, p in arrays.items() if self._changed(p))
            aliases = tuple(k for k, p in arrays.items() if backend.shares_memory(p.native, native))
        result = canonical(host, example.view, role)
        return Observation(result, changed, aliases, str(host.dtype), native)

    def _call(self, call: _Call, options: dict[str, Any], natives: list[Native]) -> Native:
        try:
            with np.errstate(all="ignore"):
                return call.how(self.backend.compiled(call.function, self.mode, options), natives)
        except Unsupported:
            raise
        except NotImplementedError as error:
            where = location(error, self.implementation)
            said = str(error) or "NotImplementedError"
            raise Unsupported(f"{said} ({where})" if where else said) from error
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and not _explicit(error):
                raise
            where = location(error, self.implementation)
            raise CallFailed("raised", type(error).__name__, _first_line(error), where) from None

    def _shape(self, example: Example, role: Role) -> tuple[int, ...]:
        if role == "whole":
            return ()
        return shape_of(example.view, role, example.x.shape[-1] if role == "rows" else 0)

    def _checked(self, native: Native, want: tuple[int, ...]) -> Array:
        where = self._defined()
        if not self.backend.is_array(native):
            said = f"returned {_a(native)}, not {_ARRAYS.get(self.backend.NAME, 'an array')}"
            raise CallFailed("type", "", said, where)
        if tuple(native.shape) != want:
            said = f"returned shape {tuple(native.shape)}, not {want}"
            raise CallFailed("shape", "", said, where)
        host = self.backend.host(native)
        if host.dtype.kind not in "fiubV" or host.dtype.hasobject:
            raise CallFailed("type", "", f"returned an array of {host.dtype}", where)
        return host

    def _defined(self) -> str:
        line = self.implementation.lines.get(self.function.name)
        return f"{self.implementation.path.name}:{line}" if line else ""

    def _changed(self, argument: Presented) -> bool:
        """Whether the buffer under an argument holds something else than before the call."""
        name, buffer = self.backend.NAME, argument.buffer
        if name == "jax" or (name != "numpy" and argument.host.size > _CHANGES_CHECKED):
            return False
        now = buffer if name == "numpy" else self.backend.host(buffer)
        return bool(now.tobytes() != argument.host.tobytes())


_ARRAYS = {
    "numpy": "a NumPy array",
    "torch": "a torch.Tensor",
    "jax": "a jax.Array",
    "cupy": "a cupy.ndarray",
}


def _plain(call: Callable[..., Native], natives: Sequence[Native]) -> Native:
    return call(*natives)


def _a(value: object) -> str:
    if value is None:
        return "None"
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a {module}{kind.__qualname__}"


def _first_line(error: BaseException) -> str:
    try:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    except Exception:  # a __str__ of the file's own
        return ""
    return lines[0][:300] if lines else ""


def location(error: BaseException, implementation: Implementation) -> str:
    """The innermost line of the implementation's own file, as "my.py:12"."""
    line, step = 0, error.__traceback__
    own = str(implementation.path)
    while step is not None:
        if step.tb_frame.f_code.co_filename == own:
            line = step.tb_lineno
        step = step.tb_next
    return f"{implementation.path.name}:{line}" if line else ""


def _explicit(error: BaseException) -> bool:
    """True if a `raise` statement raised it, and not a key press in the terminal."""
    step: TracebackType | None = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    if step is None:
        return False
    return dis.opname[step.tb_frame.f_code.co_code[step.tb_lasti]] == "RAISE_VARARGS"
