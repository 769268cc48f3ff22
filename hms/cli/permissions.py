"""``hms permissions``: what each role may do, as the manifests declare it."""

from __future__ import annotations

from typing import Annotated

import typer

from hms.features import manifests
from hms.kernel.actor import STAFF_ROLES, Permission, Role, Scope
from hms.kit.invocation import current
from hms.kit.output import say, show_json, show_table

SIGNS = {
    Scope.HOSPITAL: "yes",
    Scope.OWN: "own",
    Scope.ALLOWED: "where allowed",
    Scope.MASKED: "without the patient",
}


def permissions(
    role: Annotated[Role | None, typer.Option(help="Only what this role may do.")] = None,
) -> None:
    """Show what each role may do; what is not listed, nobody may."""
    declared = [item for feature in manifests() for item in feature.permissions]
    if role is not None:
        declared = [item for item in declared if role in item.roles]
    if current().json:
        show_json([as_json(item) for item in declared])
        return
    roles = STAFF_ROLES if role is None else (role,)
    titles = ["permission", *(one.value.replace("_", " ") for one in roles), "allows to"]
    rows = [[item.name, *(_sign(item, one) for one in roles), item.help] for item in declared]
    show_table(titles, rows)
    say("own: of one's own queues, patients or profile; where allowed: by the queue's setting")


def as_json(item: Permission) -> dict[str, object]:
    """Return a permission with the scope of each role that holds it."""
    return {
        "permission": item.name,
        "help": item.help,
        "roles": {role.value: scope.value for role, scope in item.roles.items()},
    }


def _sign(item: Permission, role: Role) -> str:
    scope = item.roles.get(role)
    return "" if scope is None else SIGNS[scope]
