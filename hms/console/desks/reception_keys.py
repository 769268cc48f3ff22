"""What each key does at the reception."""

from __future__ import annotations

from hms.console.desks.kiosks import KIOSKS
from hms.kit.tui_actions import Action

RECEPTION: tuple[Action, ...] = (
    Action("f2", "Again", "Call the token again", "recall",
           "The wall shows and sounds the call once more; the call count rises.",
           "tokens.recall"),
    Action("f3", "New", "Register a new patient", "register",
           "The name that was searched stands in the form already.", "patients.register"),
    Action("f4", "Next", "Call the next patient of a queue", "call_next",
           "For queues that let the front desk call.", "tokens.call"),
    Action("f5", "Blank", "Give a token without a patient", "blank_token",
           "Say whose it is later: choose the token, F9.", "tokens.issue"),
    Action("f6", "Board", "Show all queues, or the patients again", "board"),
    Action("f7", "Edit", "Change what is recorded of the patient", "edit", "", "patients.edit"),
    Action("f8", "Unkn", "Register somebody nobody can name yet", "unknown",
           "Gets a temporary name and a token; F7 gives the real name later.",
           "patients.register"),
    Action("f9", "More", "Everything that can be done with the token", "token_menu",
           "Cancel, send on, left, rejoin, whose it is, why it has its place."),
    Action("f10", "Undo", "Take back what this desk did last", "undo",
           "For half a minute; the wall corrects itself."),
    Action("enter", "Token", "Give a token to the chosen patient", "take",
           "Nobody found: opens the form of a new patient. On a token: what can be done with it."),
    Action("escape", "Clear", "Empty the search", "clear"),
    Action("", "", "Cancel the token", "cancel_token", permission="tokens.cancel"),
    Action("", "", "Send the token on to another queue", "transfer_token",
           permission="tokens.transfer"),
    Action("", "", "Slips that failed or are in doubt", "slips",
           "Print one again, or say that it came out.", "printing.settle"),
    KIOSKS,
    Action("", "", "The patient of the token has left", "left_token", permission="tokens.cancel"),
)  # fmt: skip
