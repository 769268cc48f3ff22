"""The one list of features, in menu order; a feature joins the house by its line here."""

from __future__ import annotations

from hms.kernel.feature import Feature, load

FEATURES = ("staff", "patients", "tokens", "displays", "kiosks", "printing", "upkeep")


def manifests() -> list[Feature]:
    """Return the manifest of every feature in menu order; imports nothing but the manifests."""
    return [load(f"hms.features.{name}:FEATURE") for name in FEATURES]
