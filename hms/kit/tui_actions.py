"""What can be done on a screen: one list feeds key bindings, key bar, palette and F1 help."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

LONGEST_LABEL = 5  # ten labelled F-keys fit into 80 columns


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done.

    ``key`` is Textual's name of the key (``f4``, ``ctrl+l``, ``escape``) or empty
    for what only the palette offers; ``label`` stands on the key bar, at most
    five letters; ``title`` is a short sentence; ``help`` says what happens;
    ``name`` is the method ``action_<name>`` of the screen; ``permission`` is
    what a person must hold to be offered it.
    """

    key: str
    label: str
    title: str
    name: str
    help: str = ""
    permission: str = ""

    @property
    def cap(self) -> str:
        """Return the key as it is written on a key's cap: ``F4``, ``^L``, ``Esc``."""
        return key_cap(self.key)

    @property
    def is_function_key(self) -> bool:
        """Return whether the key is one of F1 to F10."""
        return self.key[:1] == "f" and self.key[1:].isdigit()

    def binding(self) -> Binding:
        """Return the Textual binding.

        F and Ctrl keys go before what a focused field makes of them (Ctrl+U
        would delete its text); Enter and Esc belong to the field first.
        """
        first = self.is_function_key or self.key.startswith("ctrl+")
        return Binding(self.key, self.name, self.title, show=False, priority=first)


def key_cap(key: str) -> str:
    """Return the short name of a key."""
    if key.startswith("ctrl+"):
        return "^" + key[5:].upper()
    names = {"escape": "Esc", "enter": "Enter", "space": "Space", "up": "↑", "down": "↓"}
    return names.get(key, key.upper())


def merged(*groups: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return all actions, a later one in place of an earlier one on the same key."""
    by_slot: dict[str, Action] = {}
    for group in groups:
        for action in group:
            by_slot[action.key or action.name] = action
    return tuple(by_slot.values())
