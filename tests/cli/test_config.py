"""Options from the command line, from pytest and from pyproject.toml: the same values, checked."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import config, options
from conformance.cli.options import OPTIONS
from conformance.cli.values import settings_of, values_from
from conformance.errors import UsageError
from conformance.floats import FORMATS
from conformance.functions import FUNCTIONS
from conformance.model import GRADES


def given(*arguments: str, **configured: Any) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    options.add_to_argparse(parser)
    named = {name.replace("_", "-"): value for name, value in configured.items()}
    return values_from(parser.parse_args(arguments), named)


class Group:
    """Stands for pytest's option group: argparse with prefixed names."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser()

    def addoption(self, *names: str, **words: Any) -> None:
        self.parser.add_argument(*names, **words)


class Config:
    """Stands for pytest's configuration."""

    def __init__(self, namespace: argparse.Namespace) -> None:
        self.namespace = namespace

    def getoption(self, name: str, default: Any = None) -> Any:
        return getattr(self.namespace, name, default)


def test_nothing_given_is_the_defaults() -> None:
    values = given()
    assert values["effort"] == "default" and values["grade"] == "standard"
    assert values["dtype"] == values["only"] == () and values["timeout"] == 60.0
    assert set(values) == {option.dest for option in OPTIONS.values()}


def test_lists_are_separated_by_commas_or_repeated() -> None:
    assert given("--dtype", "float16,bfloat16", "--dtype", "float32", "--dtype", "float16")[
        "dtype"
    ] == ("float16", "bfloat16", "float32")


def test_functions_may_be_spelt_as_laws_spell_them() -> None:
    assert given("--function", "cross-entropy-with-logits")["function"] == (
        "cross_entropy_with_logits",
    )


def test_the_command_line_comes_before_the_file() -> None:
    assert given("--effort", "quick", effort="thorough", seed=3)["effort"] == "quick"
    assert given(effort="thorough")["effort"] == "thorough"
    assert given("--quiet", quiet=False)["quiet"] is True


@pytest.mark.parametrize("option", ["--seed", "--hypothesis-seed"])
def test_the_seed_has_two_names(option: str) -> None:
    assert given(option, "17")["seed"] == 17


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("3", 3)])
def test_workers(text: str, count: int) -> None:
    assert given("-n", text)["workers"] == count
    assert given("-n", "auto")["workers"] >= 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--dtype", "float33"), "--dtype: no dtype 'float33'. Did you mean 'float32'?"),
        (("--dtype", "f8"), "--dtype: no dtype 'f8'"),
        (("--dtype", "float16,,"), "--dtype: an empty name"),
        (("--function", "sofmax"), "Did you mean 'softmax'?"),
        (("--function", "relu"), "--function: no function 'relu'"),
        (("--mode", "git"), "Did you mean 'jit'?"),
        (("--grade", "Strict"), "Did you mean 'strict'?"),
        (("--effort", "through"), "Did you mean 'thorough'?"),
        (("--fail-on", "may"), "there are must, should"),
        (("--device", "cuda:x"), "not a device; devices are cpu, cuda, cuda:1, gpu, all"),
        (("--device", ""), "not a device"),
        (("--timeout", "soon"), "--timeout: 'soon' is not a number of at least 0.1"),
        (("--timeout", "nan"), "is not a number"),
        (("--timeout", "0"), "is not a number of at least 0.1"),
        (("--worse-factor", "0.5"), "at least 1"),
        (("--seed", "-1"), "is not a whole number of at least 0"),
        (("--seed", "9" * 5000), "is not a whole number"),
        (("-n", "many"), "is not a whole number of at least 0, or auto"),
        (("--json", " "), "is not the name of a file"),
        (("--html", "a\0b"), "is not the name of a file"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        given(*arguments)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_the_values_that_are_known_are_those_of_the_suite() -> None:
    from conformance.examine import selection

    there = {
        "dtype": FORMATS, "function": FUNCTIONS, "grade": GRADES, "effort": selection.EFFORTS,
    }  # fmt: skip
    for name, values in there.items():
        known = OPTIONS[name].known
        assert known is not None and tuple(known()) == tuple(values)


def test_pytest_has_the_same_options_with_a_prefix() -> None:
    group = Group()
    options.add_to_pytest(group)
    arguments = [
        "--conformance",
        "a.py",
        "--conformance",
        "torch",
        "--conformance-dtype",
        "float16",
    ]
    namespace = group.parser.parse_args(arguments)
    assert namespace.conformance == ["a.py", "torch"]
    assert values_from(Config(namespace), {"effort": "quick"}) == given(
        "--dtype", "float16", "--effort", "quick"
    )


def test_settings() -> None:
    given = {"dtype": ["float16"], "only": "softmax/*", "seed": 2, "grade": "strict"}
    settings = settings_of(values_from(given))
    assert settings.dtypes == ("float16",) and settings.only == ("softmax/*",)
    assert settings.seed == 2 and settings.grade == "strict"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("softmax/acuracy", "Did you mean 'softmax/accuracy'"), ("zzzz", "`conformance spec` lists")],
)
def test_a_law_that_matches_nothing(pattern: str, said: str) -> None:
    with pytest.raises(UsageError, match="no law") as caught:
        settings_of(values_from({"only": [pattern]}))
    assert said in str(caught.value)


