"""The way from every schema there ever was to the present one, forward only (alembic).

Each file in ``versions`` is one step; its revision is the schema version it leads to,
in four digits.  The first is the frozen SQL of both databases.
"""
