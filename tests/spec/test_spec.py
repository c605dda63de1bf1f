"""The catalogue: well-formed, derived, and no law that nothing reaches."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from pathlib import Path

import pytest

import conformance
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS, derivation
from conformance.spec import FAMILIES, catalogue
from conformance.spec.declare import NEEDS, _told
from conformance.spec.declare import law as declare

LAWS = catalogue()
SOURCES = sorted(
    path
    for folder in ("spec", "functions", "numerics/bounds")
    for path in (Path(conformance.__file__).parent / folder).glob("*.py")
)
#: Clauses that a run of PyTorch in eager mode on one device cannot exercise, by what they need.
ELSEWHERE = {
    "transformed": "a compiled mode",
    "device": "a second device",
    "no axis": "tests/kernels/test_lecture_kernels.py",
    "formats": "a file that names its formats, in tests/mutants/calls",
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_says_everything(law):
    assert re.fullmatch(r"[a-z][a-z-]*/[a-z][a-z0-9-]*", law.id)
    assert law.functions
    assert all(law.id.startswith(f"{FUNCTIONS[f].slug}/") for f in law.functions)
    assert law.level in ("must", "should", "may")
    for words in (law.says, law.bound, law.why, law.reveals):
        assert words
        assert words == " ".join(words.split())
        assert not re.search(r"\\|\$|TODO|XXX", words)
    assert law.source or law.level == "may"
    assert "numerics" not in law.source
    assert law.least >= 1


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_asks_for_what_there_is(law):
    assert set(law.needs) <= {*NEEDS, *FUNCTIONS}
    assert set(law.options) <= {o for f in law.functions for o in FUNCTIONS[f].options}
    assert set(law.formats) <= set(FORMATS)
    assert inspect.isgeneratorfunction(law.check)
    assert law.check.__doc__


def test_catalogue_is_in_the_order_of_its_families():
    order = [law.check.__module__.rpartition(".")[2] for law in LAWS.values()]
    assert list(dict.fromkeys(order)) == list(FAMILIES)


def test_every_function_has_laws_of_every_kind():
    for f in FUNCTIONS.values():
        own = {i.partition("/")[2] for i, law in LAWS.items() if f.name in law.functions}
        assert {"accuracy", "gradient-accuracy", "finite-stays-finite", "bits-repeat"} <= own
        assert len(own) >= 35
    levels = Counter(law.level for law in LAWS.values())
    assert levels["must"] > 300
    assert min(levels["should"], levels["may"]) >= 30


@pytest.mark.parametrize(
    ("quantity", "function"), [(q, f.name) for f in FUNCTIONS.values() for q in f.quantities]
)
def test_every_bound_has_its_derivation(quantity, function):
    words = derivation(function, quantity)
    assert re.search(r"\bu\b|\d[uθ]|B_c|errS|eps", words), words


def test_accuracy_is_explained_by_the_derivation_of_its_bound():
    for name, f in FUNCTIONS.items():
        assert LAWS[f"{f.slug}/accuracy"].why == derivation(name, "value")
        assert derivation(name, "vjp") in LAWS[f"{f.slug}/gradient-accuracy"].why


def constants(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is float]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_no_tolerance_is_a_bare_literal(path):
    """Numbers in laws and bounds count roundings or are exact inputs: eighths, none small."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    odd = [n for n in constants(tree) if n.value * 8 != int(n.value * 8) or abs(n.value) > 64]
    assert not [(n.lineno, n.value) for n in odd]
    names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert not names & {"allclose", "isclose", "testing", "assert_allclose"}
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if getattr(call.func, "id", "") in ("equal", "at_most"):
            bounds = [*call.args[2:3], *(k.value for k in call.keywords if k.arg == "bound")]
            assert not [b for b in bounds if isinstance(b, ast.Constant) and b.value]


