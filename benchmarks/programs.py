"""How many programs a run of JAX's functions compiles, by function and by law; are they kept?

    python benchmarks/programs.py                      the bundled implementation, three minutes
    python benchmarks/programs.py my_kernels.py --dtype float32
    python benchmarks/programs.py --limit 0            without a limit

Each program costs about 0.1 s of a processor to trace, lower and compile. Counted are those that
no cache had, of all subjects in one process and in their order; then a second process counts again,
which is to find every one of them: on some processors XLA silently takes back none that it has kept
(https://github.com/jax-ml/jax/issues/38445).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from typing import Any

#: Programs of a default run of the bundled file: 600 of the nine functions of a classifier's end,
#: half as many again with their relatives.
LIMIT = 900
_COMPILED, _TAKEN = "/jax/compilation_cache/cache_misses", "/jax/compilation_cache/cache_hits"
_BESIDE_LAWS = "what no law looks at"


def counted(name: str, dtypes: tuple[str, ...]) -> tuple[Counter[str], int]:
    """Programs compiled by `function/law`, and how many the cache had, of all subjects."""
    from jax import monitoring

    from conformance.examine import engine, selection, tally
    from conformance.functions import FUNCTIONS
    from conformance.kernels.loading import load

    by_law: Counter[str] = Counter()
    taken = 0
    looking = [_BESIDE_LAWS]  # what looks now, last

    def heard(event: str, **_: Any) -> None:
        nonlocal taken
        by_law[looking[-1]] += event == _COMPILED
        taken += event == _TAKEN

    look = tally.Tally.look

    def looked(self: tally.Tally, *arguments: Any) -> None:
        looking.append(self.law.id)
        try:
            look(self, *arguments)
        finally:
            looking.pop()

    setattr(tally.Tally, "look", looked)  # noqa: B010 -- for this process
    monitoring.register_event_listener(heard)
    implementation, settings = load(name), selection.Settings(dtypes=dtypes)
    for subject in selection.subjects(implementation, settings)[0]:
        looking[:] = [f"{FUNCTIONS[subject.function].slug}/{_BESIDE_LAWS}"]
        engine.examine(implementation, subject, settings)
    return +by_law, taken


def told(name: str, dtypes: tuple[str, ...], limit: int) -> bool:
    """Print the table of a first run and what a second one found; False if either is at fault."""
    with tempfile.TemporaryDirectory() as folder:
        first, _ = _apart(name, dtypes, folder)
        again, taken = _apart(name, dtypes, folder)
    total = sum(first.values())
    print(f"{name}: {total:,} programs" + (f", at most {limit:,}" if limit else ""))
    for place in (0, 1):
        part: Counter[str] = Counter()
        for law, count in first.items():
            part[law.split("/")[place]] += count
        for words, count in part.most_common():
            print(f"  {words:<44}{count:>5}")
        print()
    print(f"a second run took {taken:,} from the cache and compiled {sum(again.values()):,}")
    return not again and (not limit or total <= limit)


def _apart(name: str, dtypes: tuple[str, ...], folder: str) -> tuple[Counter[str], int]:
    """`counted` in a process of its own, which keeps its programs in a folder."""
    kept = {
        "JAX_COMPILATION_CACHE_DIR": folder,
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    command = [sys.executable, __file__, name, "--count", *(f"--dtype={d}" for d in dtypes)]
    ran = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **kept}
    )
    *laws, taken = ran.stdout.splitlines()
    pairs = (line.rsplit(" ", 1) for line in laws)
    return Counter({law: int(count) for law, count in pairs}), int(taken)


def main() -> int:
    """Print the table; 1 if there are too many programs, or if they are not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("implementation", nargs="?", default="jax")
    parser.add_argument("--dtype", action="append", default=[])
    parser.add_argument("--limit", type=int, default=LIMIT)
    parser.add_argument("--count", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    dtypes = tuple(asked.dtype)
    if not asked.count:
        return 0 if told(asked.implementation, dtypes, asked.limit) else 1
    by_law, taken = counted(asked.implementation, dtypes)
    for law, count in by_law.items():
        print(law, count)
    print(taken)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
