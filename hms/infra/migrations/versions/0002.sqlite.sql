-- Frozen from the models by .ci/freeze_schema.py; a later schema is a later migration.
CREATE TABLE hospital_site (
	hospital_id INTEGER NOT NULL, 
	code VARCHAR(20) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	CONSTRAINT pk_hospital_site PRIMARY KEY (hospital_id), 
	CONSTRAINT uq_hospital_site_code UNIQUE (code), 
	CONSTRAINT fk_hospital_site_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TRIGGER patient_is_here BEFORE UPDATE OF archived_at ON patient
WHEN NEW.archived_at IS NOT NULL AND OLD.archived_at IS NULL AND EXISTS (SELECT 1 FROM token WHERE patient_id = NEW.id AND status IN ('waiting', 'called', 'in_progress', 'on_hold'))
BEGIN SELECT RAISE(ABORT, 'the patient has a token'); END
-- next
CREATE TABLE display (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	name_key VARCHAR(256) NOT NULL, 
	zone VARCHAR(64), 
	languages VARCHAR(120) NOT NULL, 
	token_hash VARCHAR(64), 
	paired_at DATETIME, 
	revoked_at DATETIME, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_display PRIMARY KEY (id), 
	CONSTRAINT uq_display_hospital_id_name_key UNIQUE (hospital_id, name_key), 
	CONSTRAINT uq_display_token_hash UNIQUE (token_hash), 
	CONSTRAINT ck_display_paired CHECK ((token_hash IS NULL) = (paired_at IS NULL)), 
	CONSTRAINT ck_display_revoked CHECK (token_hash IS NULL OR revoked_at IS NULL), 
	CONSTRAINT fk_display_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TABLE print_job (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	service_day DATE NOT NULL, 
	station VARCHAR(80) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	object_id INTEGER NOT NULL, 
	label VARCHAR(40) NOT NULL, 
	copy_no INTEGER NOT NULL, 
	status VARCHAR(12) NOT NULL, 
	reason VARCHAR(200), 
	tries INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	next_at DATETIME NOT NULL, 
	worker VARCHAR(40), 
	lease_until DATETIME, 
	ended_at DATETIME, 
	CONSTRAINT pk_print_job PRIMARY KEY (id), 
	CONSTRAINT uq_print_job_kind_object_id_copy_no UNIQUE (kind, object_id, copy_no), 
	CONSTRAINT ck_print_job_status CHECK (status IN ('queued', 'printing', 'printed', 'failed', 'doubtful', 'reprinted', 'dropped')), 
	CONSTRAINT ck_print_job_lease CHECK (status <> 'printing' OR (worker IS NOT NULL AND lease_until IS NOT NULL)), 
	CONSTRAINT ck_print_job_counts CHECK (copy_no >= 0 AND tries >= 0), 
	CONSTRAINT fk_print_job_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE INDEX ix_print_job_unsettled ON print_job (hospital_id, station, id) WHERE status IN ('queued', 'failed', 'printing', 'doubtful')
-- next
CREATE UNIQUE INDEX uq_print_job_at_once ON print_job (hospital_id, station) WHERE status = 'printing'
-- next
CREATE TRIGGER print_job_moves BEFORE UPDATE OF status ON print_job
WHEN OLD.status <> NEW.status AND NOT ((OLD.status = 'queued' AND NEW.status IN ('printing', 'reprinted', 'dropped')) OR (OLD.status = 'failed' AND NEW.status IN ('printing', 'queued', 'reprinted', 'dropped')) OR (OLD.status = 'printing' AND NEW.status IN ('printed', 'failed', 'doubtful', 'dropped')) OR (OLD.status = 'doubtful' AND NEW.status IN ('printed', 'reprinted')) OR (OLD.status = 'printed' AND NEW.status IN ('reprinted')))
BEGIN SELECT RAISE(ABORT, 'a print job cannot move so'); END
-- next
CREATE TABLE second_factor (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	sealed VARCHAR(200) NOT NULL, 
	created_at DATETIME NOT NULL, 
	confirmed_at DATETIME, 
	last_step INTEGER, 
	short_password BOOLEAN NOT NULL, 
	CONSTRAINT pk_second_factor PRIMARY KEY (id), 
	CONSTRAINT uq_second_factor_user UNIQUE (user_id), 
	CONSTRAINT ck_second_factor_used_is_confirmed CHECK (last_step IS NULL OR confirmed_at IS NOT NULL), 
	CONSTRAINT fk_second_factor_user_id FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE recovery_code (
	id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	code_hash VARCHAR(64) NOT NULL, 
	used_at DATETIME, 
	CONSTRAINT pk_recovery_code PRIMARY KEY (id), 
	CONSTRAINT uq_recovery_code UNIQUE (user_id, code_hash), 
	CONSTRAINT fk_recovery_code_user_id FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE TABLE patient_access (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	hospital_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	user_name VARCHAR(80) NOT NULL, 
	patient_id INTEGER NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	opened_at DATETIME NOT NULL, 
	ends_at DATETIME NOT NULL, 
	acknowledged_at DATETIME, 
	acknowledged_by INTEGER, 
	acknowledged_name VARCHAR(80), 
	CONSTRAINT ck_patient_access_reason CHECK (length(trim(reason)) > 0), 
	CONSTRAINT ck_patient_access_ends_at CHECK (ends_at > opened_at), 
	CONSTRAINT ck_patient_access_acknowledged CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)), 
	CONSTRAINT ck_patient_access_not_own CHECK (acknowledged_by IS NULL OR acknowledged_by <> user_id), 
	CONSTRAINT fk_patient_access_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_patient_access_user_id FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_patient_access_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id), 
	CONSTRAINT fk_patient_access_acknowledged_by FOREIGN KEY(acknowledged_by) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_patient_access_new ON patient_access (hospital_id, id) WHERE acknowledged_at IS NULL
-- next
CREATE INDEX ix_patient_access_reader ON patient_access (user_id, patient_id, ends_at)
-- next
CREATE TABLE patient_privacy (
	patient_id INTEGER NOT NULL, 
	level VARCHAR(10) NOT NULL, 
	alias VARCHAR(40) NOT NULL, 
	CONSTRAINT pk_patient_privacy PRIMARY KEY (patient_id), 
	CONSTRAINT ck_patient_privacy_level CHECK (level IN ('number', 'initials', 'alias', 'name')), 
	CONSTRAINT fk_patient_privacy_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
)
-- next
CREATE TABLE notice_reach (
	notice_id INTEGER NOT NULL, 
	zone VARCHAR(64), 
	emergency BOOLEAN NOT NULL, 
	until DATETIME, 
	CONSTRAINT pk_notice_reach PRIMARY KEY (notice_id), 
	CONSTRAINT fk_notice_reach_notice_id FOREIGN KEY(notice_id) REFERENCES notice (id)
)
-- next
CREATE TABLE display_pairing (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	display_id INTEGER NOT NULL, 
	code_hash VARCHAR(64) NOT NULL, 
	zone VARCHAR(64), 
	languages VARCHAR(120) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	wrong_tries INTEGER NOT NULL, 
	CONSTRAINT pk_display_pairing PRIMARY KEY (id), 
	CONSTRAINT uq_display_pairing_display_id UNIQUE (display_id), 
	CONSTRAINT uq_display_pairing_code_hash UNIQUE (code_hash), 
	CONSTRAINT fk_display_pairing_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_display_pairing_display_id FOREIGN KEY(display_id) REFERENCES display (id)
)
-- next
CREATE TABLE display_state (
	display_id INTEGER NOT NULL, 
	seen_at DATETIME NOT NULL, 
	screens INTEGER NOT NULL, 
	sound VARCHAR(8) NOT NULL, 
	zone VARCHAR(64), 
	languages VARCHAR(120) NOT NULL, 
	CONSTRAINT pk_display_state PRIMARY KEY (display_id), 
	CONSTRAINT ck_display_state_sound CHECK (sound IN ('ok', 'blocked', 'off')), 
	CONSTRAINT ck_display_state_screens CHECK (screens >= 0), 
	CONSTRAINT fk_display_state_display_id FOREIGN KEY(display_id) REFERENCES display (id)
)
-- next
CREATE TABLE display_call (
	call_id INTEGER NOT NULL, 
	display_id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	shown_ms INTEGER NOT NULL, 
	spoken BOOLEAN NOT NULL, 
	CONSTRAINT pk_display_call PRIMARY KEY (call_id, display_id), 
	CONSTRAINT ck_display_call_shown_ms CHECK (shown_ms >= 0), 
	CONSTRAINT fk_display_call_display_id FOREIGN KEY(display_id) REFERENCES display (id)
)
-- next
CREATE INDEX ix_display_call_at ON display_call (at)
-- next
CREATE INDEX ix_display_call_newest ON display_call (display_id, call_id)
-- next
CREATE TABLE kiosk (
	display_id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	locked_at DATETIME, 
	wrong_cards INTEGER NOT NULL, 
	wrong_since DATETIME, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_kiosk PRIMARY KEY (display_id), 
	CONSTRAINT ck_kiosk_wrong_cards CHECK (wrong_cards >= 0), 
	CONSTRAINT fk_kiosk_display_id FOREIGN KEY(display_id) REFERENCES display (id) ON DELETE CASCADE, 
	CONSTRAINT fk_kiosk_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TABLE paper_block (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	queue_id INTEGER NOT NULL, 
	service_day DATE NOT NULL, 
	series VARCHAR(8) NOT NULL, 
	first INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	reserved_at DATETIME NOT NULL, 
	CONSTRAINT pk_paper_block PRIMARY KEY (id), 
	CONSTRAINT uq_paper_block_hospital_id_service_day_series_first UNIQUE (hospital_id, service_day, series, first), 
	CONSTRAINT ck_paper_block_numbers CHECK (first >= 1 AND last >= first), 
	CONSTRAINT fk_paper_block_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_paper_block_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id)
)
-- next
CREATE TABLE numbers_left_out (
	queue_id INTEGER NOT NULL, 
	service_day DATE NOT NULL, 
	series VARCHAR(8) NOT NULL, 
	first INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT pk_numbers_left_out PRIMARY KEY (queue_id, service_day, series, first), 
	CONSTRAINT ck_numbers_left_out_numbers CHECK (first >= 1 AND last >= first), 
	CONSTRAINT fk_numbers_left_out_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id)
)
-- next
CREATE TABLE queue_privacy (
	queue_id INTEGER NOT NULL, 
	level VARCHAR(10) NOT NULL, 
	CONSTRAINT pk_queue_privacy PRIMARY KEY (queue_id), 
	CONSTRAINT ck_queue_privacy_level CHECK (level IN ('number', 'initials', 'alias', 'name')), 
	CONSTRAINT fk_queue_privacy_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id)
)
-- next
CREATE TABLE kiosk_number (
	id INTEGER NOT NULL, 
	display_id INTEGER NOT NULL, 
	touch VARCHAR(32) NOT NULL, 
	token_id INTEGER NOT NULL, 
	service_day DATE NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_kiosk_number PRIMARY KEY (id), 
	CONSTRAINT uq_kiosk_number_display_id_touch UNIQUE (display_id, touch), 
	CONSTRAINT fk_kiosk_number_display_id FOREIGN KEY(display_id) REFERENCES kiosk (display_id) ON DELETE CASCADE, 
	CONSTRAINT fk_kiosk_number_token_id FOREIGN KEY(token_id) REFERENCES token (id)
)
-- next
CREATE INDEX ix_kiosk_number_day ON kiosk_number (display_id, service_day, at)
