"""What is not whole, not CGMES 2.4.15 or contradicts itself is refused with file, identity and remedy."""

import random
import re
import zipfile
from pathlib import Path

import pytest

from gridops.cases import CaseError
from gridops.cases.cgmes import files
from gridops.cases.cgmes.source import read
from gridops.cases.checks import examined
from tests.cases.cgmes.writer import Things, document, equipment, folder, machine, states, uid

SEED, MUTANTS = 20, 150


def without(things: Things, *names: str) -> Things:
    return {name: thing for name, thing in things.items() if name not in names}


def changed(name: str, **attributes: str) -> Things:
    kind, before = equipment()[name]
    return equipment() | {name: (kind, before | {key.replace("__", "."): value for key, value in attributes.items()})}


def refusal(source: str) -> str:
    with pytest.raises(CaseError) as refused:
        examined(read(source))
    return "\n".join(f"{element}: {text}" for element, text in [(refused.value.element, refused.value.text),
                                                                *refused.value.others])  # fmt: skip


@pytest.mark.parametrize(
    ("eq", "words"),
    [
        (without(equipment(), "bv20"), ["BaseVoltage", uid("bv20"), "EQBD"]),
        (without(equipment(), "end"), ["ConnectivityNode", uid("end"), "EQBD"]),
        (without(equipment(), "ln"), ["ConductingEquipment", uid("ln"), "EQ.xml"]),
        (without(equipment(), "t.tr.2"), ["Terminal", uid("t.tr.2")]),
        (without(equipment(), "t.ln.2"), ["ACLineSegment L1", "1 of 2 terminals"]),
        (without(equipment(), "w2"), ["PowerTransformer T1", "1 ends"]),
        (changed("ln", ACLineSegment__x="many"), ["ACLineSegment.x", "'many'", "EQ.xml"]),
        (changed("w1", PowerTransformerEnd__ratedU="0"), ["ratedU"]),
    ],
)
def test_what_is_missing_is_named_with_its_identity_and_remedy(tmp_path: Path, eq: Things, words: list[str]) -> None:
    text = refusal(folder(tmp_path / "grid", eq))
    assert all(word in text for word in words), text


def test_the_boundary_file_cures_a_missing_base_voltage(tmp_path: Path) -> None:
    source = folder(tmp_path / "grid", without(equipment(), "bv20"))
    boundary = tmp_path / "EQBD.xml"
    boundary.write_text(document("EQBD", {"bv20": equipment()["bv20"]}))
    assert len(read(f"{source},{boundary}").nodes) == 4


def test_files_of_a_whole_profile_that_are_missing_are_named(tmp_path: Path) -> None:
    source = folder(tmp_path / "grid")
    (tmp_path / "grid" / "SSH.xml").unlink()
    assert "SSH" in refusal(source)
    (tmp_path / "grid" / "EQ.xml").unlink()
    assert "no XML file" in refusal(source)
    bus_branch = {
        name: (kind, {key: value for key, value in attributes.items() if key != "Terminal.ConnectivityNode"})
        for name, (kind, attributes) in equipment().items()
    }
    assert "topology file (TP)" in refusal(folder(tmp_path / "grid", bus_branch))


def test_another_version_of_cim_is_named(tmp_path: Path) -> None:
    source = folder(tmp_path / "grid", EQ=document("EQ", equipment(), cim="http://iec.ch/TC57/CIM100#"))
    assert re.search(r"EQ\.xml: .*CIM100 \(CGMES 3\.0\).*2\.4\.15", refusal(source))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document("EQ", equipment())[:2000], "not whole XML"),
        ("", "not whole XML"),
        ("<html></html>", "instead of <rdf:RDF>"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', "document type declaration"),
        (document("EQ", {}), "holds no object"),
    ],
)
def test_a_file_that_is_not_cgmes_is_refused(tmp_path: Path, content: str, words: str) -> None:
    text = refusal(folder(tmp_path / "grid", EQ=content))
    assert "EQ.xml" in text
    assert words in text


def test_an_identity_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = document("EQ", equipment())
    line = next(row for row in text.splitlines() if "<cim:ACLineSegment" in row)
    source = folder(tmp_path / "grid", EQ=text.replace(line, f"{line}\n{line}"))
    assert f"ACLineSegment {uid('ln')} twice" in refusal(source)


def test_two_versions_of_one_file_are_refused(tmp_path: Path) -> None:
    source = folder(tmp_path / "grid", EQ2=document("EQ", changed("ln", ACLineSegment__x="9.9")))
    assert "ACLineSegment.x = 9.9" in refusal(source)


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_and_a_zip_of_zips_are_read_like_the_folder(tmp_path: Path) -> None:
    plain = read(folder(tmp_path / "grid"))
    members = {path.name: path.read_bytes() for path in (tmp_path / "grid").iterdir()}
    one = zipped(tmp_path / "one.zip", members)
    inner = {name.replace("xml", "zip"): zipped(tmp_path / f"{name}.zip", {name: content}).read_bytes()
             for name, content in members.items()}  # fmt: skip
    for source in (f"cgmes:{one}", str(one), f"cgmes:{zipped(tmp_path / 'two.zip', inner)}"):
        assert read(source).nodes == plain.nodes


def test_a_zip_that_is_cut_or_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = zipped(tmp_path / "whole.zip", {"EQ.xml": document("EQ", equipment()).encode()})
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-40])
    assert "no whole zip" in refusal(f"cgmes:{cut}")
    monkeypatch.setattr(
        files._Budget, "__init__", lambda self: (setattr(self, "left", 1000), setattr(self, "members", 9))[0]
    )
    assert "larger than" in refusal(f"cgmes:{zipped(tmp_path / 'bomb.zip', {'EQ.xml': bytes(10**6)})}")


def mutant(text: str, dice: random.Random) -> str:
    rows = text.split("\n")
    at = dice.randrange(3, len(rows))
    kind = dice.randrange(5)
    if kind == 0:
        rows.pop(at)
    elif kind == 1:
        rows[at] = re.sub(r">[-\d.]+<", dice.choice([">NaN<", ">-1e9<", ">0<", "><", ">x<", ">1e400<"]), rows[at])
    elif kind == 2:
        rows[at] = re.sub(r"#_[0-9a-f-]+", f"#_{uid(dice.choice(['hv', 'mv', 'tr', 'nowhere', 'bv20']))}", rows[at])
    elif kind == 3:
        rows[at] = rows[at][: dice.randrange(len(rows[at]) + 1)]
    else:
        rows[at] = re.sub(
            r"cim:[A-Z]\w+", dice.choice(["cim:Breaker", "cim:Terminal", "cim:PowerTransformer"]), rows[at]
        )
    return "\n".join(rows)


def test_a_mangled_source_is_read_or_refused_but_never_fails_otherwise(tmp_path: Path) -> None:
    dice = random.Random(SEED)
    things, state = machine()
    eq, ssh = document("EQ", equipment() | things), document("SSH", states() | state, states=True)
    refused = 0
    for _ in range(MUTANTS):
        mangled_eq, mangled_ssh = eq, ssh
        for _ in range(dice.randrange(1, 4)):
            if dice.random() < 0.75:
                mangled_eq = mutant(mangled_eq, dice)
            else:
                mangled_ssh = mutant(mangled_ssh, dice)
        source = folder(tmp_path / "grid", EQ=mangled_eq, SSH=mangled_ssh)
        try:
            examined(read(source))
        except CaseError as error:
            refused += 1
            assert error.text
    assert 0 < refused < MUTANTS
