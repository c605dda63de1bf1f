"""Every bundled library in an environment of its own, examined, and docs/comparison.md.

`tox -e comparison` runs it. Environments and results are kept in a folder, so that it goes on where
it was left: a library whose results are there is not examined again.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import time
import venv
from pathlib import Path
from typing import TypeVar

import msgspec

from conformance.records import storage
from conformance.records.results import Report
from conformance.reporting.libraries import write
from conformance.reporting.merging import merge
from conformance.reporting.slim import encoded, slim

T = TypeVar("T")
ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
#: Column -> (extra, bundled name, variables, further options).
LIBRARIES: dict[str, tuple[str, str, dict[str, str], list[str]]] = {
    "numpy": ("", "numpy", {}, []),
    "torch": ("torch", "torch", {}, []),
    "torch_distributions": ("torch", "torch_distributions", {}, []),
    "jax": ("jax", "jax", {}, []),
    "keras": ("keras", "keras", {"KERAS_BACKEND": "numpy"}, []),
    "keras_jax": ("keras,jax", "keras", {"KERAS_BACKEND": "jax"}, []),
    "keras_torch": ("keras,torch", "keras", {"KERAS_BACKEND": "torch"}, []),
    "liger": (
        "liger",
        "liger",
        {"TRITON_INTERPRET": "1"},
        ["--dtype", "float32", "--function", "softmax"],
    ),
    "mlx": ("mlx", "mlx", {}, []),
    "numba": ("numba", "numba", {}, []),
    "numpyro": ("numpyro", "numpyro", {}, []),
    "onnx": ("onnx", "onnx", {}, []),
    "onnxruntime": ("onnxruntime", "onnxruntime", {}, []),
    "openvino": ("openvino", "openvino", {}, []),
    "optax": ("optax", "optax", {}, []),
    "paddle": ("paddle", "paddle", {}, []),
    "scipy": ("scipy", "scipy", {}, []),
    "sklearn": ("sklearn", "sklearn", {}, []),
    "tensorflow": ("tensorflow", "tensorflow", {"TF_CPP_MIN_LOG_LEVEL": "3"}, []),
    "tinygrad": ("tinygrad", "tinygrad", {"DEV": "CPU"}, ["--dtype", "float32"]),
}


def main() -> int:
    """Examine the libraries that are named, all by default, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="*", default=[], help=", ".join(LIBRARIES))
    parser.add_argument("--folder", type=Path, default=ROOT / ".tox" / "comparison")
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--budget", default="600", help="seconds for each library")
    args = parser.parse_args()
    unknown = set(args.libraries) - LIBRARIES.keys()
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(LIBRARIES)}")
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in args.libraries or LIBRARIES:
        if not (results := args.folder / f"{name}.json").is_file():
            _examine(name, results, args)
    return _page([p for name in LIBRARIES if (p := args.folder / f"{name}.json").is_file()])


def _examine(name: str, results: Path, args: argparse.Namespace) -> None:
    """Install and run one library; what fails is said, and the others go on."""
    extra, bundled, variables, options = LIBRARIES[name]
    started = time.monotonic()
    place = args.folder / re.sub(r"\W", "_", f"env_{extra or 'numpy'}")
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.is_file():
        venv.create(place, with_pip=True)
    wanted = f"{ROOT}[{extra}]" if extra else str(ROOT)
    if subprocess.run([python, "-m", "pip", "install", "-q", wanted]).returncode:
        print(f"{name}: cannot be installed here")
        return
    command = [python, "-m", "conformance", "run", bundled, "--effort", args.effort,
               "--budget", args.budget, "--json", results, *options]  # fmt: skip
    status = subprocess.run(command, env={**os.environ, **variables}, cwd=args.folder).returncode
    print(f"{name}: exit status {status}, {time.monotonic() - started:.0f} s with its installation")


def _page(results: list[Path]) -> int:
    """Write the page of the results, and of what docs/comparison.json has of other libraries."""
    if not results:
        return 5
    kept, new = DOCS / "comparison.json", [storage.read(path) for path in results]
    old = [_without(storage.read(kept), new)] if kept.is_file() else []
    if old and old[0].spec_version != new[0].spec_version:
        print(f"{kept.name} is of spec {old[0].spec_version}: examine all libraries again")
        return 1
    report = slim(msgspec.structs.replace(merge([*new, *old]), not_run=[]))
    storage.put(kept, encoded(report) + b"\n")
    write(report, DOCS / "comparison.md")
    print(f"{len(report.implementations)} libraries: docs/comparison.md, docs/comparison.json")
    return 0


def _without(report: Report, new: list[Report]) -> Report:
    """Without the libraries that were examined again, by whatever version."""
    again = {(i.name.partition(" (")[0], i.backend) for r in new for i in r.implementations}
    kept = [i for i in report.implementations
            if (i.name.partition(" (")[0], i.backend) not in again]  # fmt: skip
    names = {i.name for i in kept}

    def of(records: list[T]) -> list[T]:
        return [r for r in records if r.implementation in names]  # type: ignore[attr-defined]

    return msgspec.structs.replace(
        report, settings={}, implementations=kept, results=of(report.results),
        accuracy=of(report.accuracy), limits=of(report.limits),
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
