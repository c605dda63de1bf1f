"""Calls one function of an implementation with canonical arrays, and checks the result's form.

Only the form of a result is judged here (a native array of the right shape); a wrong dtype is kept
for the laws. Whatever the file raises becomes a `CallFailed` that names its line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np

from conformance.backends import Backend, Dropped, Native, Unsupported, about
from conformance.backends.devices import is_cpu
from conformance.floats import Array
from conformance.functions import FUNCTIONS
from conformance.kernels.arguments import (
    argument_role,
    check_mappable,
    keywords_for,
    option_role,
    place,
    result_role,
)
from conformance.kernels.call import SHARED, Call, How, Stopwatch, plainly
from conformance.kernels.failures import CallFailed, from_the_terminal, lost, raised, unsupported
from conformance.kernels.layouts import Presented, Role, canonical, fitting, shape_of
from conformance.kernels.limits import Limits
from conformance.kernels.observation import Observation, checked, dtype_name, is_changed
from conformance.kernels.sending import sent
from conformance.kernels.signatures import REQUIRED, default, forced
from conformance.model import Example, Implementation

T = TypeVar("T")


class Kernel:
    """One function of an implementation in one mode on one device, called with examples."""

    #: What is done, if anything, when a call has cost the context of its device.
    device_lost: ClassVar[Callable[[str], None] | None] = None
    #: Who is told, if anybody, of each call before it is made.
    calling: ClassVar[Callable[[Example], None] | None] = None

    def __init__(
        self, implementation: Implementation, function_name: str, mode: str, device: str
    ) -> None:
        self.implementation = implementation
        self.function = FUNCTIONS[function_name]
        self.backend: Backend = implementation.backend
        self.mode = mode
        self.device = device
        self._function = implementation.functions[function_name]
        self._gradient = implementation.gradients.get(function_name)
        self._options = implementation.options.get(function_name, frozenset())
        self._built_in = implementation.built_in.get(function_name, {})
        self._plain = Call(self._function, self._options, plainly)
        self.limits = Limits(
            self.function, self._options, self.compute, self._built_in, mode, self._eager(),
            hasattr(self.backend, "graph"),
        )  # fmt: skip
        self.limits.plain.of(self._function, f"{mode} of {self.backend.NAME}")
        self._by_position: dict[str, Callable[..., Any]] = {}
        self.lent: dict[str, Presented] = {}  # the arrays of the call under way
        self._gradient_options = implementation.options.get(f"{function_name}_vjp", frozenset())

    def _eager(self) -> Limits | None:
        """The limits of the untransformed function, for a transformed one."""
        if self.mode == "eager":
            return None
        return Kernel(self.implementation, self.function.name, "eager", self.device).limits

    @property
    def tracks(self) -> bool:
        """True if it wants a first array of which derivatives may be asked, in every call."""
        return self._plain.how is not plainly

    @property
    def compiles(self) -> bool:
        """True if every new shape is compiled anew."""
        return self.backend.COMPILES or self.mode in ("jit", "grad-of-jit")

    def compute(self, quantity: str, example: Example) -> Array:
        """A quantity by name: "value", "vjp", "vjp_labels", "vjp_weight", "jvp", "hvp", ..."""
        if quantity == "value":
            return self.value(example)
        if quantity == "graph":
            return self.observe_by(example, getattr(self.backend, "graph", plainly)).result
        cotangent = example.args["cotangent"]
        if quantity in ("vjp", "vjp_labels"):
            labels = len(self.function.arguments) - 1
            return self.vjp(example, cotangent, labels * (quantity != "vjp"))
        if quantity == "jvp":
            return self.jvp(example, example.args["direction"])
        if quantity == "hvp":
            return self.hvp(example, cotangent, example.args["direction"])
        if quantity.startswith("hvp_"):
            return self.hvp_by(example, quantity.removeprefix("hvp_"))
        return self.vjp_option(example, cotangent, quantity.removeprefix("vjp_"))

    def chooses(self, option: str) -> bool:
        """True if the file's own F_vjp has a default for an option, which may be F's or not."""
        return self._gradient is not None and default(self._gradient, option) is not REQUIRED

    @property
    def may_span_all_axes(self) -> bool:
        """True if the axis may be None by default: for all of them, as in SciPy and JAX."""
        return not self.function.labelled and default(self._function, "axis") in (None, REQUIRED)

    def over_all_axes(self, example: Example) -> Array:
        """The call without an axis, read as one row of all elements. CallFailed if it is none."""
        role: Role = "rows" if self.function.by_class else "whole"
        return self._observed(example, self._plain, {}, role).result.reshape(1, -1)

    def value(self, example: Example) -> Array:
        """The canonical result."""
        return self.observe(example).result

    def vjp(self, example: Example, cotangent: Array, wrt: int = 0) -> Array:
        """The gradient of <cotangent, F> for an argument, the first by default."""
        return self.observe_vjp(example, cotangent, wrt).result

    def observe(self, example: Example, *, timed: bool = False) -> Observation:
        """Call the function; `timed` tells whether threads share its work."""
        role = self._result_role(example)
        return self._observed(example, self._plain, {}, role, timed=timed)

    def observe_by(self, example: Example, how: How) -> Observation:
        """As `observe`; `how` makes the call, inside of all that is set for one."""
        return self._observed(example, self._own(how), {}, self._result_role(example), quantity="")

    def observe_vjp(
        self, example: Example, cotangent: Array, wrt: int = 0,
        changed: Callable[[How], How] | None = None, *, timed: bool = False,
    ) -> Observation:  # fmt: skip
        """As `observe`, for the file's own F_vjp if it has one, else for the derived gradient."""
        name, example = self.function.arguments[wrt], self.fitting(example)
        role, shape = place(example, name)
        quantity = "" if changed or name == self.function.matrix else "vjp_labels" if wrt else "vjp"
        changed = changed or (lambda how: how)
        further = {"cotangent": (cotangent, self._result_role(example))}
        if self._gradient is not None:
            if wrt:
                raise Unsupported(f"{self.function.name}_vjp is for the first argument only")
            written = Call(self._gradient, self._gradient_options, changed(plainly))
            return self._observed(example, written, further, role, shape, quantity, timed=timed)
        self.limits.graph(example)
        call = self._own(changed(self._pulled(wrt)))
        return self._observed(example, call, further, role, shape, quantity, timed=timed)

    def _pulled(self, wrt: int) -> How:
        """The call that gives the gradient for an argument."""
        return lambda call, natives: self.backend.vjp(call, natives[:-1], natives[-1], wrt)

    def observe_as(
        self, example: Example, changed: Callable[[How], How], *, gradient: bool = False
    ) -> Observation:
        """As `observe`, or `observe_vjp`; `changed` makes another way to call of the usual one."""
        if gradient:
            return self.observe_vjp(example, example.args["cotangent"], 0, changed)
        return self.observe_by(example, changed(self._plain.how))

    @property
    def changes_arrays(self) -> bool:
        """True if a user may change an array between two calls."""
        return self.mode == "eager" and len(about(self.backend).layouts) > 1

    def vjp_option(self, example: Example, cotangent: Array, name: str) -> Array:
        """The derived gradient of <cotangent, F> for an option that is an array."""
        self._only_derived(f"gradient for {name}", example)
        if self.mode == "vmap":
            raise Unsupported(f"vmap maps rows, and {name} is shared by all rows")
        if name in self.function.arguments:
            return self.vjp(example, cotangent, self.function.arguments.index(name))
        array, how = np.asarray(example.options[name]), self._pulled(len(self.function.arguments))
        role = option_role(array, example)
        call = Call(self._positional(name), self._options - {name}, how)
        further = {name: (array, role), "cotangent": (cotangent, self._result_role(example))}
        rest = {k: v for k, v in example.options.items() if k != name}
        shape = array.shape if role == "whole" else None
        return self._observed(example.but(options=rest), call, further, role, shape, "").result

    def _positional(self, name: str) -> Callable[..., Any]:
        """The function with an option as its last argument; one object, to be compiled once."""
        if name not in self._by_position:

            def function(*arrays: Native, **keywords: Any) -> Native:
                return self._function(*arrays[:-1], **keywords, **{name: arrays[-1]})

            self._by_position[name] = function
        return self._by_position[name]

    def jvp(self, example: Example, tangent: Array) -> Array:
        """The directional derivative along the first argument, by forward mode."""
        self._only_derived("forward mode", example)
        if self.tracks:
            raise Unsupported("no forward mode: it takes only what a gradient may be asked of")
        further = {"tangent": (tangent, argument_role(example.x, self.function))}
        call = self._own(lambda call, n: self.backend.jvp(call, n[:-1], n[-1]))
        role = self._result_role(example)
        return self._observed(example, call, further, role, quantity="jvp").result

    def hvp(self, example: Example, cotangent: Array, direction: Array, order: str = "") -> Array:
        """The derivative of the gradient along `direction`, by an order of the backend's."""
        given = {"order": order} if order else {}
        role = argument_role(example.x, self.function)
        return self._second(example, cotangent, direction, self.backend.hvp, given, role)

    def hvp_by(self, example: Example, name: str) -> Array:
        """The gradient of <direction, vjp> for an argument, or for the "cotangent"."""
        by = getattr(self.backend, "hvp_by", None)
        if by is None:
            raise Unsupported("the backend has second derivatives by the first argument only")
        example, wrt = self.fitting(example), -1
        role, shape = self._result_role(example), None
        if name != "cotangent":
            wrt, (role, shape) = self.function.arguments.index(name), place(example, name)
        g, v = example.args["cotangent"], example.args["direction"]
        return self._second(example, g, v, by, {"wrt": wrt}, role, shape)

    def _second(
        self, example: Example, cotangent: Array, direction: Array, derive: Callable[..., Native],
        given: Mapping[str, Any], role: Role, shape: tuple[int, ...] | None = None,
    ) -> Array:  # fmt: skip
        self._only_derived("second derivative", example)
        call = self._own(lambda call, n: derive(call, n[:-2], n[-2], n[-1], **given))
        along = argument_role(example.x, self.function)
        further = {
            "cotangent": (cotangent, self._result_role(example)), "direction": (direction, along),
        }  # fmt: skip
        return self._observed(example, call, further, role, shape, "hvp").result

    def held(self, native: Native) -> Array:
        """What an earlier native result holds now."""
        with self.backend.scope(self.device):
            return self._guarded(lambda: np.array(self.backend.host(native), copy=True))

    def changed(self, seen: Observation) -> tuple[str, ...]:
        """The arguments of a call that it changed."""
        return self._those(seen, lambda argument: is_changed(argument, self.backend))

    def aliases(self, seen: Observation) -> tuple[str, ...]:
        """The arguments of a call that its result overlaps."""
        shares = self.backend.shares_memory
        return self._those(seen, lambda argument: shares(argument.native, seen.native))

    def _those(self, seen: Observation, of: Callable[[Presented], bool]) -> tuple[str, ...]:
        with self.backend.scope(self.device):
            return self._guarded(lambda: tuple([k for k, p in seen.arrays.items() if of(p)]))

    def _own(self, how: How) -> Call:
        return Call(self._function, self._options, how)

    def _result_role(self, example: Example) -> Role:
        return result_role(self.function, example.options)

    def _only_derived(self, what: str, example: Example) -> None:
        self.limits.graph(example)
        if self._gradient is not None:
            raise Unsupported(f"no {what}: the file writes {self.function.name}_vjp itself")

    def fitting(self, example: Example) -> Example:
        """The example with a view that the file's built-in axis has."""
        return fitting(example, self._built_in)

    def fresh(self, example: Example) -> dict[str, Presented]:
        """All arrays of an example, made anew."""
        return sent(example, {}, dict(example.options), self.backend, self.device)[0]

    def _observed(
        self, example: Example, call: Call, further: Mapping[str, tuple[Array, Role]], role: Role,
        shape: tuple[int, ...] | None = None, quantity: str = "value", *, timed: bool = False,
    ) -> Observation:  # fmt: skip
        backend, example = self.backend, self.fitting(example)
        wanted = self._shape(example, role) if shape is None else shape
        self.limits.check(quantity, example)
        if Kernel.calling is not None:
            Kernel.calling(example)
        with backend.scope(self.device, example.fmt.name):
            keywords = keywords_for(example, call.accepted, self._built_in)
            if self.mode == "vmap":
                check_mappable(example)
            arrays, natives = self._sent(
                lambda: sent(example, further, keywords, backend, self.device)
            )
            self.lent = arrays
            shared = timed and not backend.COMPILES and example.size >= SHARED
            stopwatch = Stopwatch() if shared else None
            native = self._made(example, call, keywords, natives, arrays, quantity)
            chances = 0 if stopwatch is None else stopwatch.chances()
            try:
                host = self._guarded(lambda: self._read(native, wanted))
            except CallFailed as failed:
                failed.at = example
                self._lost_no_axis(example, failed, quantity)
                raise
        result = canonical(host, example.view, role)
        return Observation(result, dtype_name(host.dtype), native, arrays, chances)

    def _lost_no_axis(self, example: Example, failed: CallFailed, quantity: str) -> None:
        """A number that comes back with an axis: a limit, as if no array without one were taken."""
        if failed.numbers is not None and not example.view.batch and not self.function.rowwise:
            failed.kind = "raised"
            self.limits.explain(quantity, example, failed)

    def _made(
        self, example: Example, call: Call, keywords: dict[str, Any], natives: list[Native],
        arrays: Mapping[str, Presented], quantity: str,
    ) -> Native:  # fmt: skip
        """Make the call; Refused if it fails for the class of its inputs, whatever the values."""
        try:
            return self._guarded(
                lambda: self._call(call, keywords, natives), Unsupported, NotImplementedError
            )
        except Unsupported as declined:
            derives = self._gradient is not None or about(self.backend).derives
            declines = quantity == "value" or (quantity == "vjp" and derives)
            if declines or isinstance(declined.__cause__, Dropped):
                failed = CallFailed("raised", "", str(declined))
                if self.limits.looking:
                    raise failed from declined
                self.limits.explain(quantity, example, failed)
            raise
        except CallFailed as failed:
            failed.at = failed.at or example
            failed.slip &= failed.exception != "TypeError" or not forced(self._function, keywords)
            if failed.kind == "raised" and not failed.slip and not lost(self.backend, self.device):
                failed.changed = any(is_changed(p, self.backend) for p in arrays.values())
                how = getattr(self.backend, "tracked", None)
                if call is self._plain and self.limits.only_by(how, call, example):
                    return self._made(example, call, keywords, natives, arrays, quantity)
                self.limits.explain(quantity, example, failed)
            raise

    def _sent(self, action: Callable[[], T]) -> T:
        """Send something to a device, which an earlier call may have destroyed."""
        if is_cpu(self.device):
            return action()
        return self._guarded(action, Unsupported)

    @np.errstate(all="ignore")
    def _call(self, call: Call, keywords: dict[str, Any], natives: list[Native]) -> Native:
        return call.how(self.backend.compiled(call.function, self.mode, keywords), natives)

    def _read(self, native: Native, want: tuple[int, ...]) -> Array:
        """The result on the host."""
        return checked(native, want, self.backend, self.implementation, self.function.name)

    def _guarded(self, action: Callable[[], T], *refusals: type[Exception]) -> T:
        """Run a call of the file, or read its result; what it raises becomes a CallFailed."""
        try:
            return action()
        except CallFailed:
            raise
        except refusals as error:
            raise unsupported(error, self.implementation) from error
        except BaseException as error:
            if from_the_terminal(error):
                raise
            failed = raised(error, self.implementation, not is_cpu(self.device))
        if Kernel.device_lost is not None and lost(self.backend, self.device):
            Kernel.device_lost(f"{self.device}: {failed}")
        raise failed  # here, so that it does not keep the error alive, and the arrays with it

    def _shape(self, example: Example, role: Role) -> tuple[int, ...]:
        width = example.x.shape[-1] if role == "rows" else 0
        return () if role == "whole" else shape_of(example.view, role, width)