@pytest.fixture(scope="module")
def exercised():
    """How many examples each law had in quick runs: at default it has more."""
    torch = pytest.importorskip("torch")
    del torch
    pytest.importorskip("jax")  # PyTorch's losses give no gradient for the weights of indices
    found = Counter()
    reports = [conformance.check("torch", dtype="float32", effort="quick")]
    reports.append(conformance.check("numpy", dtype="float16", effort="quick"))
    reports.append(conformance.check("jax", dtype="float32", mode="eager", effort="quick",
                                     only="*weight*-gradient*"))  # fmt: skip
    reports.append(conformance.check("torch", function="linear_cross_entropy", dtype="float32",
                                     only="*mixed-derivative*"))  # fmt: skip
    reports.append(conformance.check("torch", dtype="float32", only=["*-large-*", "*-long-rows"]))
    reports.append(conformance.check("numpy", function="linear_cross_entropy", dtype="float32",
                                     only="*beside-weights"))  # fmt: skip
    controls = Path(__file__).parents[1] / "controls"  # what no framework has
    focal = controls / "torch_focal_loss_as_torchvision.py"
    reports.append(conformance.check(focal, dtype="float32"))
    capped = controls / "torch_linear_ce_capped_in_forward.py"
    reports.append(conformance.check(capped, dtype="float32", only="*cap-and-temperature"))
    others = controls / "cross_entropy_other_conventions.py"
    reports.append(conformance.check(others, dtype="float32", only="*gradient-of-*"))
    product = controls / "torch_linear_ce_broadcast_product.py"
    reports.append(conformance.check(product, dtype="float32", only="*other-*"))
    picked = controls / "torch_nll_loss_weights_that_learn.py"
    reports.append(
        conformance.check(picked, dtype="float32", only=["*weight*", "*-arguments", "*-together"])
    )
    for report in reports:
        for r in report.results:
            told = r.level == "may" and r.outcome == "pass"  # without an example, too
            found[r.invariant] = max(found[r.invariant], r.examples, told)
    return found


def test_no_law_is_out_of_reach(exercised):
    missing = {i: exercised[i] for i, law in LAWS.items() if exercised[i] < law.least}
    reasons = {i: [ELSEWHERE[n] for n in LAWS[i].needs if n in ELSEWHERE] for i in missing}
    assert not {i: missing[i] for i in missing if not reasons[i]}


def test_what_needs_a_compiled_mode_is_reached_in_one():
    torch = pytest.importorskip("torch")
    del torch
    report = conformance.check(
        "torch", function="sigmoid", dtype="float32", mode="vmap", effort="quick",
        only="*eager*,*/takes-its-modes",
    )  # fmt: skip
    looked = {r.invariant for r in report.results if r.examples}
    wanted = {i for i, law in LAWS.items()
              if "transformed" in law.needs and law.functions == ("sigmoid",)}  # fmt: skip
    assert wanted <= looked


def test_a_law_is_declared_once():
    from conformance.spec.declare import law

    with pytest.raises(ValueError, match="sigmoid/accuracy is declared twice"):
        law("accuracy", "sigmoid", says="", reveals="")(lambda f, e: iter(()))


def test_what_a_law_needs_is_checked_when_it_is_declared():
    with pytest.raises(ValueError, match=r"law mistyped needs \['vjb'\]"):
        declare("mistyped", "softmax", says="p", reveals="a slip", needs=("vjb",))


def test_texts_of_a_law_stand_in_its_docstring():
    def check(f, e):
        """p = 0

        Within 2B. By definition. [C23, F.10]
        Reveals a slip.
        """
        yield from ()

    texts = {
        "says": "p = 0", "bound": "2B", "why": "By definition.", "source": "C23, F.10",
        "reveals": "a slip",
    }  # fmt: skip
    assert _told(check) == texts


def _declared_lines():
    """How many lines each law has, with its decorator and docstring."""
    for path in SOURCES:
        if path.parent.name != "spec":
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [getattr(getattr(d, "func", d), "id", "")
                     for d in getattr(node, "decorator_list", ())]  # fmt: skip
            if any(name == "law" or name.endswith("_law") for name in names):
                yield node.end_lineno - node.decorator_list[0].lineno + 1


def test_two_laws_of_three_have_twelve_lines_at_most():
    lines = list(_declared_lines())
    assert len(lines) > 190
    assert sum(n <= 12 for n in lines) >= len(lines) * 2 / 3
