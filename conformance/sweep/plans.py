"""What is to be swept: the targets of each function and format, for the files that have them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.errors import UsageError
from conformance.model import Grade, Implementation
from conformance.records.results import NotRun
from conformance.sweep import spaces
from conformance.sweep.targets import FUNCTIONS_SWEPT, Quantity, targets
from conformance.sweep.tasks import Job, Member


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be swept and how."""

    implementations: tuple[str, ...]
    functions: tuple[str, ...] = ("sigmoid",)
    dtypes: tuple[str, ...] = ("float32",)
    quantities: tuple[Quantity, ...] = ("value",)
    mode: str = ""
    device: str = "cpu"
    grade: Grade = "standard"
    samples: int = spaces.SAMPLES
    workers: int = 0
    scheduler: str = ""
    journal: str = ""


def jobs_of(plan: Plan, loaded: Sequence[Implementation], not_run: list[NotRun]) -> Iterator[Job]:
    """The jobs of a plan, numbered; what cannot be done is added to `not_run`. UsageError."""
    numbers = itertools.count()
    for function in plan.functions:
        _check_function(function)
        for dtype in plan.dtypes:
            members = tuple(_members(plan, loaded, function, dtype, not_run))
            if not members:
                continue
            for quantity in plan.quantities:
                for variant in range(len(targets(function, quantity))):
                    yield Job(
                        members, function, quantity, variant, dtype, plan.grade, plan.samples,
                        next(numbers),
                    )  # fmt: skip


def reference(made: Implementation) -> str:
    """What a worker loads: the file, or the object with what is said of it."""
    return made.ref or str(made.path)


def _check_function(function: str) -> None:
    if function not in FUNCTIONS_SWEPT:
        raise UsageError(
            f"{function} is not a function of one variable; these are: {', '.join(FUNCTIONS_SWEPT)}"
        )


def _members(
    plan: Plan, loaded: Sequence[Implementation], function: str, dtype: str, not_run: list[NotRun]
) -> Iterator[Member]:
    for made in loaded:
        modes = made.backend.DEFAULT_MODES
        mode = plan.mode or ("jit" if "jit" in modes else modes[0])
        why = None
        if function not in made.functions:
            why = "the file does not define it"
        elif made.dtypes is not None and dtype not in made.dtypes:
            why = "the file's DTYPES leave it out"
        else:
            why = made.backend.why_not(dtype, plan.device, mode)
        if why is None:
            yield Member(reference(made), mode, plan.device)
        else:
            not_run.append(NotRun(what=f"{made.name} · {function} · {dtype}", why=why))
