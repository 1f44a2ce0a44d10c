"""Who asks, and what follows from it."""

from dataclasses import dataclass

from apps.openadr.choices import ROLE_SCOPES, ClientRole, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    client_id: str
    role: ClientRole
    scopes: frozenset[str]
    client_pk: int | None = None
    manager_id: int | None = None
    ven_pk: int | None = None
    granted: tuple[str, ...] = ()

    @property
    def is_ven(self) -> bool:
        return self.role == ClientRole.VEN

    @property
    def is_ourselves(self) -> bool:
        return self.client_pk is None


OURSELVES = Caller(name="GridOps", client_id="", role=ClientRole.BL, scopes=frozenset(scope.value for scope in Scope))

# What version 3.0 of the standard calls reading is for a VEN the reading of what it may see.
_FOR_A_VEN = {Scope.READ_ALL.value: (Scope.READ_TARGETS.value, Scope.READ_VEN_OBJECTS.value)}


def narrowed(asked: list[str], role: ClientRole) -> list[str]:
    """Of the scopes asked for those that this role can have; all of them, if none of those asked for is one."""
    able = {scope.value for scope in ROLE_SCOPES[role]}
    meant = {
        each for scope in asked for each in (_FOR_A_VEN.get(scope, (scope,)) if role == ClientRole.VEN else (scope,))
    }
    return sorted(meant & able or able)
