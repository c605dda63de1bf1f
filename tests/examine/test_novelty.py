"""Which examples tell a law something; rows that recur are judged from those alone."""

from dataclasses import replace

import numpy as np
import pytest

from conformance.examine.engine import _examples, tallied
from conformance.examine.novelty import traits
from conformance.examine.selection import Settings, laws, subjects
from conformance.examine.tally import Tally
from conformance.examine.turns import Turns
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.kernels.loading import load
from conformance.model import Example, View
from conformance.spec.context import Examination


def rows(x, view=None, **options):
    x = np.asarray(x, np.float32)
    labels = np.zeros(len(x), np.int64)
    view = view or View((len(x),))
    args = {"logits": x, "labels": labels}
    return Example(FUNCTIONS["cross_entropy_with_logits"], FORMATS["float32"], args, view, options)


@pytest.mark.parametrize(
    "other",
    [
        rows(np.zeros((4, 3)), View((2, 2))),
        rows(np.zeros((4, 3)), View((4,), 0)),
        rows(np.zeros((4, 3)), View((4,), -1, "F")),
        rows(np.zeros((1, 3))),
        rows(np.zeros((4, 1))),
        rows(np.full((4, 3), -np.inf)),
        rows(np.zeros((4, 3)), reduction="none"),
        rows(np.zeros((4, 3)), weight=np.ones(3, np.float32)),
        rows(np.zeros((4, 3)), ignore_index=-100),
    ],
)
def test_a_shape_a_view_an_option_and_a_kind_of_value_are_new(other):
    assert traits(other).keys() - traits(rows(np.zeros((4, 3)))).keys()


def test_other_numbers_of_a_kind_are_not_new():
    assert traits(rows(np.ones((8, 5)))) == traits(rows(np.zeros((4, 3))))


def test_a_law_that_calls_sees_nearly_every_trait_at_few_examples():
    implementation, settings = load("numpy"), Settings(functions=("softmax",), dtypes=("float32",))
    subject = subjects(implementation, settings)[0][0]
    f = Examination(implementation, subject)
    there = [e for e in _examples(f, settings, None) if 0 < e.size < 20_000]
    wanted = {trait for e in there for trait in traits(e)}
    seen, look = [], Tally.look

    def watched(self, f, e, index=0):
        if self.law.id == "softmax/has-no-state":
            seen.append(e)
        look(self, f, e, index)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tally, "look", watched)
        tallied(f, settings)
    missed = wanted - {trait for e in seen for trait in traits(e)}
    assert len(missed) <= len(wanted) / 10
    assert len(seen) < len(there) / 4


def test_a_corollary_looks_where_what_it_follows_from_fails(tmp_path):
    path = tmp_path / "half.py"
    path.write_text("import numpy as np\ndef softmax(x, axis=-1):\n    return x * 0\n")
    implementation = load(str(path))
    settings = Settings(functions=("softmax",), dtypes=("float32",), effort="quick")
    subject = subjects(implementation, settings)[0][0]
    found = {t.law.id: t for t in tallied(Examination(implementation, subject), settings)}
    assert {law.id for law in laws(implementation, subject, settings) if law.corollary}
    assert found["softmax/sums-to-one"].first_at == found["softmax/accuracy"].first_at


@pytest.mark.parametrize("quantity", ["value", "vjp"])
def test_rows_that_recur_have_the_bounds_of_each(quantity):
    implementation = load("numpy")
    settings = Settings(functions=("softmax",), dtypes=("float64",))
    subject = subjects(implementation, settings)[0][0]
    f = Examination(implementation, subject)
    many = next(e for e in _examples(f, settings, None) if e.repeats is not None)
    alone = replace(many)
    assert alone.repeats is None
    for of in (f.bound, f.forced, lambda e, q: f.exact(e, q).wide):
        got, want = of(many, quantity), of(alone, quantity)
        assert np.array_equal(np.broadcast_to(got, want.shape), want, equal_nan=True)


@pytest.mark.parametrize("grade", ["strict", "standard", "relaxed"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "function", ["cross_entropy_with_logits", "cross_entropy", "binary_cross_entropy_with_logits"]
)
def test_reductions_of_rows_that_recur_are_known_from_those_counted(function, dtype, grade):
    implementation = load("numpy")
    settings = Settings(functions=(function,), dtypes=(dtype,))
    f = Examination(implementation, subjects(implementation, settings)[0][0], grade)
    recurring = [e for e in _examples(f, settings, None) if e.repeats and e.reduction != "none"]
    assert recurring
    for many in recurring:
        alone = replace(many)
        assert alone.repeats is None and alone.counts is None
        for quantity in ("value", "vjp"):
            got, want = ((f.bound(e, quantity), f.exact(e, quantity).wide) for e in (many, alone))
            assert np.allclose(got[0], want[0], rtol=1e-12, atol=0)
            assert np.allclose(got[1], want[1], rtol=1e-12, atol=0)
            for of in (f.forced, f.summed):
                assert (of(many, quantity) == of(alone, quantity)).all()
            assert f.crowded(many, quantity) == f.crowded(alone, quantity)


@np.errstate(all="ignore")
def looks(dtype: str, *dtypes: str) -> set[tuple[str, int]]:
    """The further calls of a few laws of softmax in a format, in a run of some."""
    implementation = load("numpy")
    settings = Settings(functions=("softmax",), dtypes=dtypes)
    subject = next(s for s in subjects(implementation, settings)[0] if s.dtype == dtype)
    f = Examination(implementation, subject)
    there = list(_examples(f, settings, None))
    turns = Turns(f, settings, None, there)
    asked = laws(implementation, subject, settings)
    return {
        (law.id, index)
        for law in asked if law.costs and not law.corollary and not law.options
        for index in range(len(there))
        if (choice := turns._choice) is not None and choice.due(law, index)
    }  # fmt: skip


def test_half_formats_share_further_calls_where_both_are_there():
    alone = looks("float16", "float32", "float16")
    first = looks("float16", "float32", "float16", "bfloat16")
    second = looks("bfloat16", "float32", "float16", "bfloat16")
    assert first < alone
    assert len(first) < 0.65 * len(alone)
    assert len(second) < 0.65 * len(alone)
    assert {law for law, _ in first} == {law for law, _ in alone} == {law for law, _ in second}
