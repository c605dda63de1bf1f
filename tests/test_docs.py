"""The pages: generated ones are what the code says, links and paths lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conformance
from conformance.cli import main as cli
from conformance.records import storage
from conformance.reporting.revealed import parts
from conformance.reporting.specification import page
from conformance.spec import catalogue

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
IDS = [str(p.relative_to(ROOT)) for p in PAGES]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("spec.md", lambda: page(catalogue())),
        ("cli.md", cli.reference),
        ("results.schema.json", storage.schema_text),
    ],
)
def test_generated_pages_are_up_to_date(name, made):
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == made()


def test_the_page_of_the_spec_has_every_law():
    text = (ROOT / "docs/spec.md").read_text(encoding="utf-8")
    for clause, law in catalogue().items():
        function, _, name = clause.partition("/")
        section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert f"**{law.level}** for" in section
        assert f"`{function}`" in section


def _prose(path):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)


def _anchor(heading):
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_links_lead_somewhere(path):
    for target in re.findall(r"(?<!\\)\]\(([^)\s]+)\)", _prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = path if not name else (path.parent / name).resolve()
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), flags=re.M)
            assert anchor in map(_anchor, headings), target


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_named_files_exist(path):
    """Paths of ours in `code`: from the root, or beside what was named before."""
    for name in re.findall(r"`((?:conformance|tests|implementations|benchmarks|docs)/[^`\s]*)`",
                           _prose(path)):  # fmt: skip
        if not re.search(r"[*<>{}]|NAME|my_", name):
            assert (ROOT / name.partition("::")[0]).exists(), name


_WITH_PARTS = ("", "reporting", "spec", "numerics", "numerics/bounds")


def test_architecture_is_short_and_its_tree_is_there():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90
    named = re.findall(r"`([a-z_]+(?:/[a-z_]*)?(?:\.py)?)`", text)
    inside = [name for name in named if "/" in name or name.endswith(".py")]
    assert len(inside) > 30
    for name in inside:
        places = [ROOT, *(ROOT / "conformance" / room for room in _WITH_PARTS)]
        assert any((place / name).exists() for place in places), name


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_laws_that_are_named_exist(path):
    laws = set(catalogue())
    slugs = "|".join(sorted({clause.partition("/")[0] for clause in laws}, key=len, reverse=True))
    for name in re.findall(rf"(?<![\w/-])((?:{slugs})/[a-z][a-z-]+[a-z])(?![\w/.*-])",
                           path.read_text(encoding="utf-8")):  # fmt: skip
        assert name in laws, name


def test_versions_agree():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {conformance.__version__}" in citation.replace('"', "")
    assert f"[{conformance.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_contributing_has_three_commands():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    first = re.search(r"```sh\n(.*?)```", text, flags=re.S)
    assert first is not None
    assert len(first[1].strip().splitlines()) == 3


def test_the_law_that_is_gone_through_is_the_one_in_the_spec():
    text = (ROOT / "docs/writing-a-law.md").read_text(encoding="utf-8")
    shown = re.search(r"```python\n(.*?)```", text, flags=re.S)
    source = (ROOT / "conformance/spec/ranges.py").read_text(encoding="utf-8")
    assert shown is not None
    assert shown[1] in re.sub(r"  # fmt: skip", "", source)


def _cited():
    """Every lemma that the package, its tests or its pages name, and where."""
    found = {}
    for folder, kinds in (("conformance", ("py",)), ("tests", ("py",)), ("docs", ("md",))):
        for kind in kinds:
            for path in (ROOT / folder).rglob(f"*.{kind}"):
                for number in re.findall(r"Lemma (\d+)", path.read_text(encoding="utf-8")):
                    found.setdefault(int(number), []).append(path.name)
    return found


def test_every_lemma_that_is_cited_is_stated_and_proven():
    page = (ROOT / "docs/bounds.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", page, flags=re.M)
    stated = {int(s.split(":")[0].removeprefix("Lemma ")): s for s in sections
              if s.startswith("Lemma ")}  # fmt: skip
    assert sorted(stated) == list(range(1, len(stated) + 1))
    assert _cited().keys() <= stated.keys()
    for number, section in stated.items():
        _, statement, rest = section.split("*", 2)
        proof = rest.partition("*Proof.*")[2]
        assert len(statement) > 40, number
        assert len(proof.partition("∎")[0]) > 60, number


def test_a_lemma_that_code_cites_is_among_them():
    """The search finds citations at all: the sums of softmax rest on the first."""
    assert "budget.py" in _cited()[1]
    assert "rows.py" in _cited()[4]


@pytest.mark.parametrize("path", PAGES, ids=IDS)
def test_failures_that_are_shown_have_the_words_of_their_law(path):
    """A sample of a report is of a law that exists, with its formula, bound and mistakes."""
    for shown in re.findall(r"^✗ .*?(?=\n\n|\n```|^\[)", path.read_text("utf-8"), re.S | re.M):
        law = catalogue()[shown.split()[1]]
        said = " ".join(shown.split())
        words = [law.says, *([law.bound] if "allowed" in said else [])]
        assert [w for w in words if " ".join(w.split()) not in said] == []
        if "reveals" in said:
            assert any(" ".join(w.split()) in said for w in parts(law.reveals).values())


def test_mutation_testing_names_laws_that_exist():
    names = {clause.partition("/")[2] for clause in catalogue()}
    text = (ROOT / "docs/mutation-testing.md").read_text(encoding="utf-8")
    told = re.findall(r"`([a-z]+(?:-[a-z]+)+)`", text)
    assert told
    assert set(told) <= names
