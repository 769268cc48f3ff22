"""Backups: made while desks work, tried out before they count, put back onto a stopped system."""
