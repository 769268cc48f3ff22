"""The wall's voice: the sentence of a call in a language, and its audio from this server."""
