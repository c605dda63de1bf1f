"""Results files: written whole, read with one clear line for whatever is wrong with one."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import counterexample, realistic, result, small

from conformance.errors import ResultsError
from conformance.records import storage
from conformance.records.results import Report
from conformance.records.storage import read, schema, schema_text, write

SCHEMA_FILE = Path(__file__).parents[2] / "docs" / "results.schema.json"


def test_a_report_comes_back_as_it_was(tmp_path: Path) -> None:
    report = realistic(["numpy", "jax"])
    write(report, tmp_path / "a.json")
    assert read(tmp_path / "a.json") == report
    assert len(report.results) > 1000


def test_complete_is_written_last(tmp_path: Path) -> None:
    write(small(result()), tmp_path / "a.json")
    assert list(json.loads((tmp_path / "a.json").read_text()))[-1] == "complete"


def test_an_incomplete_report_is_readable(tmp_path: Path) -> None:
    write(small(result(), complete=False), tmp_path / "a.json")
    assert read(tmp_path / "a.json").complete is False


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"{", "cut off"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[]", "not a results file"),
        (b"{}", "no schema_version"),
        (b'{"a": 1, "b": 2}', "no schema_version"),
        (b'{"schema_version": 2}', "schema version 2, .* a newer conformance"),
        (b'{"schema_version": 0}', "schema version 0, .* make it again"),
        (b'{"schema_version": "1"}', "schema version unknown"),
        (b'{"schema_version": true}', "schema version unknown"),
        (b'{"schema_version": -%s}' % (b"9" * 4000), "schema version unknown"),
        (b'{"schema_version": 1e999}', "out of range"),
        (b'{"schema_version": %s}' % (b"9" * 5000), "out of range"),
        (b'{"schema_version": 1, "results": 3}', r"\$.results"),
        (b'{"schema_version": 1, "results": [{}]}', r"\$.results\[0\]"),
        (b'{"schema_version": 1, "complete": "yes"}', r"\$.complete"),
        (b'{"schema_version": 1, "x": %s}' % (b"[" * 10**5 + b"]" * 10**5), "nested too deeply"),
        (b'{"schema_version": 1, "spec_version": "\xff"}', "not JSON"),
    ],
)
def test_what_is_no_results_file_is_said_in_one_line(
    tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(ResultsError, match=said) as caught:
        read(tmp_path / "a.json")
    assert str(caught.value).startswith(f"{tmp_path / 'a.json'}: ")
    assert str(caught.value).isprintable()


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    for path, said in (
        (tmp_path, "a directory"),
        (tmp_path / "absent.json", "no such results file; `conformance run"),
        ("a\0b", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ):
        with pytest.raises(ResultsError, match=said):
            read(path)


def test_a_file_too_large_is_not_read_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "LARGEST", 10)
    (tmp_path / "a.json").write_bytes(b"{" * 11)
    with pytest.raises(ResultsError, match="over 10 bytes"):
        read(tmp_path / "a.json")


SMALL = msgspec.json.encode(small(result("fail", "inf", counterexample=counterexample())))


@given(st.integers(0, len(SMALL) - 1))
def test_every_truncation_is_refused_in_one_line(at: int) -> None:
    refused_or_read(SMALL[:at], must_fail=True)


@given(st.integers(0, len(SMALL) - 1), st.binary(max_size=3))
@settings(max_examples=300)
def test_every_damage_is_read_or_refused_in_one_line(at: int, put: bytes) -> None:
    refused_or_read(SMALL[:at] + put + SMALL[at + 1 :])


def refused_or_read(data: bytes, must_fail: bool = False) -> None:
    """Through a file descriptor's name, so that no file is made for each example."""
    reader, writer = os.pipe()
    with open(writer, "wb") as file:
        file.write(data)
    try:
        assert isinstance(read(f"/dev/fd/{reader}"), Report)
        assert not must_fail
    except ResultsError as error:
        assert str(error).isprintable()  # noqa: PT017
    finally:
        os.close(reader)


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write(small(result()), path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match=r"a\.json: cannot be written: No space left"):
        write(realistic(["numpy"]), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.json"]


def test_writing_keeps_permissions_and_links(tmp_path: Path) -> None:
    path, link = tmp_path / "a.json", tmp_path / "link.json"
    path.touch()
    path.chmod(0o640)
    link.symlink_to(path)
    write(small(result()), link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert read(path).complete


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    write(small(), fifo)
    assert json.loads(os.read(reader, 65536))["complete"] is True
    os.close(reader)
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "a.json", "a\0b"):
        with pytest.raises(ResultsError, match="cannot be written"):
            write(small(), path)


def test_text_that_is_not_unicode_is_replaced(tmp_path: Path) -> None:
    write(small(result("error", None, message="file \udcff")), tmp_path / "a.json")
    assert read(tmp_path / "a.json").results[0].message == "file ?"


def test_the_published_schema_is_up_to_date() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_reports_follow_the_schema() -> None:
    check = jsonschema.Draft202012Validator(schema())
    check.check_schema(schema())
    check.validate(json.loads(msgspec.json.encode(realistic(["jax"]))))
    for wrong in ({}, {"schema_version": 2, "complete": True}, {"schema_version": 1}):
        assert not check.is_valid(wrong)
