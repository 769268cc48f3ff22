"""The verbs of the plain console are those of the desks."""

from __future__ import annotations

from hms.console.plain_verbs import VERBS
from hms.features import manifests


def test_every_verb_says_how_it_is_typed_and_what_it_does() -> None:
    for name, verb in VERBS.items():
        assert verb.usage.split()[0] == name
        assert verb.help


def test_every_permission_a_verb_names_is_one_of_a_manifest() -> None:
    known = {p.name for feature in manifests() for p in feature.permissions}
    assert {verb.permission for verb in VERBS.values() if verb.permission} <= known


def test_all_of_a_visit_can_be_done() -> None:
    needed = "search register issue next call recall start complete hold resume no-show rejoin"
    assert set(needed.split()) <= set(VERBS)
    assert {"transfer", "cancel", "undo", "why", "list", "queues"} <= set(VERBS)
