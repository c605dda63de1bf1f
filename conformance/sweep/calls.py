"""Calls one function of an implementation many times, on buffers that are reused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from conformance.backends import Backend, Native, Unsupported
from conformance.floats import Array, Format
from conformance.kernels.arguments import keywords_for
from conformance.kernels.failures import (
    CallFailed,
    Kind,
    defined,
    from_the_terminal,
    raised,
    unsupported,
)
from conformance.model import Implementation
from conformance.sweep.targets import Target


class Caller:
    """A target of an implementation, called with whatever `inputs` holds.

    `inputs` is (n,) or, for rows of two logits, (n, 2); the result is the host's (n,) or (n, 2),
    borrowed until the next call. CallFailed if the file raises or returns another form;
    Unsupported if it cannot be called so.
    """

    def __init__(
        self, implementation: Implementation, target: Target, fmt: Format, mode: str, device: str,
        n: int,
    ) -> None:  # fmt: skip
        self.implementation = implementation
        self.target = target
        self.backend: Backend = implementation.backend
        self._device = device
        self._mode = mode
        shape = (n,) if target.shape == "unary" else (n, 2)
        self._dtype = fmt.name
        self.inputs = np.zeros(shape, fmt.dtype)
        self._shape = shape if target.rows or target.shape == "unary" else (n,)
        self._borrow = getattr(self.backend, "borrowed", None) if device == "cpu" else None
        self._further = target.example(self.inputs, fmt)
        self._function = self._bound()
        self._natives: list[Native] = []

    def _bound(self) -> Callable[..., Native]:
        name, written = self.target.function, self.implementation.gradients
        if name not in self.implementation.functions:
            raise Unsupported(f"{self.implementation.name} has no {name}")
        derivative = self.target.quantity == "vjp"
        own = written.get(name) if derivative else None
        spelled = f"{name}_vjp" if own is not None else name
        accepted = self.implementation.options.get(spelled, frozenset())
        keywords = keywords_for(self._further, accepted)
        function = own if own is not None else self.implementation.functions[name]
        run = self.backend.compiled(function, self._mode, keywords)
        if not derivative or own is not None:
            return run
        return lambda *arrays: self.backend.vjp(run, arrays[:-1], arrays[-1], 0)

    def _native(self, host: Array) -> Native:
        return self._borrow(host) if self._borrow else self.backend.array(host, self._device)

    def _arguments(self) -> list[Native]:
        if not self._natives:
            rest = [
                self._native(a) for k, a in self._further.args.items() if k != self.target.of.first
            ]
            self._natives = [self._native(self.inputs), *rest]
        elif not self._borrow:
            self._natives[0] = self.backend.array(self.inputs, self._device)
        return self._natives

    def __call__(self) -> Array:
        """The results for what `inputs` holds."""
        with self.backend.scope(self._device, self._dtype):
            return self._checked(self._called(self._arguments()))

    def _called(self, natives: list[Native]) -> Native:
        try:
            return self._function(*natives)
        except (Unsupported, NotImplementedError) as error:
            raise unsupported(error, self.implementation) from error
        except BaseException as error:
            if from_the_terminal(error):
                raise
            raise raised(error, self.implementation) from None

    def _checked(self, native: Native) -> Array:
        if not self.backend.is_array(native):
            raise self._failed("type", f"returned {type(native).__name__}, not an array")
        if tuple(native.shape) != self._shape:
            raise self._failed("shape", f"returned shape {tuple(native.shape)}, not {self._shape}")
        lend: Callable[[Native], Array] = getattr(self.backend, "lent", self.backend.host)
        host = lend(native) if self._borrow else self.backend.host(native)
        if host.dtype.kind != "f" and host.dtype.name != "bfloat16":
            raise self._failed("type", f"returned an array of {host.dtype}")
        return host

    def _failed(self, kind: Kind, said: str) -> CallFailed:
        where = defined(self.implementation, self.target.function)
        return CallFailed(kind, "", said, where)
