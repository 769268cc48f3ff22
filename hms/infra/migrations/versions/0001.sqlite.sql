-- Frozen from the models by .ci/freeze_schema.py; a later schema is a later migration.
CREATE TABLE meta (
	"key" VARCHAR(40) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY ("key")
)
-- next
CREATE TABLE outbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	topic INTEGER, 
	subject_id INTEGER NOT NULL, 
	frames INTEGER NOT NULL, 
	payload JSON NOT NULL
)
-- next
CREATE INDEX ix_outbox_kind_id ON outbox (kind, id)
-- next
CREATE INDEX ix_outbox_topic_id ON outbox (topic, id, frames)
-- next
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	user_id INTEGER, 
	actor VARCHAR(80) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	terminal VARCHAR(80) NOT NULL, 
	session_id INTEGER, 
	op_id VARCHAR(64) NOT NULL, 
	part INTEGER NOT NULL, 
	action VARCHAR(60) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	object_id INTEGER, 
	"before" JSON, 
	"after" JSON, 
	CONSTRAINT uq_audit_op_id_part UNIQUE (op_id, part)
)
-- next
CREATE INDEX ix_audit_object ON audit (kind, object_id)
-- next
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END
-- next
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END
-- next
CREATE TABLE audit_seal (
	seq INTEGER NOT NULL, 
	audit_id INTEGER NOT NULL, 
	hash BLOB NOT NULL, 
	CONSTRAINT pk_audit_seal PRIMARY KEY (seq), 
	CONSTRAINT uq_audit_seal_audit_id UNIQUE (audit_id)
)
-- next
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END
-- next
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal BEGIN SELECT RAISE(ABORT, 'the audit is only ever added to'); END
-- next
CREATE TABLE hospital (
	id INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_hospital PRIMARY KEY (id)
)
-- next
CREATE TABLE sign_in_throttle (
	id INTEGER NOT NULL, 
	account VARCHAR(64) NOT NULL, 
	terminal VARCHAR(80) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_failed_at DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_throttle PRIMARY KEY (id), 
	CONSTRAINT uq_sign_in_throttle_account_terminal UNIQUE (account, terminal), 
	CONSTRAINT ck_sign_in_throttle_failures CHECK (failures > 0)
)
-- next
CREATE INDEX ix_sign_in_throttle_last_failed_at ON sign_in_throttle (last_failed_at)
-- next
CREATE TABLE department (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	name_key VARCHAR(240) NOT NULL, 
	CONSTRAINT pk_department PRIMARY KEY (id), 
	CONSTRAINT uq_department_name UNIQUE (hospital_id, name_key), 
	CONSTRAINT fk_department_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TABLE room (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	name_key VARCHAR(120) NOT NULL, 
	CONSTRAINT pk_room PRIMARY KEY (id), 
	CONSTRAINT uq_room_name UNIQUE (hospital_id, name_key), 
	CONSTRAINT fk_room_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TABLE user_account (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	name VARCHAR(192) NOT NULL, 
	full_name VARCHAR(120) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password_hash VARCHAR(200), 
	must_change BOOLEAN NOT NULL, 
	active BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_user_account PRIMARY KEY (id), 
	CONSTRAINT uq_user_account_name UNIQUE (name), 
	CONSTRAINT ck_user_account_role CHECK (role IN ('admin', 'manager', 'receptionist', 'nurse', 'doctor', 'blood_bank', 'dispatcher')), 
	CONSTRAINT fk_user_account_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TABLE patient (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	hospital_id INTEGER NOT NULL, 
	mrn VARCHAR(9) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	search_text TEXT NOT NULL, 
	birth_date DATE, 
	birth_year INTEGER, 
	birth_estimated BOOLEAN NOT NULL, 
	sex VARCHAR(7) NOT NULL, 
	phone VARCHAR(40) NOT NULL, 
	phone_e164 VARCHAR(16), 
	phone_backwards VARCHAR(20), 
	blood_group VARCHAR(3), 
	allergies JSON NOT NULL, 
	contact VARCHAR(200) NOT NULL, 
	address VARCHAR(300) NOT NULL, 
	private BOOLEAN NOT NULL, 
	"temporary" BOOLEAN NOT NULL, 
	temporary_name VARCHAR(80), 
	deceased_on DATE, 
	archived_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT uq_patient_mrn UNIQUE (hospital_id, mrn), 
	CONSTRAINT uq_patient_temporary_name UNIQUE (hospital_id, temporary_name), 
	CONSTRAINT ck_patient_sex CHECK (sex IN ('male', 'female', 'other', 'unknown')), 
	CONSTRAINT ck_patient_blood_group CHECK (blood_group IN ('A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-')), 
	CONSTRAINT fk_patient_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE INDEX ix_patient_archived ON patient (hospital_id, id) WHERE archived_at IS NOT NULL
-- next
CREATE INDEX ix_patient_birth_date ON patient (hospital_id, birth_date, id)
-- next
CREATE INDEX ix_patient_phone ON patient (hospital_id, phone_backwards, id)
-- next
CREATE VIRTUAL TABLE patient_search USING fts5(terms, content='', detail=none, columnsize=0, tokenize='ascii', prefix='1 2 3 4 5')
-- next
CREATE TABLE patient_counter (
	hospital_id INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT pk_patient_counter PRIMARY KEY (hospital_id), 
	CONSTRAINT fk_patient_counter_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE TABLE notice (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	text VARCHAR(200) NOT NULL, 
	urgent BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	CONSTRAINT pk_notice PRIMARY KEY (id), 
	CONSTRAINT fk_notice_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id)
)
-- next
CREATE INDEX ix_notice_shown ON notice (hospital_id) WHERE removed_at IS NULL
-- next
CREATE TABLE doctor (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	department_id INTEGER, 
	room_id INTEGER, 
	speciality VARCHAR(80) NOT NULL, 
	licence VARCHAR(40), 
	licence_key VARCHAR(120), 
	status VARCHAR(10) NOT NULL, 
	status_reason VARCHAR(120), 
	status_since DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_doctor PRIMARY KEY (id), 
	CONSTRAINT uq_doctor_user UNIQUE (user_id), 
	CONSTRAINT uq_doctor_licence UNIQUE (hospital_id, licence_key), 
	CONSTRAINT ck_doctor_status CHECK (status IN ('online', 'busy', 'paused', 'offline')), 
	CONSTRAINT ck_doctor_pause_has_reason CHECK (status <> 'paused' OR status_reason IS NOT NULL), 
	CONSTRAINT fk_doctor_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_doctor_user_id FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_doctor_department_id FOREIGN KEY(department_id) REFERENCES department (id), 
	CONSTRAINT fk_doctor_room_id FOREIGN KEY(room_id) REFERENCES room (id)
)
-- next
CREATE TABLE desk_session (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	family VARCHAR(32) NOT NULL, 
	terminal VARCHAR(80) NOT NULL, 
	refresh_hash VARCHAR(64) NOT NULL, 
	previous_hash VARCHAR(64), 
	rotated_at DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	ended_reason VARCHAR(40), 
	CONSTRAINT pk_desk_session PRIMARY KEY (id), 
	CONSTRAINT uq_desk_session_family UNIQUE (family), 
	CONSTRAINT ck_desk_session_end_has_reason CHECK ((ended_at IS NULL) = (ended_reason IS NULL)), 
	CONSTRAINT fk_desk_session_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_desk_session_user_id FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_desk_session_user_open ON desk_session (user_id, ended_at)
-- next
CREATE INDEX ix_desk_session_user_terminal ON desk_session (user_id, terminal)
-- next
CREATE TABLE patient_identifier (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	hospital_id INTEGER NOT NULL, 
	patient_id INTEGER NOT NULL, 
	system VARCHAR(40) NOT NULL, 
	value VARCHAR(200) NOT NULL, 
	CONSTRAINT uq_patient_identifier UNIQUE (hospital_id, system, value), 
	CONSTRAINT fk_patient_identifier_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_patient_identifier_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
)
-- next
CREATE INDEX ix_patient_identifier_patient ON patient_identifier (patient_id)
-- next
CREATE TABLE patient_care (
	user_id INTEGER NOT NULL, 
	patient_id INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_patient_care PRIMARY KEY (user_id, patient_id), 
	CONSTRAINT fk_patient_care_user_id FOREIGN KEY(user_id) REFERENCES user_account (id), 
	CONSTRAINT fk_patient_care_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
)
-- next
CREATE TABLE queue (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	department_id INTEGER, 
	code VARCHAR(8) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	prefix VARCHAR(8) NOT NULL, 
	start_number INTEGER NOT NULL, 
	daily_limit INTEGER, 
	is_24h BOOLEAN NOT NULL, 
	desk_calls BOOLEAN NOT NULL, 
	policy VARCHAR(10) NOT NULL, 
	rejoin VARCHAR(10) NOT NULL, 
	paused_at DATETIME, 
	paused_reason VARCHAR(200), 
	active BOOLEAN NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_queue PRIMARY KEY (id), 
	CONSTRAINT uq_queue_hospital_id_code UNIQUE (hospital_id, code), 
	CONSTRAINT uq_queue_hospital_id_prefix UNIQUE (hospital_id, prefix), 
	CONSTRAINT ck_queue_kind CHECK (kind IN ('doctor', 'service', 'room')), 
	CONSTRAINT ck_queue_policy CHECK (policy IN ('due', 'strict', 'arrival', 'alternate')), 
	CONSTRAINT ck_queue_rejoin CHECK (rejoin IN ('keep', 'end')), 
	CONSTRAINT ck_queue_start_number CHECK (start_number >= 1), 
	CONSTRAINT ck_queue_daily_limit CHECK (daily_limit IS NULL OR daily_limit >= 1), 
	CONSTRAINT fk_queue_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_queue_department_id FOREIGN KEY(department_id) REFERENCES department (id)
)
-- next
CREATE TABLE queue_room (
	queue_id INTEGER NOT NULL, 
	room VARCHAR(40) NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_queue_room PRIMARY KEY (queue_id, room), 
	CONSTRAINT fk_queue_room_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id)
)
-- next
CREATE TABLE queue_doctor (
	queue_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	CONSTRAINT pk_queue_doctor PRIMARY KEY (queue_id, user_id), 
	CONSTRAINT fk_queue_doctor_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id), 
	CONSTRAINT fk_queue_doctor_user_id FOREIGN KEY(user_id) REFERENCES user_account (id)
)
-- next
CREATE INDEX ix_queue_doctor_user_id ON queue_doctor (user_id)
-- next
CREATE TABLE token_counter (
	queue_id INTEGER NOT NULL, 
	service_day DATE NOT NULL, 
	series VARCHAR(8) NOT NULL, 
	last INTEGER NOT NULL, 
	issued_at DATETIME NOT NULL, 
	CONSTRAINT pk_token_counter PRIMARY KEY (queue_id, service_day, series), 
	CONSTRAINT fk_token_counter_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id)
)
-- next
CREATE TABLE token (
	id INTEGER NOT NULL, 
	hospital_id INTEGER NOT NULL, 
	queue_id INTEGER NOT NULL, 
	series_queue_id INTEGER NOT NULL, 
	series VARCHAR(8) NOT NULL, 
	service_day DATE NOT NULL, 
	number INTEGER NOT NULL, 
	code VARCHAR(16) NOT NULL, 
	leg INTEGER NOT NULL, 
	came_from_id INTEGER, 
	status VARCHAR(20) NOT NULL, 
	token_class VARCHAR(12) NOT NULL, 
	head_start_minutes INTEGER NOT NULL, 
	rank BIGINT NOT NULL, 
	patient_id INTEGER, 
	counter VARCHAR(200), 
	room VARCHAR(40), 
	arrived_at DATETIME NOT NULL, 
	issued_at DATETIME NOT NULL, 
	called_at DATETIME, 
	last_called_at DATETIME, 
	started_at DATETIME, 
	ended_at DATETIME, 
	call_count INTEGER NOT NULL, 
	recalls INTEGER DEFAULT '0' NOT NULL, 
	called_because VARCHAR(240), 
	reason VARCHAR(200), 
	undo JSON, 
	CONSTRAINT pk_token PRIMARY KEY (id), 
	CONSTRAINT ck_token_status CHECK (status IN ('waiting', 'called', 'in_progress', 'on_hold', 'completed', 'no_show', 'left', 'cancelled', 'entered_in_error', 'transferred', 'expired')), 
	CONSTRAINT ck_token_counter CHECK (counter IS NOT NULL OR NOT (status IN ('called', 'in_progress'))), 
	CONSTRAINT ck_token_call_count CHECK (call_count >= 1 OR status <> 'called'), 
	CONSTRAINT ck_token_started_at CHECK (started_at IS NOT NULL OR status <> 'in_progress'), 
	CONSTRAINT ck_token_ended_at CHECK (ended_at IS NULL OR NOT (status IN ('waiting', 'called', 'in_progress', 'on_hold'))), 
	CONSTRAINT ck_token_number CHECK (number >= 1 AND leg >= 1), 
	CONSTRAINT fk_token_hospital_id FOREIGN KEY(hospital_id) REFERENCES hospital (id), 
	CONSTRAINT fk_token_queue_id FOREIGN KEY(queue_id) REFERENCES queue (id), 
	CONSTRAINT fk_token_series_queue_id FOREIGN KEY(series_queue_id) REFERENCES queue (id), 
	CONSTRAINT fk_token_came_from_id FOREIGN KEY(came_from_id) REFERENCES token (id), 
	CONSTRAINT fk_token_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
)
-- next
CREATE INDEX ix_token_code ON token (hospital_id, code, service_day)
-- next
CREATE INDEX ix_token_completed ON token (queue_id, ended_at) WHERE status = 'completed'
-- next
CREATE INDEX ix_token_day ON token (hospital_id, service_day, id)
-- next
CREATE INDEX ix_token_open ON token (queue_id, status, id) WHERE status IN ('waiting', 'called', 'in_progress', 'on_hold', 'no_show')
-- next
CREATE INDEX ix_token_patient ON token (patient_id, service_day)
-- next
CREATE INDEX ix_token_waiting ON token (queue_id, rank, id, code) WHERE status = 'waiting'
-- next
CREATE UNIQUE INDEX uq_token_counter_serving ON token (hospital_id, counter) WHERE status IN ('called', 'in_progress')
-- next
CREATE UNIQUE INDEX uq_token_number ON token (series_queue_id, service_day, series, number) WHERE leg = 1
-- next
CREATE UNIQUE INDEX uq_token_patient_active ON token (queue_id, patient_id) WHERE patient_id IS NOT NULL AND status IN ('waiting', 'called', 'in_progress', 'on_hold')
-- next
CREATE TRIGGER token_status_moves BEFORE UPDATE OF status ON token
WHEN OLD.status <> NEW.status AND NOT ((OLD.status = 'waiting' AND NEW.status IN ('called', 'cancelled', 'entered_in_error', 'expired', 'left', 'no_show', 'on_hold', 'transferred')) OR (OLD.status = 'called' AND NEW.status IN ('cancelled', 'completed', 'expired', 'in_progress', 'left', 'no_show', 'on_hold', 'transferred', 'waiting')) OR (OLD.status = 'in_progress' AND NEW.status IN ('called', 'completed', 'on_hold', 'transferred')) OR (OLD.status = 'on_hold' AND NEW.status IN ('called', 'cancelled', 'expired', 'in_progress', 'left', 'transferred', 'waiting')) OR (OLD.status = 'completed' AND NEW.status IN ('called', 'in_progress')) OR (OLD.status = 'no_show' AND NEW.status IN ('called', 'cancelled', 'left', 'waiting')) OR (OLD.status = 'left' AND NEW.status IN ('called', 'no_show', 'on_hold', 'waiting')) OR (OLD.status = 'cancelled' AND NEW.status IN ('called', 'no_show', 'on_hold', 'waiting')) OR (OLD.status = 'transferred' AND NEW.status IN ('called', 'in_progress', 'on_hold', 'waiting')))
BEGIN SELECT RAISE(ABORT, 'token status cannot move so'); END
