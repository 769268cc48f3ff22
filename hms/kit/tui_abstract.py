"""Screens and widgets of which whoever derives them must give a part."""

from __future__ import annotations

from abc import ABCMeta

from textual.message_pump import _MessagePumpMeta


class AbstractPump(_MessagePumpMeta, ABCMeta):
    """Metaclass of a screen or widget with ``abstractmethod``: without all of them it is not made.

    Textual's own metaclass collects the handlers of messages and knows nothing of abstract
    methods, and a class has one metaclass.
    """
