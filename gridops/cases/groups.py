"""Which things hang together."""

from collections.abc import Iterable


def groups(members: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For every member a representative of the group that the pairs join it to. A pair with a stranger is ignored."""
    above = {member: member for member in members}

    def top(member: str) -> str:
        while above[member] != member:
            above[member] = member = above[above[member]]
        return member

    for one, other in pairs:
        if one in above and other in above:
            above[top(one)] = top(other)
    return {member: top(member) for member in above}
