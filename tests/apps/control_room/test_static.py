import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
VENDOR = STATIC / "vendor"
OWN = [path for path in sorted(STATIC.rglob("*")) if path.is_file() and VENDOR not in path.parents]
STYLES = [path for path in OWN if path.suffix == ".css"]
SCRIPTS = [path for path in OWN if path.suffix == ".js"]
MIN_TEXT_PX = 12
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def name_of(path: Path) -> str:
    return str(path.relative_to(STATIC))


def rules(path: Path) -> list[tuple[str, str]]:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    return [(selector.strip(), body) for selector, body in RULE.findall(text)]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def tokens() -> dict[str, tuple[str, str]]:
    text = (STATIC / "css/tokens.css").read_text()
    found = re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)", text)
    return {name: (light, dark) for name, light, dark in found}


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_alarm_colours_are_used_by_alarm_rules_only(path: Path) -> None:
    for selector, body in rules(path):
        if "var(--alarm-" in body:
            assert all(part.strip().startswith(".alarm-") for part in selector.split(",")), selector


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=name_of)
def test_colours_are_written_in_the_tokens_only(path: Path) -> None:
    if path.name != "tokens.css":
        assert not re.search(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3};", path.read_text())


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("surface", ["bg", "panel", "panel-2"])
def test_every_text_colour_reads_on_every_surface(theme: int, surface: str) -> None:
    palette = tokens()
    for name in ("text", "muted", "alarm-1", "alarm-2", "alarm-3", "alarm-4"):
        assert contrast(palette[name][theme], palette[surface][theme]) >= 4.5, name
    for name in ("line", "select"):
        assert contrast(palette[name][theme], palette[surface][theme]) >= 3, name


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_no_text_is_smaller_than_twelve_pixels(path: Path) -> None:
    text = path.read_text()
    sizes = [float(size) * 16 for size in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)rem", text)]
    assert all(size >= MIN_TEXT_PX for size in sizes), sizes


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_nothing_shines_floats_or_moves_but_the_alarm_symbol(path: Path) -> None:
    for selector, body in rules(path):
        # A hatch is a pattern with hard edges: it marks what is not live, and shades nothing.
        assert not re.search(r"(?<!repeating-linear-)gradient|box-shadow|text-shadow|transition", body), selector
        if re.search(r"animation\s*:", body):
            assert ".alarm-" in selector, selector


def test_the_alarm_symbol_blinks_once_a_second_and_rests_for_who_wants_less_motion() -> None:
    text = (STATIC / "css/alarms.css").read_text()
    assert set(re.findall(r"animation: alarm-blink\S+ (\S+)", text)) == {"1s"}
    assert "prefers-reduced-motion: reduce" in text


@pytest.mark.parametrize("path", OWN, ids=name_of)
def test_own_files_name_no_other_site(path: Path) -> None:
    addresses = re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text())
    assert [address for address in addresses if "www.w3.org" not in address] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_is_small_and_imports_only_what_is_here(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 300
    assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text)
    for target in re.findall(r"""^import [^"']*["']([^"']+)["'];""", text, flags=re.MULTILINE):
        assert (path.parent / target).is_file(), target


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_imports_only_names_that_are_exported(path: Path) -> None:
    wanted = re.findall(r"""^import \{([^}]*)\} from ["']([^"']+)["'];""", path.read_text(), flags=re.MULTILINE)
    for names, target in wanted:
        if "vendor" in target:
            continue
        exported = set(
            re.findall(r"export (?:async )?(?:const|function|class) (\w+)", (path.parent / target).read_text())
        )
        assert {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()} <= exported, target


def test_vendored_files_are_those_of_the_lock() -> None:
    lock = tomllib.loads((VENDOR / "vendor.lock").read_text())
    listed = {
        f"{package['name']}/{name}": digest for package in lock["package"] for name, digest in package["sha256"].items()
    }
    found = {
        str(path.relative_to(VENDOR)): sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "vendor.lock"
    }
    assert found == listed
    assert all((VENDOR / package["name"] / package["licence_file"]).is_file() for package in lock["package"])
