"""Paper: what a slip says, how a printer is told, how it is asked what became of it."""
