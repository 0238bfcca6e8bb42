# SPDX-License-Identifier: Apache-2.0
"""Insurance has a history: breaks that are over, and every change of state that was stated."""

from typing import ClassVar

from django.db import migrations

SQL = """

-- Days without insurance that are over; status, paused and ended tell how the relation stands now.
-- A multirange of dates cannot overlap itself. Every range has a first and a last day.
ALTER TABLE coverage ADD COLUMN breaks datemultirange NOT NULL DEFAULT '{}'
  CHECK (NOT lower_inf(breaks) AND NOT upper_inf(breaks));

CREATE SEQUENCE coverage_event_seq;
CREATE TABLE coverage_event (
  owner bigint NOT NULL,
  event_id bigint NOT NULL,
  coverage_no smallint NOT NULL,
  status smallint NOT NULL,
  from_day date NOT NULL,
  before jsonb NOT NULL,
  after jsonb NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (owner, event_id)
);
CREATE FUNCTION coverage_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only table %: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER coverage_event_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage_event
  FOR EACH STATEMENT EXECUTE FUNCTION coverage_event_refuse();
"""


class Migration(migrations.Migration):
    """Adds the history; what was stated before stands as it is."""

    dependencies: ClassVar = [("gongji_members", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
