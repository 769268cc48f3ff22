"""One file for each schema version, in the order of their numbers."""
