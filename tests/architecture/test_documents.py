"""The documents speak of what is there: paths, commands, variables and links."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture.house import ROOT, tracked

FENCE = re.compile(r"^```.*?^```$", flags=re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]+)+/?|[\w.<>*-]+/")
FILE = re.compile(r"[\w*-]+\.(?:py|md|html|js|mjs|css|toml|txt|in|sh)")
DRAWN = re.compile(r"(?<![\w./-])(?:gridops|apps|templates|static|tests|docs)/[\w./-]*\w")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
PLACEHOLDER = re.compile(r"<[\w-]+>")
# Folders of a running site and of a developer; the repository does not hold them.
ELSEWHERE = ("VAR/", ".venv/", "var/")
VARIABLE = re.compile(r"GRIDOPS_[A-Z_]+|DATABASE_URL|REDIS_URL")


@cache
def present() -> frozenset[str]:
    """Files of the repository and the folders that hold them."""
    files = [PurePosixPath(path.relative_to(ROOT)) for path in tracked()]
    return frozenset(str(place) for file in files for place in (file, *file.parents))


def documents() -> list[Path]:
    mine = {"ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "CHANGELOG.md"}
    named = [(path, path.relative_to(ROOT)) for path in tracked()]
    return [path for path, name in named if str(name) in mine or (name.parts[0] == "docs" and path.suffix == ".md")]


def is_there(path: str) -> bool:
    pattern = PLACEHOLDER.sub("*", path.rstrip("/"))
    if pattern in present():
        return True
    if "/" not in pattern:  # a bare name stands for that file or folder of some app
        return any(fnmatchcase(PurePosixPath(place).name, pattern) for place in present())
    alike = (place for place in present() if place.count("/") == pattern.count("/"))
    return "*" in pattern and any(fnmatchcase(place, pattern) for place in alike)


def named_paths(text: str) -> Iterator[str]:
    prose = FENCE.sub("", text)
    for span in SPAN.findall(prose):
        if (PATH.fullmatch(span) or FILE.fullmatch(span)) and not span.startswith(ELSEWHERE):
            yield span
    for block in FENCE.findall(text):
        yield from DRAWN.findall(block)


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def commands() -> set[str]:
    ours = {path.stem for path in tracked() if path.parent.name == "commands"}
    return ours | {"migrate", "makemigrations", "createsuperuser", "shell", "check", "collectstatic"}


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
class TestDocument:
    def test_every_path_exists(self, document: Path) -> None:
        assert [path for path in named_paths(document.read_text()) if not is_there(path)] == []

    def test_every_link_leads_somewhere(self, document: Path) -> None:
        targets = [(document.parent / target).resolve() for target in LINK.findall(document.read_text())]
        assert [target for target in targets if str(target.relative_to(ROOT)) not in present()] == []

    def test_every_make_target_exists(self, document: Path) -> None:
        told = re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(), flags=re.MULTILINE)
        assert set(told) <= make_targets()

    def test_every_management_command_exists(self, document: Path) -> None:
        told = re.findall(r"manage\.py ([a-z_]+)", document.read_text())
        assert set(told) <= commands()


def test_operations_tells_of_every_variable_that_is_read_and_of_no_other() -> None:
    read = {name for path in (ROOT / "gridops").glob("*.py") for name in VARIABLE.findall(path.read_text())}
    told = set(VARIABLE.findall((ROOT / "docs" / "operations.md").read_text()))
    assert told == read


def test_operations_tells_of_every_command_of_the_apps() -> None:
    ours = {path.stem for path in tracked() if path.parent.name == "commands" and path.stem != "__init__"}
    told = set(re.findall(r"manage\.py ([a-z_]+)", (ROOT / "docs" / "operations.md").read_text()))
    assert ours - told == set()


def test_every_decision_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "adr"
    files = {path.name for path in folder.glob("[0-9]*.md")}
    assert files
    assert set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())) == files


@pytest.mark.parametrize(
    "text", ["see `gridops/nowhere.py`", "see `apps/<app>/nowhere.py`", "`nowhere.py`", "```text\napps/nowhere\n```"]
)
def test_a_path_that_does_not_exist_is_noticed(text: str) -> None:
    assert [path for path in named_paths(text) if not is_there(path)] != []


@pytest.mark.parametrize(
    "text", ["see `gridops/settings.py`", "`apps/<app>/models.py`", "`choices.py`", "```text\n| apps/live |\n```"]
)
def test_a_path_that_exists_is_recognised(text: str) -> None:
    found = list(named_paths(text))
    assert found
    assert all(map(is_there, found))
