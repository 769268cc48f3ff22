-- Frozen from the models by .ci/freeze_schema.py; a later schema is a later migration.
CREATE TABLE IF NOT EXISTS patient_words (patient_id BIGINT NOT NULL REFERENCES patient (id), hospital_id INTEGER NOT NULL, terms TSVECTOR NOT NULL, PRIMARY KEY (hospital_id, patient_id))
-- next
CREATE INDEX IF NOT EXISTS ix_patient_words_terms ON patient_words USING gin (terms) WITH (fastupdate = off)