def write(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_table_is_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, "[tool.ruff]\nline-length = 100\n")
    assert config.read(tmp_path) == {}


def test_the_nearest_table_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "src" / "deep"
    inner.mkdir(parents=True)
    write(tmp_path, '[tool.conformance]\ndtype = ["float16"]\neffort = "quick"\n')
    write(tmp_path / "src", "[project]\nname = 'x'\n")
    monkeypatch.chdir(inner)
    assert config.read() == {"dtype": ("float16",), "effort": "quick"}


def test_files_are_relative_to_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    write(
        tmp_path,
        '[tool.conformance]\nimplementations = ["torch", "mine.py"]\nbaseline = "b.baseline"\n',
    )
    monkeypatch.chdir(tmp_path)
    assert config.read() == {"implementations": ("torch", "mine.py"), "baseline": "b.baseline"}
    monkeypatch.chdir(inner)
    found = config.read()
    assert Path(found["baseline"]).resolve() == tmp_path / "b.baseline"
    assert Path(found["implementations"][1]).resolve() == tmp_path / "mine.py"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.conformance]\ndtpye = 'float16'\n", "no option 'dtpye'. Did you mean 'dtype'?"),
        ("[tool.conformance]\nimplementation = ['a.py']\n", "Did you mean 'implementations'?"),
        ("[tool.conformance]\nupdate_baseline = true\n", "Did you mean 'update-baseline'?"),
        ("[tool.conformance]\nimplementations = 'a.py'\n", "is not a list of names and files"),
        ("[tool.conformance]\nimplementations = []\n", "is not a list of names and files"),
        ("[tool.conformance]\ndtype = 16\n", "[tool.conformance] dtype: 16 is not a list of names"),
        ("[tool.conformance]\nseed = 1.5\n", "1.5 is not a whole number"),
        ("[tool.conformance]\nseed = true\n", "True is not a whole number"),
        ("[tool.conformance]\ntimeout = true\n", "True is not a number"),
        ("[tool.conformance]\nquiet = 'yes'\n", "'yes' is not true or false"),
        ("[tool.conformance]\njson = 3\n", "3 is not the name of a file"),
        ("[tool.conformance]\neffort = ['quick']\n", "no effort"),
        ("[tool]\nconformance = 3\n", "tool.conformance is not a table"),
        ("[tool.conformance\n", "cannot be read"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        config.read(tmp_path)
    assert said in str(caught.value) and path.name in str(caught.value)
    assert "\n" not in str(caught.value)
