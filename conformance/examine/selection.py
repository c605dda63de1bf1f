"""What is examined: the settings of a run, the subjects of a file, the laws of a subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from conformance import machine
from conformance.backends import about, devices, orders, uses
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.inputs.options import NUMBERS
from conformance.kernels.layouts import layouts
from conformance.model import Grade, Implementation, Subject
from conformance.records.results import NotRun
from conformance.spec import catalogue
from conformance.spec.law import Law

#: Bytes on the host for 2³¹ numbers of 16 bits and their results, with copies of both.
FAR_MEMORY = 24 * 2**30

Effort = str
EFFORTS = ("quick", "default", "thorough")


@dataclass(frozen=True, slots=True)
class Settings:
    """How an examination is done. Empty tuples choose everything (or the defaults).

    `draws` examples are drawn beside the designed ones; None leaves it to the effort. `brief` asks
    for outcomes alone: counterexamples as they were found, no grades, no profiles of accuracy.
    `search` is how many seconds a subject is searched for worse errors; 0 leaves it to the effort.
    `like` names the bundled implementation whose deviations all others may share.
    `seconds` is the time that one subject may take, 0 for any: then large examples are left out.
    `require` are kinds of limits, and formats, that fail like a broken must law.
    """

    effort: Effort = "default"
    grade: Grade = "standard"
    only: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    seed: int = 0
    draws: int | None = None
    brief: bool = False
    search: float = 0.0
    like: str = ""
    seconds: float = 0.0
    require: tuple[str, ...] = ()


def subjects(
    implementation: Implementation, settings: Settings
) -> tuple[list[Subject], list[NotRun]]:
    """What is examined of an implementation, and what is not and why."""
    backend = implementation.backend
    found, missing = [], []
    for name in FUNCTIONS:
        if not _asked(implementation, name, settings):
            continue
        if reason := _missing(implementation, name):
            missing.append(NotRun(what=f"{implementation.name}::{name}", why=reason))
    if why := implementation.limits.get("derivatives"):
        what = f"{implementation.name}::derivatives that the library would derive"
        missing.append(NotRun(what=what, why=f"declared in LIMITS: {why}"))
    dtypes = settings.dtypes or implementation.dtypes or tuple(FORMATS)
    for dtype in dtypes:
        for device in _devices(implementation, settings):
            for mode in _modes(implementation, settings):
                why = backend.why_not(dtype, device, mode)
                if why is not None:
                    what = f"{implementation.name}::{dtype}-{mode}-{device}"
                    missing.append(NotRun(what=what, why=why))
                    continue
                found += [
                    Subject(implementation.name, name, dtype, device, mode)
                    for name in _functions(implementation, settings)
                ]
    return found, missing


def _missing(implementation: Implementation, name: str) -> str:
    """Why a function is not examined; nothing of an object, which is all that was named."""
    if why := implementation.left_out.get(name):
        return why
    there = {*implementation.functions, *implementation.called.values()}
    return "" if implementation.ref or name in there else "not defined in the file"


#: So many functions in one file are a whole library.
_WHOLE = 5


def spared(implementation: Implementation, subject: Subject, settings: Settings) -> Settings:
    """The settings of a subject: quick ones of a lean function in a run of a whole library."""
    asked = settings.functions or settings.only or settings.effort != "default"
    others = sum(not FUNCTIONS[name].lean for name in implementation.functions)
    spare = FUNCTIONS[subject.function].lean and others >= _WHOLE and not asked
    return replace(settings, effort="quick") if spare else settings


def _functions(implementation: Implementation, settings: Settings) -> list[str]:
    there = implementation.functions
    return [n for n in FUNCTIONS if n in there and _asked(implementation, n, settings)]


def _asked(implementation: Implementation, name: str, settings: Settings) -> bool:
    """True if a function is asked for, by its name or by that which the file has for it."""
    own = implementation.called.get(name, name)
    return not settings.functions or not {name, own}.isdisjoint(settings.functions)


def _devices(implementation: Implementation, settings: Settings) -> tuple[str, ...]:
    there = tuple(implementation.backend.devices())
    asked = settings.devices or implementation.devices or there[:1] or ("gpu",)
    return devices.chosen(there, asked)


def _modes(implementation: Implementation, settings: Settings) -> tuple[str, ...]:
    if settings.modes == ("all",):
        return implementation.backend.MODES
    return settings.modes or implementation.modes or implementation.backend.DEFAULT_MODES


def beside(implementation: Implementation, subject: Subject, settings: Settings) -> bool:
    """True for the eager mode of a compiling backend where the same run examines what it compiles.

    The code is the same and its every operation a program of its own: few shapes are enough, and
    laws whose calls have new shapes are left to the other mode.
    """
    modes = _modes(implementation, settings)
    return (
        subject.mode == "eager"
        and implementation.backend.COMPILES
        and settings.effort != "thorough"
        and "jit" in modes
        and implementation.backend.why_not(subject.dtype, subject.device, "jit") is None
    )


def narrow(implementation: Implementation, subject: Subject, settings: Settings) -> bool:
    """True for a format other than float32 where the same run compiles for float32 in full.

    The code is the same for both: what has no roundings of its own is seen in one of them.
    """
    return _compiles(implementation, subject) and in_full_elsewhere(
        implementation, subject, settings
    )


def _compiles(implementation: Implementation, subject: Subject) -> bool:
    """True if every new shape is compiled anew."""
    return implementation.backend.COMPILES or subject.mode in ("jit", "grad-of-jit")


def in_full_elsewhere(implementation: Implementation, subject: Subject, settings: Settings) -> bool:
    """True for a format other than float32 where the same run examines float32 in full.

    What has no roundings of its own, such as the order of two derivatives, is looked at there, and
    as many classes as a vocabulary in half formats, none of which counts those; here laws between
    calls get fewer examples.
    """
    dtypes = settings.dtypes or implementation.dtypes or tuple(FORMATS)
    return (
        subject.dtype != "float32"
        and "float32" in dtypes
        and settings.effort != "thorough"
        and implementation.backend.why_not("float32", subject.device, subject.mode) is None
    )


def halves_share(
    implementation: Implementation, subject: Subject, settings: Settings
) -> int | None:
    """Which half of the further calls a half format gets, 0 or 1, where the run has both formats.

    Kernels take both the same way, and round differently: what one call shows, every law looks at.
    """
    dtypes = settings.dtypes or implementation.dtypes or tuple(FORMATS)
    halves = [name for name in ("float16", "bfloat16") if name in dtypes]
    there = (implementation.backend.why_not(name, subject.device, subject.mode) for name in halves)
    if subject.dtype not in halves or len(halves) < 2 or any(there):
        return None
    shared = in_full_elsewhere(implementation, subject, settings)
    return halves.index(subject.dtype) if shared else None


#: What is left to a thorough run where each shape and each derivative is compiled.
_SPARED = frozenset({"batches", "forward"})


def laws(implementation: Implementation, subject: Subject, settings: Settings) -> list[Law]:
    """The laws that speak of a subject: of its function, with what the file defines."""
    accepts = implementation.options.get(subject.function, frozenset())
    few_shapes = beside(implementation, subject, settings)
    few_programs = narrow(implementation, subject, settings)
    compiles = _compiles(implementation, subject)
    elsewhere = in_full_elsewhere(implementation, subject, settings)
    built_in = implementation.built_in.get(subject.function, {})
    one_rank = not {"axis", "ndim"}.isdisjoint(built_in)
    there = (law.within(built_in) for law in catalogue().values())
    return [
        law
        for law in there
        if law is not None
        and subject.function in law.functions
        and (not law.formats or subject.dtype in law.formats)
        and _chosen(law, settings)
        and accepts.issuperset(law.options)
        and all(_meets(implementation, subject, need) for need in law.needs)
        and ("far" not in law.needs or settings.effort == "thorough")
        and ("many" not in law.needs or (settings.effort != "quick" and not compiles))
        and (_SPARED.isdisjoint(law.needs) or settings.effort == "thorough" or not compiles)
        and not (law.reshapes and few_shapes)
        and not ("orders" in law.needs and elsewhere)
        and not (law.hungry and elsewhere and not FORMATS[subject.dtype].is_half)
        and not (law.limit == "ranks" and one_rank)
        and not (few_programs and _answered(law, subject, settings, implementation))
    ]


def _answered(
    law: Law, subject: Subject, settings: Settings, implementation: Implementation
) -> bool:
    """True for a law that one format answers for others: of shapes, options, empty batches.

    So do derivatives of derivatives, unless there is little room between underflow and overflow,
    and those for labels and weights. A law with further calls and no verdict is told of float32;
    one of shapes in some formats, of float16. What has as many classes as a vocabulary is each
    half format's: none of them counts those, and each takes others for one.
    """
    if law.hungry and FORMATS[subject.dtype].is_half:
        return False
    if law.formats:
        dtypes = settings.dtypes or implementation.dtypes or tuple(FORMATS)
        other = subject.dtype == "bfloat16" and {"float16"} <= {*law.formats} & {*dtypes}
        return law.reshapes and other
    told = law.level == "may" and law.costs > 0
    along = subject.dtype == "float16" and "direction" in law.needs
    return told or law.reshapes or law.empties or ("derived" in law.needs and not along)


def _chosen(law: Law, settings: Settings) -> bool:
    return not settings.only or any(fnmatchcase(law.id, pattern) for pattern in settings.only)


def _meets(implementation: Implementation, subject: Subject, need: str) -> bool:
    written = subject.function in implementation.gradients
    declared = "derivatives" in implementation.limits
    derives = not declared and about(implementation.backend).derives
    if need == "vjp":
        return written or derives
    if need in ("direction", "batches", "many"):  # which a counterexample then shows; see `laws`
        return True
    if need in ("derived", "forward"):
        return derives and not written
    if need == "no axis":
        accepted = implementation.options.get(subject.function, ())
        built_in = implementation.built_in.get(subject.function, {})
        other = {"ndim", "shape"}.intersection(built_in) or built_in.get("axis", -1) != -1
        return "axis" not in accepted and not other
    if need == "any option":
        return bool(implementation.options.get(subject.function, frozenset()) - {"axis"})
    if need == "any number":
        return not NUMBERS.isdisjoint(implementation.options.get(subject.function, ()))
    if need == "layouts":
        return len(layouts(implementation.backend)) > 1
    if need == "formats":
        several = len(implementation.dtypes or FORMATS) > 1
        return several and subject.mode == "eager" and len(layouts(implementation.backend)) > 1
    if need == "threads":
        return hasattr(implementation.backend, "threads")
    if need == "transformed":
        return subject.mode != "eager"
    if need == "mapped":
        own = implementation.modes or implementation.backend.DEFAULT_MODES
        asked = next((mode for mode in ("jit", "eager") if mode in own), "vmap")
        return "vmap" in implementation.backend.MODES and subject.mode == asked
    if need in ("uses", "graphs"):
        return bool(uses(implementation.backend, gradient=need == "graphs"))
    if need == "orders":
        return bool(orders(implementation.backend))
    if need == "far":
        return machine.available() >= FAR_MEMORY
    if need == "device":
        return subject.device not in ("cpu", "cpu:0")
    if need == "cpu":
        return any(map(devices.is_cpu, implementation.backend.devices()))
    return need in implementation.functions
