"""The gate: what a run against a baseline says, and the baseline's file."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import BaselineError, UsageError
from conformance.gate import baseline as baseline_file
from conformance.gate.baseline import Baseline
from conformance.gate.changes import Judged
from conformance.gate.growth import FLOOR
from conformance.gate.judging import judge, update
from conformance.records.results import Accuracy, ImplementationInfo, LawRecord, Report, Result

KEY = "numpy::softmax::softmax/accuracy::float32-eager-cpu"


def law(name: str, bound: str = "3 u") -> LawRecord:
    return LawRecord(id=name, level="must", functions=["softmax"], says="Σp = 1", bound=bound)


def result(outcome: str = "pass", ratio: Any = 0.3, **fields: Any) -> Result:
    base: dict[str, Any] = {
        "implementation": "numpy",
        "function": "softmax",
        "invariant": "softmax/accuracy",
        "level": "must",
        "dtype": "float32",
        "device": "cpu",
        "mode": "eager",
    }
    return Result(**{**base, "outcome": outcome, "ratio": ratio, **fields})


def report(*results: Result, **fields: Any) -> Report:
    names = sorted({r.implementation for r in results} | {"numpy"})
    infos = [ImplementationInfo(name=n, file="f.py", backend="numpy") for n in names]
    laws = [law(name) for name in sorted({r.invariant for r in results})]
    base = {"spec_version": "1.0", "complete": True, "implementations": infos, "laws": laws}
    return Report(results=list(results), **{**base, **fields})


def words(judged: Judged) -> str:
    return "\n".join(judged.lines())


# What the gate says


def test_a_new_failure_fails_the_run_and_is_named() -> None:
    judged = judge(report(result("fail", 5.25)), update(report(result())))
    assert judged.status == 1
    assert f"new: {KEY}: passed with error / bound = 0.3, fails with error / bound = 5.25" in words(
        judged
    )
    assert judged.report.results[0].outcome == "fail"


def test_a_known_failure_passes_and_shows_its_reason() -> None:
    failing = report(result("fail", 5.25))
    made = update(failing)
    made.known[KEY] = msgspec.structs.replace(made.known[KEY], reason="see the tracker")
    judged = judge(failing, made)
    assert (judged.status, judged.report.results[0].outcome) == (0, "known")
    assert judged.report.results[0].message == "see the tracker"
    assert judged.headline() == "gate passes: 1 known"


def test_what_was_measured_of_a_known_failure_stays() -> None:
    raising = report(result("error", None, message="TypeError: no axis"))
    made = update(raising)
    made.known[KEY] = msgspec.structs.replace(made.known[KEY], reason="see the tracker")
    judged = judge(raising, made).report
    (known,) = judged.results
    assert (known.outcome, known.measured) == ("known", "error")
    assert known.message == "see the tracker [TypeError: no axis]"
    assert update(judged).known[KEY].outcome == "error"
    again = judge(judged, made)
    assert (again.status, again.report.results) == (0, [known])
    worse = msgspec.structs.replace(made.known[KEY], outcome="fail")
    assert judge(judged, Baseline(spec="1.0", known={KEY: worse})).status == 1


def test_a_known_failure_that_grew_past_the_factor_fails_with_both_numbers() -> None:
    made = update(report(result("fail", 5.0)))
    assert judge(report(result("fail", 9.9)), made).status == 0
    judged = judge(report(result("fail", 10.1)), made)
    assert judged.status == 1
    assert "worse: " + KEY + ": 5 -> 10.1 of the bound (2 times)" in words(judged)
    assert judge(report(result("fail", 10.1)), made, factor=3).status == 0


def test_a_passing_ratio_that_grew_past_the_factor_fails_with_both_numbers() -> None:
    judged = judge(report(result("pass", 0.9)), update(report(result("pass", 0.3))))
    assert judged.status == 1
    assert "0.3 -> 0.9 of the bound (3 times), though it still passes" in words(judged)
    assert judged.report.results[0].outcome == "pass"


@pytest.mark.parametrize(("was", "now", "status"), [(0.001, 0.003, 0), (0.0, 0.25, 0), (0, 0.3, 1)])
def test_growth_below_what_correct_rounding_shows_is_no_news(
    was: float, now: float, status: int
) -> None:
    assert judge(report(result(ratio=now)), update(report(result(ratio=was)))).status == status


def test_a_may_law_has_nothing_that_could_be_worse() -> None:
    made = update(report(result("pass", 0.3, level="may")))
    assert not made.ratios
    old = Baseline(spec="1.0", ratios={KEY: 0.3})
    for known in (made, old):
        judged = judge(report(result("pass", "inf", level="may")), known, strict=True)
        assert (judged.status, judged.worse, judged.unmatched) == (0, (), ())


def test_a_failure_that_becomes_an_error_is_worse() -> None:
    made = update(report(result("fail", 5.0)))
    judged = judge(report(result("error", None, message="ValueError: no\nmore")), made)
    assert judged.status == 1
    assert "was fail, error / bound = 5, raises: ValueError: no" in words(judged)


def test_a_fixed_failure_is_told_and_fails_only_when_strict() -> None:
    made = update(report(result("fail", 5.0)))
    judged = judge(report(result()), made)
    assert (judged.status, judged.report.results[0].outcome) == (0, "stale")
    assert f"fixed: {KEY}: was fail, error / bound = 5, holds now" in words(judged)
    assert judge(report(result()), made, strict=True).status == 1
    assert judge(report(result()), update(report(result()), made), strict=True).status == 0


def test_a_failure_now_declared_is_green_and_its_entry_can_go() -> None:
    judged = judge(report(result("deviation", 5.0)), update(report(result("fail", 5.0))))
    assert (judged.status, judged.report.results[0].outcome) == (0, "deviation")
    assert "is now a declared deviation" in words(judged)


@pytest.mark.parametrize("level", ["must", "should"])
def test_only_the_levels_that_fail_a_run_fail_the_gate(level: Any) -> None:
    judged = judge(report(result("fail", 5.0, level=level)), Baseline(spec="1.0"))
    assert len(judged.new) == 1
    assert judged.status == (level == "must")
    both = report(result("fail", 5.0, level=level))
    assert judge(both, Baseline(spec="1.0"), fail_on="should").status == 1


@pytest.mark.parametrize(
    ("typo", "why"),
    [
        ("numpyy::softmax::softmax/accuracy::float32-eager-cpu", "no implementation 'numpyy'"),
        ("numpy::sofmax::softmax/accuracy::float32-eager-cpu", "no function 'sofmax'"),
        ("numpy::softmax::softmax/acuracy::float32-eager-cpu", "no law 'softmax/acuracy'"),
        ("numpy::softmax::softmax/accuracy::flot32-eager-cpu", "no dtype 'flot32'"),
        ("numpy::softmax::softmax/accuracy::float32-eagr-cpu", "no mode and device 'eagr-cpu'"),
    ],
)
def test_an_entry_that_matches_nothing_is_named_with_the_nearest(typo: str, why: str) -> None:
    made = Baseline(spec="1.0", known={typo: baseline_file.KnownFailure(outcome="fail")})
    judged = judge(report(result()), made)
    assert judged.status == 0
    assert f"unmatched: {typo}: {why}; did you mean {KEY}?" in words(judged)
    assert judge(report(result()), made, strict=True).status == 1
    assert typo not in update(report(result()), made).known


def test_a_run_of_one_function_leaves_the_other_entries_alone() -> None:
    whole = report(
        result(), result("fail", 7.0, function="sigmoid"), result("fail", 7.0, implementation="jax")
    )
    made = update(whole)
    judged = judge(report(result()), made, strict=True)
    assert judged.status == 0
    assert "not examined this time: 1 of the baseline's cases of numpy" in words(judged)
    assert update(report(result()), made) == made


def test_what_a_machine_lacks_is_not_examined() -> None:
    made = update(report(result(), result("fail", 7.0, device="cuda")))
    judged = judge(report(result(), result("unsupported", None, device="cuda")), made, strict=True)
    assert judged.status == 0
    assert judged.not_examined == ("numpy::softmax::softmax/accuracy::float32-eager-cuda",)


def test_a_law_newer_than_the_baseline_is_not_a_regression() -> None:
    made = update(report(result()))
    failing = result("fail", 4.0, invariant="softmax/new")
    later = report(result(), failing, spec_version="1.1")
    judged = judge(later, made)
    assert judged.status == 0
    assert not judged.new
    assert {"spec 1.0 -> 1.1", "new law: softmax/new"} <= set(judged.lines())
    assert "due to the spec: numpy::softmax::softmax/new" in words(judged)
    assert judge(later, made, strict=True).status == 1


def test_a_law_with_another_bound_is_not_a_regression() -> None:
    made = update(report(result("pass", 0.9)))
    later = report(result("fail", 1.8), spec_version="2.0", laws=[law("softmax/accuracy", "2 u")])
    judged = judge(later, made)
    assert judged.status == 0
    assert "other bound or level: softmax/accuracy" in judged.lines()


def test_a_new_spec_does_not_hide_a_regression_of_an_old_law() -> None:
    made = update(report(result()))
    assert judge(report(result("fail", 4.0), spec_version="1.1"), made).status == 1


def test_another_grade_cannot_be_compared() -> None:
    made = update(report(result(), settings={"grade": "standard"}))
    with pytest.raises(BaselineError, match="--grade standard, this run with --grade strict"):
        judge(report(result(), settings={"grade": "strict"}), made)


def test_other_versions_and_platforms_are_said() -> None:
    def on(version: str, platform: str) -> Report:
        info = ImplementationInfo(
            name="numpy", file="", backend="numpy", versions={"numpy": version}
        )
        return report(result(), implementations=[info], environment={"platform": platform})

    lines = judge(on("2.5", "arm"), update(on("2.4", "x86"))).lines()
    assert "other version for numpy: numpy 2.4 -> 2.5" in lines
    assert "other platform: x86 -> arm" in lines


def test_an_incomplete_run_claims_nothing_about_what_it_did_not_reach() -> None:
    made = update(report(result("fail", 3.0)))
    cut = report(complete=False)
    judged = judge(cut, made, strict=True)
    assert judged.status == 0
    assert "this run is incomplete: what it did not reach is not judged" in judged.lines()
    with pytest.raises(BaselineError, match="complete run"):
        update(cut, made)


@pytest.mark.parametrize("factor", [0.5, float("nan"), float("inf"), -1])
def test_a_factor_that_is_none(factor: float) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        judge(report(), Baseline(), factor=factor)


def test_an_exhaustive_measurement_is_ratcheted() -> None:
    def swept(ratio: float) -> Report:
        fields = {"worst": "0x1p+0", "correctly_rounded": 0.5, "ulp": 1.0, "count": 65536}
        where = {"dtype": "float16", "device": "cpu", "mode": "eager", "coverage": "all 65,536"}
        return report(
            accuracy=[
                Accuracy(
                    implementation="numpy",
                    function="sigmoid",
                    quantity="value",
                    exhaustive=True,
                    ratio=ratio,
                    **where,
                    **fields,
                )
            ]
        )

    judged = judge(swept(0.9), update(swept(0.2)))
    assert judged.status == 1
    assert "numpy::sigmoid::exhaustive/value::float16-eager-cpu" in words(judged)
    assert judge(swept(0.2), update(swept(0.2)), strict=True).headline() == (
        "gate passes: nothing differs from the baseline"
    )


# Properties

RATIOS = st.one_of(
    st.none(), st.floats(0, 1e308), st.just("inf"), st.sampled_from([0.0, FLOOR, 1.0, 5e-324])
)
RESULTS = st.lists(
    st.builds(
        result,
        st.sampled_from(["pass", "fail", "error", "unsupported", "deviation", "stale", "vacuous"]),
        RATIOS,
        implementation=st.sampled_from(["numpy", "torch", 'a "b"::c\\']),
        function=st.sampled_from(["softmax", "sigmoid"]),
        invariant=st.sampled_from(["softmax/accuracy", "softmax/sums-to-one", "finite"]),
        level=st.sampled_from(["must", "should"]),
        dtype=st.sampled_from(["float32", "bfloat16"]),
        mode=st.sampled_from(["eager", "grad-of-jit"]),
        device=st.sampled_from(["cpu", "cuda:1"]),
        message=st.text(max_size=8),
    ),
    unique_by=lambda r: r.key,
    max_size=8,
)


@given(RESULTS)
def test_a_report_is_clean_against_its_own_baseline(results: list[Result]) -> None:
    run = report(*results)
    for factor in (1.0, 2.0):
        judged = judge(run, update(run), factor=factor, strict=True, fail_on="should")
        assert judged.status == 0
        assert not (judged.new or judged.worse or judged.fixed or judged.unmatched)


@given(RESULTS, RESULTS)
def test_update_is_idempotent(first: list[Result], second: list[Result]) -> None:
    old = update(report(*first))
    once = update(report(*second), old)
    assert update(report(*second), once) == once
    judged = judge(report(*second), once).report
    assert update(judged, once).known == once.known


@given(RESULTS, RESULTS, st.randoms())
def test_the_order_of_results_does_not_matter(
    first: list[Result], second: list[Result], random: random.Random
) -> None:
    made = update(report(*first))
    shuffled = random.sample(second, len(second))
    assert judge(report(*second), made).lines() == judge(report(*shuffled), made).lines()
    assert baseline_file.text(update(report(*second), made)) == baseline_file.text(
        update(report(*shuffled), made)
    )


@given(RESULTS, st.text(max_size=10).filter(str.isprintable))
def test_the_text_round_trips(results: list[Result], reason: str) -> None:
    made = update(report(*results, settings={"grade": "strict"}))
    known = {k: msgspec.structs.replace(v, reason=reason) for k, v in made.known.items()}
    made = msgspec.structs.replace(made, known=known)
    assert baseline_file.parse(baseline_file.text(made).encode()) == made
    text = baseline_file.text(made)
    assert baseline_file.text(baseline_file.parse(text.encode())) == text


@given(st.floats(0, exclude_min=True, allow_nan=False))
def test_a_recorded_ratio_is_the_next_of_two_digits(ratio: float) -> None:
    from conformance.gate.judging import recorded

    kept = recorded(ratio)
    assert kept >= ratio
    assert kept == FLOOR or kept <= 1.1 * ratio or kept == float("inf")


# The file


def test_a_reason_survives_an_update(tmp_path: Path) -> None:
    path = tmp_path / "conformance.baseline"
    baseline_file.write(path, update(report(result("fail", 5.0))))
    path.write_text(path.read_text().replace('reason = ""', 'reason = "clamps at -100"'))
    baseline_file.write(path, update(report(result("fail", 4.0)), baseline_file.read(path)))
    line = f'"{KEY}" = {{ outcome = "fail", ratio = 4.0, reason = "clamps at -100" }}'
    assert line in path.read_text().splitlines()


def test_one_changed_case_changes_one_line() -> None:
    runs = [result(dtype=d, invariant=i) for d in ("float32", "float16") for i in ("a/b", "a/c")]
    before = baseline_file.text(update(report(*runs))).splitlines()
    runs[0] = result(invariant="a/b", ratio=0.6)
    after = baseline_file.text(update(report(*runs))).splitlines()
    assert [b for a, b in zip(before, after, strict=True) if a != b] == [
        '"a/b" = { float16 = 0.3, float32 = 0.6 }'
    ]


HEAD = 'format = 1\nspec = "1.0"\n'
END = "\n[end]\n"


def one(entry: str) -> str:
    return f'{HEAD}[known]\n"{KEY}" = {entry}{END}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it has no `format`"),
        (b"\xff\xfe", "not a baseline: 'utf-8'"),
        ("format = 2", "format 2, but this version reads format 1"),
        ("format = true", "format of no version"),
        ("format = 1", "cut off: its last line is not [end]"),
        ("format = 1" + END, "missing required field `spec`"),
        ('format = 1\nspec = "1.0', "not a baseline: "),
        ("format = 0x" + "f" * 5000, "format of no version"),
        ("format = " + "9" * 5000, "not a baseline: "),
        ("format = " + "[" * 100_000, "nested too deeply"),
        (HEAD + "other = 1" + END, "unknown field `other`"),
        (HEAD + '[known]\n"a" = 1' + END, "Expected `object`, got `int`"),
        (HEAD + '[known]\n"a" = {outcome = "fail"}' + END, "'a' is not IMPLEMENTATION::"),
        (one('{outcome = "pass"}'), "Invalid enum"),
        (one('{outcome = "fail", why = "x"}'), "unknown field `why`"),
        (one('{outcome = "fail", ratio = nan}'), "nan is not a ratio"),
        (one('{outcome = "fail", ratio = -1}'), "-1.0 is not a ratio"),
        (one('{outcome = "fail", ratio = "1"}'), "Expected `float | null`, got `str`"),
        (one(f'{{outcome = "fail", ratio = 0x{"f" * 5000}}}'), "not a baseline"),
        (one(f'{{outcome = "fail"}}\n"{KEY}" = {{outcome = "fail"}}'), "overwrite"),
        (one(f'{{outcome = "fail"}}\n"{KEY}".outcome = "fail"'), "not a baseline"),
        (HEAD + '[ratios."numpy"]\n"a" = {float32 = 1.0}' + END, "MODE-DEVICE"),
        (HEAD + 'platform = "\\u001b[2J"' + END, "cannot be printed"),
    ],
)
def test_each_corrupt_file_has_one_clear_line(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = tmp_path / "broken.baseline"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BaselineError) as caught:
        baseline_file.read(path)
    said = str(caught.value)
    assert message in said
    assert said.startswith(str(path))
    assert "\n" not in said
    assert said.isprintable()


def test_a_cut_file_is_refused() -> None:
    made = update(report(result("fail", 5.0), result(function="sigmoid")))
    full = baseline_file.text(made).encode()
    for end in range(len(full) - 1):
        with pytest.raises(BaselineError):
            baseline_file.parse(full[:end])
    assert baseline_file.parse(full[:-1]) == baseline_file.parse(full)


@pytest.mark.parametrize("name", ["absent", "folder", "with\0nul", "/dev/zero"])
def test_what_is_not_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(BaselineError, match=r"no such baseline|not a regular file"):
        baseline_file.read(tmp_path / name)


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "such", tmp_path, tmp_path / "nul\0"):
        with pytest.raises(BaselineError, match="cannot be written"):
            baseline_file.write(path, Baseline())
    assert not list(tmp_path.iterdir())


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    baseline_file.write(tmp_path / "link", Baseline(spec="1.0"))
    assert (tmp_path / "link").is_symlink()
    assert baseline_file.read(tmp_path / "file").spec == "1.0"
