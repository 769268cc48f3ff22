"""Drives the real use cases with arrivals of a file, on a clock of its own.

Stands below the faces and above bootstrap: ``hms simulate`` and ``hms demo`` use it.
"""
