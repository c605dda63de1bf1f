"""Progress in a log: what is told where nothing comes."""

from __future__ import annotations

import time

from conformance.reporting.terminal import progress
from conformance.reporting.terminal.progress import Step, display


def test_a_log_says_what_is_under_way_where_nothing_comes(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_SILENT", 0.1)
    with display(lambda step: step) as show:
        show(Step(done=2, total=5, line="two of five", words="softmax float32 jit"))
        time.sleep(0.5)
    told = capsys.readouterr().err.splitlines()
    assert "two of five" not in told  # it is no news so soon
    assert told
    assert all(line.startswith("2/5") and "softmax float32 jit" in line for line in told)


def test_an_estimate_is_not_told_again_where_nothing_comes(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_SILENT", 0.1)
    with display(lambda step: step) as show:
        words = {"words": "about 7 s left · softmax", "waiting": "softmax"}
        show(Step(done=2, total=5, line="two of five", **words))
        time.sleep(0.5)
    told = capsys.readouterr().err.splitlines()
    assert told and all("left" not in line and "softmax" in line for line in told)


def test_a_log_of_what_comes_often_says_nothing_else(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_SILENT", 30.0)
    with display(lambda step: step) as show:
        for done in range(3):
            show(Step(done=done, total=3, line=f"{done} of three", words="softmax"))
        show(Step(done=3, total=3, line="three of three", urgent=True))
    assert capsys.readouterr().err.splitlines() == ["three of three"]
