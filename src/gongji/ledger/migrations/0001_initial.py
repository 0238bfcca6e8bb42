# SPDX-License-Identifier: Apache-2.0
"""First tables of the room. Big tables carry the owner person first in every key."""

from typing import ClassVar

from django.db import migrations

SQL = """

-- One personal account (PA) per employee; integer fen; never negative.
CREATE TABLE account (
  owner bigint PRIMARY KEY,
  area integer NOT NULL,
  status smallint NOT NULL DEFAULT 1 CHECK (status IN (1, 2, 3)),
  current_fen bigint NOT NULL DEFAULT 0 CONSTRAINT account_current_not_negative
    CHECK (current_fen >= 0),
  carried_fen bigint NOT NULL DEFAULT 0 CONSTRAINT account_carried_not_negative
    CHECK (carried_fen >= 0),
  year smallint NOT NULL,
  opened date NOT NULL
) WITH (fillfactor = 70);
CREATE SEQUENCE entry_seq START 10000001;
CREATE SEQUENCE ledger_batch_seq;
-- leaves: one SM3 per entry, in the order of entry_ids, over the entry, its postings and its
-- attached document (the settlement's record).
CREATE TABLE ledger_batch (
  batch_id bigint PRIMARY KEY,
  made_at timestamptz NOT NULL,
  writer text NOT NULL,
  entries integer NOT NULL CHECK (entries > 0),
  entry_ids bigint[] NOT NULL,
  leaves bytea NOT NULL
);
CREATE TABLE entry (
  owner bigint NOT NULL,
  entry_id bigint NOT NULL,
  batch_id bigint NOT NULL,
  kind smallint NOT NULL,
  business_date date NOT NULL,
  reversal_of bigint,
  PRIMARY KEY (owner, entry_id)
);
CREATE UNIQUE INDEX entry_reversal_of ON entry (owner, reversal_of) WHERE reversal_of IS NOT NULL;
CREATE TABLE posting (
  owner bigint NOT NULL,
  entry_id bigint NOT NULL,
  seq smallint NOT NULL,
  account smallint NOT NULL,
  party bigint NOT NULL DEFAULT 0,
  amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
  PRIMARY KEY (owner, entry_id, seq)
);
-- Postings of one entry without knowing their owners (drill-down); almost free to keep.
CREATE INDEX posting_entry_id ON posting USING brin (entry_id)
  WITH (pages_per_range = 32, autosummarize = on);
-- One row per periodic credit that was made: the key makes a repeated run harmless.
-- period: yyyymm for a monthly credit, yyyy for interest and the year-end roll.
CREATE TABLE credit_run (
  owner bigint NOT NULL,
  period integer NOT NULL,
  kind smallint NOT NULL,
  entry_id bigint NOT NULL,
  document bytea NOT NULL,
  PRIMARY KEY (owner, period, kind)
);
CREATE TABLE seal (
  seq bigint PRIMARY KEY,
  batch_id bigint NOT NULL UNIQUE,
  hash bytea NOT NULL,
  sealed_at timestamptz NOT NULL
);
-- The ledger's history is append-only, also for the owner of the tables.
CREATE FUNCTION refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % keeps its history: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER ledger_batch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_batch
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
CREATE TRIGGER credit_run_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_run
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
-- An account is closed by its status, never removed: its postings stay.
CREATE TRIGGER account_never_removed BEFORE DELETE OR TRUNCATE ON account
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewrite();
"""


class Migration(migrations.Migration):
    """Creates the tables; the way back is a restored backup, so there is no reverse step."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
