"""The machines: database, outbox, bell, settings; the only room with I/O besides the faces."""
