# SPDX-License-Identifier: Apache-2.0
"""A disease may be filed again after its filing ended: each filing has its own first day."""

from typing import ClassVar

from django.db import migrations

SQL = """
ALTER TABLE chronic_filing DROP CONSTRAINT chronic_filing_pkey;
ALTER TABLE chronic_filing ADD PRIMARY KEY (owner, dise_code, begun);
"""


class Migration(migrations.Migration):
    """Widens a key; the way back is a restored backup, so there is no reverse step."""

    dependencies: ClassVar = [("gongji_members", "0002_breaks")]
    operations: ClassVar = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
