# SPDX-License-Identifier: Apache-2.0
"""What of a charge batch a pharmacy sold without a prescription, beside the other sums."""

from typing import ClassVar

from django.db import migrations

# Batches that a pharmacy uploaded before are read as sold with a prescription: nobody asked then.
SQL = """
ALTER TABLE fee_batch ADD COLUMN unprescribed_fen bigint NOT NULL DEFAULT 0;
"""


class Migration(migrations.Migration):
    """Adds a column; the way back is a restored backup, so there is no reverse step."""

    dependencies: ClassVar = [("gongji_care", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
