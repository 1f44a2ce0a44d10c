"""Files that the field hands over: each is there as a whole or not at all."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def is_told(mark: Path, identity: str) -> bool:
    """Whether the past of this field was handed over already."""
    return mark.is_file() and mark.read_text(encoding="utf-8") == identity
