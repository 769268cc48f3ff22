"""The desks that call: the doctor's own queues, and any queue for the nurse."""

from __future__ import annotations

from typing import ClassVar

from hms.console.desks import choices
from hms.console.desks.calling import CallingDesk
from hms.console.desks.doctor_keys import QUEUE_F3, RECEPTION, STATUS
from hms.kit.tui_actions import Action


class DoctorDesk(CallingDesk):
    """The doctor's desk: own queues, own room, own status."""

    TITLE_TEXT = "Doctor's desk"
    ACTIONS: ClassVar[tuple[Action, ...]] = (STATUS,)

    def action_status(self) -> None:
        """Choose one's own status."""
        choices.choose_status(self)


class NurseDesk(CallingDesk):
    """The nurse's desk: the same for a queue that is chosen."""

    TITLE_TEXT = "Nurse's desk"
    ACTIONS: ClassVar[tuple[Action, ...]] = (QUEUE_F3, RECEPTION)

    def action_reception(self) -> None:
        """Open the reception desk over this one."""
        from hms.console.desks.reception import ReceptionDesk

        self.host.push_screen(ReceptionDesk(closable=True))
