# SPDX-License-Identifier: Apache-2.0
"""First tables of the room. Big tables carry the owner person first in every key."""

from typing import ClassVar

from django.db import migrations

SQL = """

CREATE SEQUENCE authorisation_seq START 1001;
CREATE TABLE authorisation (
  recipient bigint NOT NULL,
  auth_id bigint NOT NULL,
  giver bigint NOT NULL,
  relation smallint NOT NULL,
  position smallint NOT NULL,
  uses integer NOT NULL,
  state smallint NOT NULL CHECK (state IN (1, 2, 3)),
  valid_from date NOT NULL,
  valid_until date,
  visit_limit_fen bigint CHECK (visit_limit_fen >= 0),
  day_limit_fen bigint CHECK (day_limit_fen >= 0),
  year_limit_fen bigint CHECK (year_limit_fen >= 0),
  grant_fen bigint CHECK (grant_fen >= 0),
  used_day date NOT NULL DEFAULT '2000-01-01',
  used_day_fen bigint NOT NULL DEFAULT 0 CHECK (used_day_fen >= 0),
  used_year smallint NOT NULL DEFAULT 2000,
  used_year_fen bigint NOT NULL DEFAULT 0 CHECK (used_year_fen >= 0),
  used_grant_fen bigint NOT NULL DEFAULT 0 CHECK (used_grant_fen >= 0),
  made_at timestamptz NOT NULL,
  ended_at timestamptz,
  PRIMARY KEY (recipient, auth_id),
  CHECK (giver <> recipient)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX authorisation_live ON authorisation (recipient, giver) WHERE state <> 3;
CREATE INDEX authorisation_giver ON authorisation (giver) WHERE state <> 3;
-- relation: what the recipient is to the giver (national table patn_rlts).
CREATE SEQUENCE authorisation_event_seq;
CREATE TABLE authorisation_event (
  recipient bigint NOT NULL,
  event_id bigint NOT NULL,
  auth_id bigint NOT NULL,
  verb text NOT NULL,
  actor text NOT NULL,
  request_id text NOT NULL DEFAULT '',
  at timestamptz NOT NULL,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  PRIMARY KEY (recipient, event_id)
);
CREATE FUNCTION authorisation_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only table %: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER authorisation_event_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON authorisation_event
  FOR EACH STATEMENT EXECUTE FUNCTION authorisation_event_refuse();
"""


class Migration(migrations.Migration):
    """Creates the tables; the way back is a restored backup, so there is no reverse step."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
