-- What the migrations come to on an empty SQLite file. Written by `make expect`, and held against them by a test.

CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE generation (
	id INTEGER NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT generation_is_one_row CHECK (id = 1)
);

CREATE TABLE workspaces (
	id VARCHAR(63) NOT NULL, 
	description TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE transformations (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace VARCHAR(63) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	description TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	revision BIGINT NOT NULL, 
	latest_version BIGINT NOT NULL, 
	CONSTRAINT transformations_by_name UNIQUE (workspace, id), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

CREATE TABLE versions (
	transformation INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	engine VARCHAR(63) NOT NULL, 
	source TEXT NOT NULL, 
	cases JSON NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	entry_point VARCHAR(63) NOT NULL, 
	uses_metadata BOOLEAN NOT NULL, 
	warnings JSON NOT NULL, 
	actor TEXT NOT NULL, 
	created DATETIME NOT NULL, capabilities JSON, libraries JSON, 
	PRIMARY KEY (transformation, number), 
	CONSTRAINT versions_by_content UNIQUE (transformation, content_hash), 
	FOREIGN KEY(transformation) REFERENCES transformations ("key") ON DELETE CASCADE
);

CREATE TABLE aliases (
	transformation INTEGER NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	version BIGINT NOT NULL, 
	percent DOUBLE NOT NULL, 
	change BIGINT NOT NULL, 
	updated DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	PRIMARY KEY (transformation, id), 
	CONSTRAINT aliases_point_at_versions FOREIGN KEY(transformation, version) REFERENCES versions (transformation, number) ON DELETE CASCADE
);

CREATE TABLE alias_changes (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	transformation INTEGER NOT NULL, 
	alias VARCHAR(63) NOT NULL, 
	version BIGINT NOT NULL, 
	percent DOUBLE NOT NULL, 
	time DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	previous BIGINT, 
	FOREIGN KEY(transformation) REFERENCES transformations ("key") ON DELETE CASCADE
);

CREATE INDEX alias_changes_by_alias ON alias_changes (transformation, alias, "key");

CREATE TABLE audit (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace VARCHAR(63) NOT NULL, 
	time DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	action VARCHAR(63) NOT NULL, 
	resource TEXT NOT NULL, 
	detail TEXT NOT NULL
);

CREATE INDEX audit_by_workspace ON audit (workspace, "key");

CREATE TABLE requests (
	scope VARCHAR(63) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	method VARCHAR(63) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	answer JSON NOT NULL, 
	time DATETIME NOT NULL, 
	PRIMARY KEY (scope, id)
);

CREATE INDEX requests_by_time ON requests (time);

CREATE TRIGGER versions_no_update BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;

CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END;

CREATE TABLE api_keys (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(63) NOT NULL, 
	label TEXT NOT NULL, 
	workspace VARCHAR(63), 
	role VARCHAR(16) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	requests_per_second INTEGER NOT NULL, 
	created DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	expires DATETIME, 
	revoked DATETIME, 
	revoked_by TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	CONSTRAINT api_keys_by_id UNIQUE (id), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

CREATE INDEX api_keys_by_revision ON api_keys (revision);

CREATE TABLE quarantines (
	transformation INTEGER NOT NULL, 
	version BIGINT NOT NULL, 
	server VARCHAR(32) NOT NULL, 
	since DATETIME NOT NULL, 
	until DATETIME NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (transformation, version, server), 
	CONSTRAINT quarantines_of_versions FOREIGN KEY(transformation, version) REFERENCES versions (transformation, number) ON DELETE CASCADE
);

CREATE TABLE secrets (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace VARCHAR(63) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	sealed TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	CONSTRAINT secrets_by_name UNIQUE (workspace, id), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

CREATE TABLE tables (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace VARCHAR(63) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	latest_version BIGINT NOT NULL, 
	live_version BIGINT NOT NULL, 
	CONSTRAINT tables_by_name UNIQUE (workspace, id), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

CREATE TABLE table_files (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	created DATETIME NOT NULL
);

CREATE TABLE table_pieces (
	file INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (file, position), 
	FOREIGN KEY(file) REFERENCES table_files ("key") ON DELETE CASCADE
);

CREATE TABLE table_versions (
	"table" INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	file INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	rows BIGINT NOT NULL, 
	size BIGINT NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	columns JSON NOT NULL, 
	actor TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY ("table", number), 
	CONSTRAINT table_versions_by_content UNIQUE ("table", content_hash), 
	FOREIGN KEY("table") REFERENCES tables ("key") ON DELETE CASCADE, 
	FOREIGN KEY(file) REFERENCES table_files ("key")
);

CREATE TRIGGER table_versions_no_update BEFORE UPDATE ON table_versions BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;

CREATE TABLE libraries (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace VARCHAR(63) NOT NULL, 
	handle VARCHAR(63) NOT NULL, 
	latest_version BIGINT NOT NULL, 
	CONSTRAINT libraries_by_handle UNIQUE (workspace, handle), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

CREATE TABLE library_versions (
	library INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	engine VARCHAR(63) NOT NULL, 
	source TEXT NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	libraries JSON, 
	actor TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (library, number), 
	FOREIGN KEY(library) REFERENCES libraries ("key") ON DELETE CASCADE
);

CREATE TRIGGER library_versions_no_update BEFORE UPDATE ON library_versions BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;

CREATE TABLE definitions (
	"key" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	workspace VARCHAR(63) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	id VARCHAR(63) NOT NULL, 
	created DATETIME NOT NULL, 
	updated DATETIME NOT NULL, 
	latest_version BIGINT NOT NULL, 
	live_version BIGINT NOT NULL, 
	CONSTRAINT definitions_by_name UNIQUE (workspace, kind, id), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

CREATE TABLE definition_versions (
	definition INTEGER NOT NULL, 
	number BIGINT NOT NULL, 
	content TEXT NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	uses JSON NOT NULL, 
	actor TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	PRIMARY KEY (definition, number), 
	CONSTRAINT definition_versions_by_content UNIQUE (definition, content_hash), 
	FOREIGN KEY(definition) REFERENCES definitions ("key") ON DELETE CASCADE
);

CREATE TRIGGER definition_versions_no_update BEFORE UPDATE ON definition_versions BEGIN SELECT RAISE(ABORT, 'a version never changes'); END;

CREATE TABLE applied (
	workspace VARCHAR(63) NOT NULL, 
	content TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	updated DATETIME NOT NULL, 
	actor TEXT NOT NULL, 
	PRIMARY KEY (workspace), 
	FOREIGN KEY(workspace) REFERENCES workspaces (id)
);

INSERT INTO alembic_version VALUES ('r0007');

INSERT INTO generation VALUES (1, 1);

INSERT INTO workspaces VALUES ('default', 'Made with the registry.', strftime('%Y-%m-%d %H:%M:%f000', 'now'));
