"""`conformance finding`: what a maintainer is told, and the ids that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from reports import counterexample, info, result, small

from conformance.cli import main as cli
from conformance.kernels.importing import resolve
from conformance.records import storage
from conformance.records.results import ArrayText, Report
from conformance.reporting.finding import finding


def report(deviations: dict[str, str] | None = None, **fields: object) -> Report:
    about = msgspec.structs.replace(
        info(name="numpy"), file=str(resolve("numpy")), deviations=deviations or {}
    )
    x = ArrayText(dtype="float32", shape=[1, 2], values=["0x1.4p+2", "0x0p+0"])
    c = counterexample(arguments={"x": x}, got="0x1p-1 (0.5)", exact="0x1.fcp-2 (0.496)", **fields)
    return small(result("fail", 9.0, counterexample=c), implementations=[about])


def test_it_has_versions_numbers_and_the_law() -> None:
    text = finding(report(), report().results[0])
    assert text.startswith("## numpy 2.4.6: softmax(x, axis=-1) in float32 gives 0.5, exact is 0.")
    assert "certified by ball arithmetic: 0x1.fcp-2" in text
    assert "- error: 1.3·10⁵ ulp" in text  # 2^-8 in units of 2^-25
    assert "largest error / bound found: 9.00" in text
    assert "no thread is named" in text


def test_the_script_in_it_runs() -> None:
    text = finding(report(), report().results[0])
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    done = subprocess.run([sys.executable, "-c", code[1]], capture_output=True, text=True)
    assert done.returncode == 0 and "0.9933" in done.stdout


def test_the_threads_that_the_file_names_are_linked() -> None:
    why = {"softmax/sums-to-one": "see https://example.org/a/1, and docs"}
    declared = report(why)
    text = finding(declared, declared.results[0])
    assert text.endswith("Upstream: <https://example.org/a/1>\n")


def test_words_of_the_file_close_no_block_and_are_no_markup() -> None:
    hostile = report(claim="```\n<script>")
    text = finding(hostile, hostile.results[0])
    fence = re.search(r"^(`{3,})python$", text, re.MULTILINE)
    assert fence is not None and len(fence[1]) > 3
    assert "<script>" not in text.rpartition(fence[1])[2]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "results.json"
    storage.write(report(), file)
    assert cli.main(["finding", "--from", str(file)]) == 0
    assert capsys.readouterr().out == "7f3a1c  numpy  float32  softmax/sums-to-one\n"
    assert cli.main(["finding", "7F3A1C", "--from", str(file)]) == 0
    assert capsys.readouterr().out == finding(report(), report().results[0])
    assert cli.main(["finding", "7f3a1d", "--from", str(file)]) == 4
    assert "Did you mean '7f3a1c'?" in capsys.readouterr().err
    law = ["--law", "softmax/accuracy"]
    assert cli.main(["finding", "7f3a1c", "--from", str(file), *law]) == 4
    assert "breaks softmax/sums-to-one" in capsys.readouterr().err
