# SPDX-License-Identifier: Apache-2.0
"""First tables of the room. Big tables carry the owner person first in every key."""

from typing import ClassVar

from django.db import migrations

SQL = """

CREATE TABLE person (
  owner bigint PRIMARY KEY,
  psn_no text NOT NULL,
  cert_type text NOT NULL,
  cert_enc bytea NOT NULL,
  name_enc bytea NOT NULL,
  phone_enc bytea,
  sex smallint NOT NULL CHECK (sex IN (0, 1, 2, 9)),
  birth date NOT NULL,
  nation text NOT NULL DEFAULT '01',
  made_at timestamptz NOT NULL DEFAULT now()
);
CREATE SEQUENCE person_seq START 100001;
-- Ways to find a person. Certificates and tokens are keyed hashes, never clear text.
CREATE TABLE person_key (
  key bytea NOT NULL,
  kind smallint NOT NULL,
  owner bigint NOT NULL,
  PRIMARY KEY (key, kind)
);
CREATE INDEX person_key_owner ON person_key (owner);
CREATE TABLE coverage (
  owner bigint NOT NULL REFERENCES person (owner),
  coverage_no smallint NOT NULL,
  insutype integer NOT NULL,
  area integer NOT NULL CHECK (area BETWEEN 100000 AND 999999),
  psn_type text NOT NULL,
  retired boolean NOT NULL DEFAULT false,
  status smallint NOT NULL CHECK (status BETWEEN 0 AND 4),
  civil_servant boolean NOT NULL DEFAULT false,
  aid_class smallint NOT NULL DEFAULT 0,
  flexible boolean NOT NULL DEFAULT false,
  credit_base_fen bigint NOT NULL DEFAULT 0 CHECK (credit_base_fen >= 0),
  begun date NOT NULL,
  paused date,
  ended date,
  employer text NOT NULL DEFAULT '',
  PRIMARY KEY (owner, coverage_no)
);
CREATE TABLE chronic_filing (
  owner bigint NOT NULL REFERENCES person (owner),
  dise_code text NOT NULL,
  dise_name text NOT NULL,
  disease_class smallint NOT NULL DEFAULT 2,
  begun date NOT NULL,
  ended date,
  PRIMARY KEY (owner, dise_code)
);
"""


class Migration(migrations.Migration):
    """Creates the tables; the way back is a restored backup, so there is no reverse step."""

    initial = True
    dependencies: ClassVar = []
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
