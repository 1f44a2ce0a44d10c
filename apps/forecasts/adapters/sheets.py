"""Text of a CSV file as people write it: separators, encodings, and numbers with commas, points and spaces."""

import re
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
FIRST_LINE = 2  # of the file: the names stand in the first
_LEAST_ROWS = 2
_SEPARATORS = (";", "\t", "|", ",")
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
_MISSING = frozenset({"", "na", "nan", "null", "none", "n/a", "-"})
_NOTHING = (FileNotFoundError, IsADirectoryError)
_RAGGED = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")
_IN_QUOTES = re.compile(r'"[^"]*"')
_GROUPS_OF_COMMA = r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"
_GROUPING = r"(?<=\d)[\s'\u00a0\u2009\u202f](?=\d{3})"


class Unreadable(Exception):
    """Names the row, the column and the remedy."""


def read_frame(path: Path) -> tuple[pd.DataFrame, bool]:
    """Text, the line of the file as index; and whether commas separate. Compression is known by the file's suffix."""
    try:
        frame, separator = _read(path)
    except _NOTHING:
        raise Unreadable(f"{path}: there is no such file") from None
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise Unreadable(_why(path, str(error))) from None
    frame.index = pd.RangeIndex(FIRST_LINE, FIRST_LINE + len(frame))
    frame.columns = frame.columns.str.strip()
    frame = frame.fillna("").apply(lambda column: column.str.strip())
    frame = frame[(frame != "").any(axis=1)]
    if len(frame) < _LEAST_ROWS:
        raise Unreadable(f"{path}: it has {len(frame)} rows; a forecast needs a past")
    return frame, separator == ","


def _read(path: Path) -> tuple[pd.DataFrame, str]:
    for encoding in _ENCODINGS:
        try:
            first = pd.read_csv(path, dtype=str, nrows=1, header=None, sep="\0", quoting=3, encoding=encoding)
            separator = _separator(str(first.iloc[0, 0]))
            frame = pd.read_csv(
                path,
                dtype=str,
                keep_default_na=False,
                skipinitialspace=True,
                skip_blank_lines=False,
                index_col=False,
                sep=separator,
                encoding=encoding,
            )
        except UnicodeError:
            continue
        return frame, separator
    raise ValueError("its letters are neither UTF-8 nor UTF-16 nor Windows-1252")


def _separator(names: str) -> str:
    bare = _IN_QUOTES.sub("", names)
    return max(_SEPARATORS, key=bare.count) if any(one in bare for one in _SEPARATORS) else ","


def _why(path: Path, error: str) -> str:
    if ragged := _RAGGED.search(error):
        names, line, there = ragged.groups()
        return f"row {line} has {there} fields and the first line {names} names; put text that holds commas in quotes"
    return f"{path}: it is no CSV file with names in its first line: {error}"


def numbers(column: "pd.Series[str]", name: str, *, is_comma_separated: bool) -> FloatArray:
    """nan where nothing stands. Raises Unreadable at the first text that is no number."""
    text = column.str.replace("\u2212", "-", regex=False).str.replace(_GROUPING, "", regex=True)
    missing = text.str.lower().isin(_MISSING)
    found = _parsed(_with_points(text.where(~missing, ""), is_comma_separated=is_comma_separated))
    wrong = ~np.isfinite(found) & ~missing.to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise Unreadable(
            f"row {column.index[row]}, column {name}: '{column.iloc[row]}' is no number; leave empty what is missing"
        )
    return found


def _parsed(text: "pd.Series[str]") -> FloatArray:
    return np.asarray(pd.to_numeric(text, errors="coerce").to_numpy(np.float64))


def _with_points(text: "pd.Series[str]", *, is_comma_separated: bool) -> "pd.Series[str]":
    """1.234,5 and 1,234.5 and 1,234 to what Python reads; told by the column as a whole."""
    has_comma = text.str.contains(",", regex=False)
    if not has_comma.any():
        return text.str.replace(".", "", regex=False) if (text.str.count(r"\.") > 1).any() else text
    both = text[has_comma & text.str.contains(".", regex=False)]
    if len(both):
        is_decimal = bool((both.str.rfind(",") > both.str.rfind(".")).all())
    else:
        groups = text[has_comma].str.fullmatch(_GROUPS_OF_COMMA)
        is_decimal = not (groups.all() and (is_comma_separated or (text.str.count(",") > 1).any()))
    if is_decimal:
        return text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return text.where(~has_comma, text.str.replace(",", "", regex=False).where(text.str.fullmatch(_GROUPS_OF_COMMA)))
