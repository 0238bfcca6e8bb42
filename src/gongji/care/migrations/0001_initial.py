# SPDX-License-Identifier: Apache-2.0
"""First tables of the room. Big tables carry the owner person first in every key."""

from typing import ClassVar

from django.db import migrations

SQL = """

CREATE TABLE institution (
  institution_id integer PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  kind smallint NOT NULL CHECK (kind IN (1, 2)),
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 3),
  hosp_lv text NOT NULL DEFAULT '',
  area integer NOT NULL,
  active boolean NOT NULL DEFAULT true,
  sign_variant text NOT NULL,
  keys_enc bytea NOT NULL,
  dialect jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE catalogue_item (
  code text PRIMARY KEY,
  name text NOT NULL,
  list_type text NOT NULL,
  chrgitm_lv text NOT NULL CHECK (chrgitm_lv IN ('01', '02', '03')),
  med_chrgitm_type text NOT NULL,
  first_self_bp integer NOT NULL CHECK (first_self_bp BETWEEN 0 AND 10000),
  ceiling_micro bigint,
  restricted boolean NOT NULL DEFAULT false,
  basic_drug boolean NOT NULL DEFAULT false,
  begun date NOT NULL,
  ended date,
  resident_first_self_bp integer CHECK (resident_first_self_bp BETWEEN 0 AND 10000),
  negotiated boolean NOT NULL DEFAULT false,
  child_drug boolean NOT NULL DEFAULT false,
  special boolean NOT NULL DEFAULT false,
  spec text NOT NULL DEFAULT '',
  form_name text NOT NULL DEFAULT ''
);
CREATE TABLE reference_version (
  name text PRIMARY KEY,
  version bigint NOT NULL
);
INSERT INTO reference_version VALUES ('catalogue', 1), ('institution', 1), ('barrier', 1);
CREATE SEQUENCE visit_seq START 1000001;
CREATE TABLE visit (
  owner bigint NOT NULL,
  mdtrt_id bigint NOT NULL,
  institution_id integer NOT NULL,
  setting smallint NOT NULL CHECK (setting BETWEEN 1 AND 4),
  med_type text NOT NULL,
  insutype integer NOT NULL,
  coverage_no smallint NOT NULL,
  insured_area integer NOT NULL,
  admission_no smallint NOT NULL DEFAULT 0,
  begun_at timestamptz NOT NULL,
  ended_at timestamptz,
  status smallint NOT NULL DEFAULT 1 CHECK (status IN (1, 2, 3)),
  ipt_otp_no text NOT NULL DEFAULT '',
  dise_codg text NOT NULL DEFAULT '',
  detail jsonb NOT NULL DEFAULT '{}',
  diagnoses jsonb NOT NULL DEFAULT '[]',
  made_at timestamptz NOT NULL,
  PRIMARY KEY (owner, mdtrt_id)
);
-- Nobody lies in two beds: at most one open stay per person.
CREATE UNIQUE INDEX visit_open_stay ON visit (owner) WHERE setting = 4 AND status = 1;
-- serials: the line numbers of ``lines``, so that a repeated one is found without opening them.
CREATE TABLE fee_batch (
  owner bigint NOT NULL,
  mdtrt_id bigint NOT NULL,
  chrg_bchno text NOT NULL,
  upload_no integer NOT NULL,
  lines jsonb NOT NULL,
  serials text[] NOT NULL DEFAULT '{}',
  total_fen bigint NOT NULL,
  self_paid_fen bigint NOT NULL,
  over_limit_fen bigint NOT NULL,
  first_self_fen bigint NOT NULL,
  in_policy_fen bigint NOT NULL,
  settled_by bigint,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (owner, mdtrt_id, chrg_bchno, upload_no),
  CHECK (total_fen = self_paid_fen + over_limit_fen + first_self_fen + in_policy_fen)
) WITH (fillfactor = 85);
"""


class Migration(migrations.Migration):
    """Creates the tables; the way back is a restored backup, so there is no reverse step."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
