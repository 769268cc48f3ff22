"""HMS, the hospital reception console."""

__version__ = "0.1.0"
