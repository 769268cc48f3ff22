"""Shared parts of the faces.

For screens (Textual), a desk is built of these:

``tui_app.HmsApp``      the app: key gate, panic handler, themes, the command runner
``base.HmsScreen``      a screen: ``ACTIONS`` give its keys, key bar, palette and F1 help;
                        ``do``/``ask`` run use cases, ``perform`` runs what a key started,
                        ``say`` and ``show_error`` speak in the message line
``tui_actions.Action``  one thing that can be done: key, label, title, help, permission
``forms.Form``          labelled fields, errors beside the field, drafts
``live_table.LiveTable`` a live list; a changed row redraws its own line only
``modals``              ``Ask`` (choices on keys), ``Pick`` (a list), ``Reason`` (one line of text)
``digits.BigCode``      a token's code five rows high
``tui_loading.Loader``  loads what a panel shows, again when something changed, never twice at once
``drafts.DraftStore``   half-typed forms on disk
``scanner.kind_of``     what a scanned code is
``theme``               the palettes, and the names of their colours for CSS
``tui_text.plain``      the only way user text gets into a widget
"""
