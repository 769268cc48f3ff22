"""Screens of staff: users, doctors, rooms and departments, each a list with its state."""
