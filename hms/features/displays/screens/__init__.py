"""What desks see of the screens in the halls."""
