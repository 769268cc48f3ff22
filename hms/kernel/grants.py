"""What each role may do, gathered from the manifests; nothing registered means no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hms.kernel.actor import Permission, Role, Scope

_registered: dict[Role, Mapping[str, Scope]] = {}


def gather(permissions: Iterable[Permission]) -> dict[Role, dict[str, Scope]]:
    """Return role → permission → scope, as ``permissions`` give it.

    Raises:
        ValueError: two permissions have the same name.
    """
    grants: dict[Role, dict[str, Scope]] = {role: {} for role in Role}
    seen: set[str] = set()
    for permission in permissions:
        if permission.name in seen:
            raise ValueError(f"the permission {permission.name} is declared twice")
        seen.add(permission.name)
        for role, scope in permission.roles.items():
            grants[role][permission.name] = scope
    return grants


def register(permissions: Iterable[Permission]) -> None:
    """Make ``permissions`` the ones that hold in this process; replaces what held before."""
    grants = gather(permissions)
    _registered.clear()
    _registered.update({role: MappingProxyType(held) for role, held in grants.items()})


def of(role: Role) -> dict[str, Scope]:
    """Return the permissions that ``role`` holds, each with its scope."""
    return dict(_registered.get(role, {}))
