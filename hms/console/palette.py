"""What can be done on every screen, whoever one is; offered by key bar, palette and help."""

from __future__ import annotations

from hms.kit.tui_actions import Action

LOCK = Action(
    "ctrl+l", "Lock", "Lock the console", "lock", "Covers the work; your password opens it again."
)
SWITCH = Action(
    "ctrl+k",
    "Other",
    "Let somebody else take over",
    "switch_person",
    "Covers the work and asks for another name; your half-typed forms are kept for you.",
)
THEME = Action(
    "ctrl+t", "Theme", "Change the colours", "change_theme", "Dark, light, high contrast."
)
SIGN_OUT = Action(
    "ctrl+o", "Out", "Sign out", "sign_out", "Ends your session; half-typed forms are kept."
)
OWN_PASSWORD = Action("", "", "Change my password", "own_password")
MY_SESSIONS = Action("", "", "My sessions", "my_sessions", "Where I am signed in; ends the others.")
MY_FACTOR = Action(
    "", "", "My second factor", "my_factor", "Six digits of an authenticator after the password."
)
QUIT = Action("", "", "Leave HMS", "quit_console", "Signs out and closes the console.")

EVERYWHERE = (LOCK, SWITCH, THEME, SIGN_OUT, OWN_PASSWORD, MY_SESSIONS, MY_FACTOR, QUIT)
