"""The mutants: what each says of itself, and that a fixed few are caught by the laws they name.

All of them, at default effort: `tox -e power`, docs/power.md.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from conformance.examine.engine import examine
from conformance.examine.selection import Settings, subjects
from conformance.kernels.loading import load
from conformance.power import specimens
from conformance.power.specimens import Specimen

FOLDER = Path(__file__).parents[1] / "mutants"
FILES = sorted(FOLDER.rglob("*.py"))


@pytest.fixture(scope="module")
def mutants() -> dict[str, Specimen]:
    """Name -> mutant. UsageError if a file does not say what it must."""
    return {m.name: m for m in specimens.mutants([str(FOLDER)])}


def test_all_say_what_they_are(mutants: dict[str, Specimen]) -> None:
    assert len(mutants) == len(FILES) >= 300
    assert [m.name for m in mutants.values() if not m.says.endswith(".")] == []
    severities = Counter(m.severity for m in mutants.values())
    assert min(severities[s] for s in specimens.SEVERITIES) >= 20, severities
    assert len({m.family for m in mutants.values()}) >= 7


def test_public_defects_name_their_thread(mutants: dict[str, Specimen]) -> None:
    """Each stands for a report that others made, in a file named after it."""
    public = [m for m in mutants.values() if m.family == "public"]
    assert len(public) >= 20
    for m in public:
        _, _, number = m.name.rpartition("_")
        assert re.search(rf"https://github\.com/[\w-]+/[\w.-]+/(issues|pull)/{number}\.$", m.says)


def test_no_two_are_the_same() -> None:
    code: dict[str, list[Path]] = {}
    for path in FILES:
        module = ast.parse(path.read_bytes())
        code.setdefault(ast.unparse(ast.Module(module.body[1:], [])), []).append(path)
    assert [paths for paths in code.values() if len(paths) > 1] == []


def test_they_stand_alone() -> None:
    """Nothing of ours is imported: a mutant is what a user's file would be."""
    assert [path for path in FILES if _imported(path) & {"conformance", ""}] == []


def _imported(path: Path) -> set[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return {name.partition(".")[0] for name in names}


#: Subtle ones of every family, each with a dtype in which it shows.
SOME = {
    "calls/log_softmax_fast_path_from_second_call": "float32",
    "calls/logsumexp_cached_by_first_and_last": "float64",
    "calls/sigmoid_one_buffer_for_each_shape": "float32",
    "calls/softmax_cached_by_object": "float64",
    "calls/softmax_fifth_repetition_in_bfloat16": "float32",
    "gradients/log_sigmoid_gradient_in_float64": "float32",
    "gradients/sigmoid_one_binade": "float32",
    "gradients/softmax_mean_for_expectation": "float16",
    "gradients/torch_softmax_detached_on_axis_0": "float32",
    "gradients/torch_softmax_tangent_detached": "float32",
    "layouts/softmax_expanded_cotangent_is_its_first": "float32",
    "layouts/log_sigmoid_promoted_to_float64": "float32",
    "layouts/softmax_of_a_square_transposed": "float64",
    "layouts/sigmoid_result_is_the_argument": "float32",
    "layouts/softmax_unaligned_prologue": "float32",
    "layouts/softmax_vector_peeled_elements_left_out": "float32",
    "limits/log_softmax_unshifted_within_its_limit": "float32",
    "masks/logsumexp_overflow_in_the_backward_pass": "float32",
    "masks/softmax_smallest_number": "float32",
    "options/labels_clipped": "float32",
    "options/three_options_together": "float32",
    "options/weight_by_row": "float64",
    "pairs/log_softmax_in_bits": "float32",
    "public/pytorch_69339": "float32",
    "scales/log_softmax_temperature_of_the_gradient_squared": "float32",
    "scales/cross_entropy_z_detached": "float32",
    "scales/softmax_softcap_after_the_mask": "float32",
    "sizes/logsumexp_online_partial_chunk": "float32",
    "sizes/softmax_float16_sum_beyond_2048": "float16",
    "special/logsumexp_largest_overflows": "float32",
    "special/softmax_tie_at_infinity_split": "float64",
    "values/log_sigmoid_off_in_one_interval": "float32",
    "values/logsumexp_exp_off_for_large_terms": "float32",
    "values/sigmoid_float16_off_in_one_binade": "float16",
}


def test_some_are_of_every_family_and_subtle(mutants: dict[str, Specimen]) -> None:
    assert {name.partition("/")[0] for name in SOME} == {m.family for m in mutants.values()}
    assert sum(mutants[name].severity == "subtle" for name in SOME) >= 12


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
def test_the_laws_that_it_names_catch_it(name: str, mutants: dict[str, Specimen]) -> None:
    mutant = mutants[name]
    if "torch" in name:
        pytest.importorskip("torch")
    implementation = load(mutant.file)
    settings = Settings(dtypes=(SOME[name],), brief=True)
    broken = {
        result.invariant: result.level
        for subject in subjects(implementation, settings)[0]
        for result in examine(implementation, subject, settings).results
        if result.outcome in ("fail", "error")
    }
    assert set(mutant.caught_by) <= broken.keys()
    assert "must" in broken.values()


def test_a_wrong_function_is_not_counted_against_its_neighbours(
    mutants: dict[str, Specimen],
) -> None:
    settings = Settings(effort="quick", dtypes=("float32",), brief=True)
    for mutant in (m for m in mutants.values() if m.family == "pairs"):
        implementation = load(mutant.file)
        wrong = {clause.partition("/")[0].replace("-", "_") for clause in mutant.caught_by}
        broken = {
            subject.function
            for subject in subjects(implementation, settings)[0]
            for result in examine(implementation, subject, settings).results
            if result.outcome in ("fail", "error") and result.level == "must"
        }
        assert broken <= wrong
        assert len(implementation.functions) > 1


def test_a_function_that_raises_is_not_counted_against_its_neighbours(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n\n\ndef logsumexp(x, axis=-1):\n"
        "    raise TypeError('dim is missing')\n\n\n"
        "def log_softmax(x, axis=-1):\n    d = x - np.max(x, axis=axis, keepdims=True)\n"
        "    return d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))\n"
    )
    implementation = load(str(file))
    settings = Settings(effort="quick", dtypes=("float32",), functions=("log_softmax",))
    (subject,) = subjects(implementation, settings)[0]
    results = {r.invariant: r for r in examine(implementation, subject, settings).results}
    assert not [r for r in results.values() if r.level == "must" and r.outcome in ("fail", "error")]
    apart = results["log-softmax/is-x-minus-logsumexp"]
    assert apart.outcome == "unsupported"
    assert apart.message.startswith("logsumexp itself fails: TypeError: dim is missing")
