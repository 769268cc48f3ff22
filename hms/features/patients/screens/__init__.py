"""Screens of patients: register, change, decide about a likely duplicate, the card of one.

``register.Register`` and ``edit.Edit`` end with the patient's record, ``duplicates.Duplicates``
with what was decided, ``card.card_text`` is the record as a desk shows it.
"""
