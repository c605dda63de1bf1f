"""Why a law that catches no mutant is in the spec.

Most laws are declared for several functions and catch mutants of some of them; that is the first
reason given. For the others the reason stands here, by pattern.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

#: Pattern of laws -> why they are there.
REASONS: dict[str, str] = {
    "*-with-cpu": "it compares a second device with the CPU, where all mutants run; it is "
    "exercised on GPUs and on JAX's forced host devices",
    "*/far-rows-are-reached": "it is asked at thorough effort, of devices with room for 2³¹ "
    "elements; tests/gpu_kernels/far/ has a mutant, tests/backends/test_devices.py one of 2¹⁶",
    "*/refuses-types-that-eager-refuses": "a *should* law of compiled modes, whose mutants break "
    "the *must* law on what eager refuses",
    "*/takes-*": "a limit is no bug: tests/kernels/test_limits.py has a kernel with each of them",
    "*/is-differentiable": "a limit is no bug; a gradient that is there and wrong is another law's",
    "*/pos-weight-has-a-gradient": "a *should* law: no gradient at all is not a wrong one",
}


def reason(law_id: str, catchers: Mapping[str, set[str]]) -> str:
    """The reason of a law that catches nothing; empty if nobody has given one."""
    law = law_id.partition("/")[2]
    others = [c for c, caught in catchers.items() if caught and c.partition("/")[2] == law]
    if others:
        return f"the law catches mutants of {_listed([c.partition('/')[0] for c in others])}"
    return next((why for pattern, why in REASONS.items() if fnmatchcase(law_id, pattern)), "")


def _listed(names: list[str]) -> str:
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more functions"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
