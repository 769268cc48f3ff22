"""The command line: a lazy root, exit codes, and the administration of an installation."""
