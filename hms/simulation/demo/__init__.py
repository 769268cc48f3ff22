"""The demo: a hospital full of life, made anew at each start and gone at its end."""
