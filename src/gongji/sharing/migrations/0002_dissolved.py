# SPDX-License-Identifier: Apache-2.0
"""What ended an authorisation by itself: a break of insurance, by its reason code."""

from typing import ClassVar

from django.db import migrations

SQL = """

-- kernel.reasons; 0: somebody ended it, or it has not ended.
ALTER TABLE authorisation ADD COLUMN ended_reason smallint NOT NULL DEFAULT 0;
"""


class Migration(migrations.Migration):
    """Adds the reason; authorisations that ended before were ended by somebody."""

    dependencies: ClassVar = [("gongji_sharing", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
