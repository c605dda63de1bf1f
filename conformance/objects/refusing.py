"""Options that an object refuses whatever their value, and objects that refuse to run here at all.

A signature may promise more than is kept: `functools.wraps` of something wider, an axis that has
names, an argument that has to stay None. Where the call without an option works, and none with it,
the option is not there.
"""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.backends import about
from conformance.backends.devices import is_cpu
from conformance.errors import LoadError
from conformance.functions import FUNCTIONS
from conformance.kernels.failures import CallFailed, first_line, from_the_terminal, raised
from conformance.kernels.parameters import EMPTY, parameters
from conformance.model import Example, Implementation
from conformance.objects.adapter import Adapted
from conformance.objects.keywords import TELLING, Probe
from conformance.objects.slots import MEANT

#: Words of a source that may need a GPU, and what is said where there is none.
_OF_GPUS = ("cuda", "gpu")
_NO_GPU = re.compile(
    r"0 active drivers|no nvidia driver|not compiled with cuda|no cuda|cuda driver|cudasupport"
    r"|(cuda|gpu)s?\b.{0,30}\b(unavailable|not available|not found|required|only)"
    r"|(requires?|needs?|only|must be|expects?|expected)\b.{0,30}\b(cuda|gpu)|cpu tensor|is_cuda",
    re.IGNORECASE,
)


def as_they_accept(found: Implementation) -> Implementation:
    """The implementation, without the options that no call of it accepts.

    LoadError if each of its functions needs a GPU and there is none; else those are left out.
    """
    found = _runnable(found)
    options, words = dict(found.options), []
    for name in found.functions:
        doubtful = _doubtful(found, name)
        if doubtful and (refused := _refused(found, name, doubtful)):
            options[name] -= refused.keys()
            own, said = " and ".join(sorted(refused)), next(iter(refused.values()))
            words.append(f"{name} is called without {own}: every value is refused ({said})")
    return replace(found, options=options, form="; ".join(filter(None, (found.form, *words))))


def _doubtful(found: Implementation, name: str) -> frozenset[str]:
    """The options that a call may refuse which works without them.

    One that is passed at its own default makes no other call, unless a wrapper shows the signature
    of the function within it.
    """
    target, accepted = found.functions[name], found.options[name]
    if inspect.isfunction(target) and hasattr(target, "__wrapped__"):
        return accepted
    known = {p.name: p.default for p in parameters(target) or ()}
    if isinstance(target, Adapted):
        known = {option: default for option, _, default in target.options}
    return frozenset(
        option for option in accepted
        if MEANT[option] is not None and _other(known.get(option, EMPTY), MEANT[option])
    )  # fmt: skip


def _other(default: Any, meant: Any) -> bool:
    """True for a default of another kind than what is meant: a None, a name, an array."""
    kind = str if isinstance(meant, str) else int | float
    return default is not EMPTY and not isinstance(default, kind)


def _refused(found: Implementation, name: str, doubtful: frozenset[str]) -> dict[str, str]:
    """The options of which every value is refused, each with what is said."""
    bare = Probe(found, name, found.functions[name], doubtful)
    e = bare.example()
    if _failure(bare, e, {}) is not None:
        return {}
    said = {o: came for o in sorted(doubtful) if (came := _always(bare, e, o)) is not None}
    return {o: str(failed) for o, failed in said.items() if not failed.slip}


def _always(probe: Probe, e: Example, option: str) -> CallFailed | None:
    """What is raised if every value of an option is refused."""
    values = [MEANT[option]] if option in MEANT else []
    values += TELLING.get(option, ())
    first = _failure(probe, e, {option: values[0]})
    others = (_failure(probe, e, {option: value}) for value in values[1:])
    return first if first is not None and all(others) else None


def _failure(probe: Probe, e: Example, chosen: dict[str, Any]) -> CallFailed | None:
    """What a small call raised; None if it gave a result."""
    try:
        probe.computed(e, chosen)
    except CallFailed as failed:
        return failed
    except BaseException as error:
        if from_the_terminal(error):
            raise
        return raised(error, probe.found)
    return None


def _runnable(found: Implementation) -> Implementation:
    """The implementation without the functions that need a GPU, where there is none."""
    if not _of_gpus(found):
        return found
    said = dict(_needing(found))
    if said and len(said) == len(found.functions):
        name, words = next(iter(said.items()))
        call = f"{name}({', '.join(FUNCTIONS[name].arguments)})"
        raise LoadError(f"{found.path}: needs a GPU, and there is none: {call} raised {words}")
    left = [f"{name} is left out: it needs a GPU ({words})" for name, words in said.items()]
    return replace(
        found,
        functions={n: f for n, f in found.functions.items() if n not in said},
        gradients={n: f for n, f in found.gradients.items() if n not in said},
        left_out={**found.left_out, **{n: f"needs a GPU ({words})" for n, words in said.items()}},
        form="; ".join(filter(None, (found.form, *left))),
    )


def _of_gpus(found: Implementation) -> bool:
    """True if no GPU is there, and the file is made for one; others are not called before laws."""
    if found.devices or not all(map(is_cpu, found.backend.devices())):
        return False
    try:
        text = found.path.read_text(encoding="utf-8", errors="replace").lower()
    except OSError:
        return False
    return any(word in text for word in (*_OF_GPUS, *about(found.backend).roots))


def _needing(found: Implementation) -> Iterator[tuple[str, str]]:
    """The functions whose plainest call says that there is no GPU, and how."""
    for name, target in found.functions.items():
        probe = Probe(found, name, target, frozenset())
        try:
            probe.computed(probe.example(), {})
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            line = frames[-1].line or "" if frames else ""
            if _NO_GPU.search(f"{error}\n{line}"):
                yield name, f"{type(error).__name__}: {first_line(error) or line}"
