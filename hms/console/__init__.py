"""The console: the Textual app in which the hospital's staff work."""
