"""`conformance.check` with objects, its report, and the score."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import reports
import scipy.special
from check_objects import Zeros, my_gradient, my_softmax, zeros

import conformance
from conformance.checking.report import NonConformanceError, Report
from conformance.cli import main as cli
from conformance.errors import LoadError, UsageError
from conformance.objects.libraries import library
from conformance.objects.naming import reference
from conformance.reporting.score import line, score

QUICK = {"dtype": "float32", "effort": "quick", "only": "softmax/accuracy", "workers": 1}
LAST = "softmax(axis=-1)"


def here(*objects, **options):
    return conformance.check(*objects, isolate=False, **{**QUICK, **options})


def test_functions_by_name_are_one_implementation():
    report = here(softmax=my_softmax, softmax_vjp=my_gradient, only="softmax/*accuracy")
    assert report.conforms and report.failures == []
    assert {r.invariant for r in report.results} >= {
        "softmax/accuracy",
        "softmax/gradient-accuracy",
    }
    assert [i.name for i in report.implementations] == ["my_softmax"]
    report.raise_for_failures()


def test_a_wrong_kernel_raises_only_when_asked(tmp_path):
    report = here([zeros, Zeros], my_softmax, as_=LAST)
    assert not report.conforms
    assert [r.implementation for r in report.failures] == ["zeros", "Zeros"]
    assert [row["conforms"] for row in report.table()] == [False, False, True]
    with pytest.raises(NonConformanceError, match=r"softmax/accuracy  zeros float32"):
        report.raise_for_failures()
    assert report.to_html(tmp_path / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert json.loads(report.to_json(tmp_path / "r.json").read_text())["complete"]
    assert report.score()["status"] == 1


def test_a_report_is_a_few_lines_and_a_table():
    many = [reports.result("fail", invariant=f"softmax/law-{k}", ratio=9.0) for k in range(30)]
    record = reports.small(*many)
    report = Report(**{f: getattr(record, f) for f in record.__struct_fields__})
    lines = repr(report).splitlines()
    assert len(lines) == 7 and "does not conform" in lines[0]
    assert lines[-1].endswith("and 25 more: report.failures, report.table()")
    assert report._repr_html_().count("<tr>") == 2
    assert not Report().conforms


def test_an_object_is_examined_apart_and_may_crash_there():
    report = conformance.check(zeros.crash, my_softmax, as_=LAST, **QUICK)
    assert [r.outcome for r in report.results] == ["error", "pass"]
    assert "status 3" in report.results[0].message


def test_what_another_process_cannot_find_is_pickled(tmp_path, monkeypatch):
    scale = np.float32(1)

    def local(x):
        return my_softmax(scale * x)

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LoadError, match="install cloudpickle, or pass isolate=False"):
        reference(local, tmp_path)
    monkeypatch.undo()
    assert here(local, as_=LAST).conforms
    assert here(lambda x: my_softmax(x), as_=LAST).conforms
    pytest.importorskip("cloudpickle")
    assert conformance.check(local, as_=LAST, **QUICK).conforms


def test_objects_are_found_by_their_names(tmp_path):
    assert reference(json.dumps, tmp_path) == "json:dumps"
    assert reference(np.exp, tmp_path) == "numpy:exp"
    assert reference(scipy.special.expit, tmp_path) == "scipy.special:expit"
    assert reference(zeros, tmp_path).endswith("zeros")
    assert reference(zeros.crash, tmp_path).endswith("zeros.crash")


def test_a_script_that_does_not_guard_its_check_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import conformance, numpy as np\n"
        "def softmax(x):\n    return np.exp(x)\n"
        "print(conformance.check(softmax, dtype='float32', only='softmax/accuracy', workers=1))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert "guard the call with if __name__ == '__main__':" in done.stderr.splitlines()[-1]


def test_the_library_is_that_of_the_code():
    torch = pytest.importorskip("torch")
    assert library(my_softmax) == "numpy"
    assert library(lambda x: torch.softmax(x, -1)) == "torch"
    assert library(torch.nn.Softmax(-1)) == "torch"
    assert library(len) == ""


@pytest.mark.parametrize(
    ("objects", "options", "words"),
    [
        ((3,), {"as_": LAST}, "3: is an int and cannot be called"),
        (
            (my_softmax,),
            {},
            "say which function of the spec it is, such as --as",
        ),
        ((my_softmax,), {"as_": "softmx"}, "Did you mean 'softmax'?"),
        ((my_softmax,), {"as_": [LAST, LAST]}, "as_ has 2 calls for 1 objects"),
        ((), {"softmx": my_softmax}, "Did you mean 'softmax'?"),
        (([],), {}, "the list of objects is empty"),
        ((), {"as_": LAST}, "as_ needs an object"),
        ((), {"softmax_vjp": my_gradient}, "softmax_vjp without softmax"),
    ],
)
def test_mistakes_are_one_line(objects, options, words):
    with pytest.raises((LoadError, UsageError)) as caught:
        here(*objects, **options)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_the_score_of_a_report():
    found = score(
        reports.small(
            reports.result(ratio=0.25),
            reports.result("fail", invariant="softmax/sums-to-one", ratio="inf"),
            reports.result("error", invariant="softmax/keeps-dtype", ratio=None),
            reports.result("fail", invariant="softmax/owns-its-result", level="should", ratio=2.0),
        ),
        status=1, seconds=1.234,
    )  # fmt: skip
    assert not found["conforms"] and found["seconds"] == 1.23
    assert found["broken"]["must"] == {"softmax/sums-to-one": "inf", "softmax/keeps-dtype": None}
    assert found["broken"]["should"] == {"softmax/owns-its-result": 2.0}
    assert found["raised"] == ["softmax/keeps-dtype"]
    assert found["worst"]["law"] == "softmax/sums-to-one"
    assert json.loads(line(found)) == found


def test_the_worst_of_a_score_is_that_of_must_laws():
    missed = reports.result("fail", 6.7e13, level="should", invariant="softmax/relative")
    found = score(reports.small(reports.result(ratio=0.5), missed), status=0)
    assert (found["worst"]["ratio"], found["conforms"]) == (0.5, True)
    assert found["broken"]["should"] == {"softmax/relative": 6.7e13}


def test_one_line_on_standard_output_and_nothing_else(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k.py").write_text("import numpy as np\nsoftmax = lambda x: np.zeros_like(x)\n")
    run = ["run", "k.py", "--dtype", "float32", "--effort", "quick", "--only", "softmax/accuracy"]
    assert cli.main([*run, "-n", "1", "--score", "--seed", "random"]) == 1
    out = capsys.readouterr().out
    found = json.loads(out)
    assert out.count("\n") == 1 and found["status"] == 1 and found["seed"] > 0
    assert found["worst"]["input"]["x"]["dtype"] == "float32"
    assert cli.main([*run, "-n", "1", "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["complete"]
    assert cli.main([*run, "--json", "-", "--score"]) == 4
    assert "both want standard output" in capsys.readouterr().err
    assert cli.main([*run, "--seed", "dice"]) == 4
    assert "is not a whole number of at least 0, or random" in capsys.readouterr().err
