# SPDX-License-Identifier: Apache-2.0
"""Records, accepted messages and used rules are kept: the database refuses to remove or alter them.

A message that could be forgotten could take effect a second time.
"""

from typing import ClassVar

from django.db import migrations

SQL = """
CREATE FUNCTION settlement_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % keeps its history: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER settlement_never_emptied BEFORE TRUNCATE ON settlement
  FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_rewrite();
CREATE TRIGGER rule_set_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_set
  FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_rewrite();
CREATE TRIGGER message_never_removed BEFORE DELETE OR TRUNCATE ON message
  FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_rewrite();
-- 2601 marks a message as cancelled; nothing else of it ever changes, and nothing uncancels it.
CREATE FUNCTION message_only_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outcome = 2 AND (to_jsonb(NEW) - 'outcome') = (to_jsonb(OLD) - 'outcome') THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'message % of institution %: it may only be cancelled', OLD.msgid,
    OLD.institution_id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER message_kept BEFORE UPDATE ON message
  FOR EACH ROW EXECUTE FUNCTION message_only_cancelled();
"""


class Migration(migrations.Migration):
    """Creates triggers; the way back is a restored backup, so there is no reverse step."""

    dependencies: ClassVar = [("gongji_settlement", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
