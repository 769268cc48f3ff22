"""What each key does at a calling desk."""

from __future__ import annotations

from hms.kit.tui_actions import Action

CALLING: tuple[Action, ...] = (
    Action("f2", "Again", "Call the same token again", "recall",
           "The wall shows and sounds the call once more; the call count rises."),
    Action("f4", "Next", "Call the next patient", "call_next",
           "When the room still has a token, you are asked what became of it.",
           permission="tokens.call"),
    Action("f5", "Start", "The patient came in", "start", permission="tokens.call"),
    Action("f6", "Done", "The visit is finished", "complete",
           "The room is free; nobody is called before you press F4.",
           permission="tokens.call"),
    Action("f7", "Hold", "Put aside, or go on with a held token", "hold",
           "Held tokens wait below the queue and are never called by F4. With the cursor on "
           "a held token and nobody in the room, F7 goes on with it.",
           permission="tokens.call"),
    Action("f8", "Miss", "The patient did not come", "no_show",
           "The token stays below the queue; it can rejoin.", permission="tokens.call"),
    Action("f9", "Move", "Send on to another queue", "transfer",
           "The patient keeps code and arrival time.", permission="tokens.transfer"),
    Action("f10", "Undo", "Take back what you did last", "undo",
           "For half a minute; the wall corrects itself."),
    Action("ctrl+g", "Queue", "Choose another queue", "choose_queue"),
    Action("ctrl+f", "File", "Open a patient's file", "open_file",
           "By the number. Somebody else's patient needs a reason: it opens for an hour, is "
           "recorded, and the manager is told.", permission="patients.search"),
    Action("enter", "Token", "What can be done with the chosen token", "token_menu"),
    Action("", "", "Choose the room I call to", "choose_room", permission="tokens.call"),
    Action("", "", "Pause this queue, or open it again", "pause_queue",
           "A paused queue calls nobody; the wall says so.", permission="queues.pause"),
)  # fmt: skip

STATUS = Action(
    "f3",
    "State",
    "Say that you are online, busy, paused or offline",
    "status",
    "People at the reception see it; it never stops a call.",
    permission="doctors.status",
)
RECEPTION = Action(
    "ctrl+r",
    "Desk",
    "Work at the reception desk",
    "reception",
    "Find or register a patient, give a token; Esc on an empty search comes back here.",
    permission="tokens.issue",
)
QUEUE_F3 = Action("f3", "Queue", "Choose the queue you call for", "choose_queue")
