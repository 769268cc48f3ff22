-- Frozen from the models by .ci/freeze_schema.py; a later schema is a later migration.

