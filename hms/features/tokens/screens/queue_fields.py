"""The fields of a queue's form, and the commands they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hms.features.tokens.queries import QueueView
from hms.features.tokens.service import AddQueue, EditQueue
from hms.kernel.errors import InvalidInput
from hms.kit.forms import Field

YES_NO = (("", "no"), ("yes", "yes"))
POLICIES = (
    ("due", "due: priority moves ahead"),
    ("strict", "strict: priority before all"),
    ("arrival", "arrival: first come first"),
    ("alternate", "alternate: one and one"),
)
REJOINS = (("keep", "in the old place"), ("end", "at the end"))
# Errors name what the commands call it; the form's names are these.
ALIASES = {"room": "rooms", "doctor": "doctors"}


def add_fields() -> tuple[Field, ...]:
    """Return the empty fields of a new queue."""
    return (
        Field("code", "Code", "such as GM or LAB2", max_length=8),
        Field("name", "Name", "what the public reads", max_length=80),
        *_common("", "", "", "", "", "due", "keep"),
        Field("prefix", "Prefix", "of its tokens; empty: the code", max_length=8),
        Field("start", "First number", "empty: 1", max_length=6),
    )


def edit_fields(view: QueueView, doctors: Sequence[str]) -> tuple[Field, ...]:
    """Return the fields of a change, holding what is defined."""
    row = view.row
    return (
        Field("name", "Name", "what the public reads", max_length=80, value=row.name),
        *_common(
            ", ".join(view.rooms),
            ", ".join(doctors),
            "yes" if row.desk_calls else "",
            str(row.daily_limit or ""),
            "yes" if row.is_24h else "",
            row.policy,
            row.rejoin,
        ),
    )


def added(values: Mapping[str, str]) -> AddQueue:
    """Return the new queue that the fields state.

    Raises:
        InvalidInput: a number that is none.
    """
    return AddQueue(
        code=values["code"],
        name=values["name"],
        rooms=_names(values["rooms"]),
        doctors=_names(values["doctors"]),
        desk_calls=bool(values["desk_calls"]),
        prefix=values["prefix"].strip() or None,
        start_number=_number(values["start"], "start") or 1,
        daily_limit=_number(values["limit"], "limit"),
        is_24h=bool(values["is_24h"]),
        policy=values["policy"],
        rejoin=values["rejoin"],
    )


def edited(values: Mapping[str, str]) -> EditQueue:
    """Return the change that the fields state.

    Raises:
        InvalidInput: a number that is none.
    """
    limit = _number(values["limit"], "limit")
    return EditQueue(
        name=values["name"],
        rooms=_names(values["rooms"]),
        doctors=_names(values["doctors"]),
        desk_calls=bool(values["desk_calls"]),
        daily_limit=limit,
        no_limit=limit is None,
        is_24h=bool(values["is_24h"]),
        policy=values["policy"],
        rejoin=values["rejoin"],
    )


def _common(
    rooms: str, doctors: str, desk: str, limit: str, day_night: str, policy: str, rejoin: str
) -> tuple[Field, ...]:
    return (
        Field("rooms", "Rooms", "with commas between", value=rooms),
        Field("doctors", "Doctors", "sign-in names, commas", value=doctors),
        Field("desk_calls", "Desk calls", "may the front desk call", options=YES_NO, value=desk),
        Field("limit", "Daily limit", "empty: none", max_length=6, value=limit),
        Field("is_24h", "Day and night", "not cleared at day close", options=YES_NO,
              value=day_night),
        Field("policy", "Next by", "who is called next", options=POLICIES, value=policy),
        Field("rejoin", "Who missed", "comes back in", options=REJOINS, value=rejoin),
    )  # fmt: skip


def _names(typed: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in typed.split(",") if part.strip())


def _number(typed: str, field: str) -> int | None:
    text = typed.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise InvalidInput("this is not a whole number", hint="digits only", field=field)
    return int(text)
