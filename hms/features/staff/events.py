"""What happened to staff and places; desks follow it, no wall is told."""

from __future__ import annotations

from dataclasses import dataclass

from hms.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Event):
    """A user was added, enabled, disabled, unlocked, got another role or password."""

    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorChanged(Event):
    """A doctor was added, or their speciality, licence, room or department changed."""

    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorStatusChanged(Event):
    """A doctor came online, is busy, paused or went offline."""

    topic: int | None = None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChanged(Event):
    """A room was added or renamed."""

    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentAdded(Event):
    """A department was added."""

    topic: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalAdded(Event):
    """A hospital was added to the installation."""

    topic: int | None = None


EVENTS = (
    UserChanged,
    DoctorChanged,
    DoctorStatusChanged,
    RoomChanged,
    DepartmentAdded,
    HospitalAdded,
)
