"""Screens of queues and tokens: parts of the reception desk, live board, queue administration.

``lists`` holds the reception's lists, ``choice.QueueChoice`` gives a token,
``ticket.Ticket`` shows it five rows high, ``live_board.LiveBoard`` shows all queues,
``acts.TokenActs`` is everything a desk does with a token, ``undo.UndoLine`` takes it back.
"""
