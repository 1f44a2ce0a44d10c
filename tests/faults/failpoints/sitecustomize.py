"""Put on PYTHONPATH of a site's processes: each kills itself at a named line of the code, once, when asked.

FAILPOINT_FILE names the file; its content is `module:function:before` or `module:function:after`. FAILPOINTS lists the
functions that are watched, parted by commas.
"""

import functools
import importlib.abc
import importlib.machinery
import os
import signal
import sys

_FILE = os.environ.get("FAILPOINT_FILE", "")
_WATCHED: dict[str, list[str]] = {}
for _name in filter(None, os.environ.get("FAILPOINTS", "").split(",")):
    _WATCHED.setdefault(_name.split(":")[0], []).append(_name.split(":")[1])


def _asked(point: str) -> bool:
    """Only one process takes the order: it is the one that could rename the file."""
    try:
        with open(_FILE) as file:  # noqa: PTH123  before anything else is imported
            if file.read().strip() != point:
                return False
        os.rename(_FILE, f"{_FILE}.done")  # noqa: PTH104
    except OSError:
        return False
    return True


def _die_if(point: str) -> None:
    if _asked(point):
        os.kill(os.getpid(), signal.SIGKILL)


def _watched(name, function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        _die_if(f"{name}:before")
        result = function(*args, **kwargs)
        _die_if(f"{name}:after")
        return result

    return wrapper


class _Loader(importlib.abc.Loader):
    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        self._loader.exec_module(module)
        for path in _WATCHED[module.__name__]:
            owner = module
            *way, last = path.split(".")
            for step in way:
                owner = getattr(owner, step)
            setattr(owner, last, _watched(f"{module.__name__}:{path}", getattr(owner, last)))


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname not in _WATCHED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


if _FILE:
    sys.meta_path.insert(0, _Finder())
