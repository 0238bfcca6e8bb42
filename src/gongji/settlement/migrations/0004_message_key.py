# SPDX-License-Identifier: Apache-2.0
"""A message is known by institution, msgid and transaction: a msgid may serve two transactions.

Many systems make it of the second of the clock. Rows that are there keep what they say; a key that
was unique stays unique. The index is built beside the traffic, and takes the table for a moment.
"""

from typing import ClassVar

from django.db import migrations

STEPS = (
    "DROP INDEX CONCURRENTLY IF EXISTS message_by_infno",  # of an attempt that was interrupted
    "CREATE UNIQUE INDEX CONCURRENTLY message_by_infno ON message (institution_id, msgid, infno)",
    "ALTER TABLE message DROP CONSTRAINT message_pkey,"
    " ADD CONSTRAINT message_pkey PRIMARY KEY USING INDEX message_by_infno",
)


class Migration(migrations.Migration):
    """Changes a primary key; the way back is a restored backup, so there is no reverse step."""

    atomic = False  # an index is built beside the traffic outside of transactions alone
    dependencies: ClassVar = [("gongji_settlement", "0003_policy_pack")]
    operations: ClassVar = [migrations.RunSQL(step, migrations.RunSQL.noop) for step in STEPS]
