# SPDX-License-Identifier: Apache-2.0
"""What funds have paid too much or too little since an earlier settlement was reversed.

Each row is a change that one settlement or reversal made; the sum over a year is what is open.
"""

from typing import ClassVar

from django.db import migrations

SQL = """
CREATE TABLE fund_difference (
  owner bigint NOT NULL,
  setl_id bigint NOT NULL,
  year smallint NOT NULL,
  scheme integer NOT NULL,
  pooled_fen bigint NOT NULL,
  large_fen bigint NOT NULL,
  serious_fen bigint NOT NULL,
  subsidy_fen bigint NOT NULL,
  aid_fen bigint NOT NULL,
  made_at timestamptz NOT NULL,
  PRIMARY KEY (owner, setl_id, year, scheme)
);
CREATE TRIGGER fund_difference_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_difference
  FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_rewrite();
"""


class Migration(migrations.Migration):
    """Creates a table; the way back is a restored backup, so there is no reverse step."""

    dependencies: ClassVar = [("gongji_settlement", "0004_message_key")]
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
