"""The wall: a small process of its own that only reads, and knows no name."""
