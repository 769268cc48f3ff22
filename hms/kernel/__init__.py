"""Words every room of the house uses; standard library only."""
