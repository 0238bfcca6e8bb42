# SPDX-License-Identifier: Apache-2.0
"""The statements by which ``facts`` reads, each for a whole batch; locks in ascending order.

A statement that locks reads nothing else: what is joined to it would be of before the lock.
"""

from __future__ import annotations

from gongji.ledger import locking
from gongji.ledger.locking import Variant
from gongji.ledger.wire import Statement
from gongji.members.coverages import BREAKS_COLUMN
from gongji.settlement.records import RECORD_COLUMNS
from gongji.sharing.authorisations import AUTHORISATION_COLUMNS

ACCUMULATED = 15  # amounts of an accumulator row, in the order of ACCUMULATOR_COLUMNS
ACCUMULATOR_COLUMNS = (
    "op_deductible_fen, op_scope_fen, op_pooled_fen, ch_deductible_fen, ch_scope_fen,"
    " ch_pooled_fen, ip_deductible_fen, ip_scope_fen, ip_pooled_fen, large_paid_fen,"
    " serious_base_fen, serious_paid_fen, subsidy_paid_fen, aid_base_fen, aid_paid_fen"
)

AUTHORISATIONS = Statement(
    f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation"
    " WHERE recipient = ANY(%s::bigint[]) AND state <> 3 ORDER BY recipient, position, auth_id"
)
ENDED_AUTHORISATIONS = Statement(
    f"SELECT {AUTHORISATION_COLUMNS} FROM authorisation"
    " WHERE recipient = ANY(%s::bigint[]) AND state = 3"
)
SETTLEMENTS = Statement(
    f"SELECT {RECORD_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[]) AS k (owner, setl_id)"
    " JOIN settlement s USING (owner, setl_id)"
)
MESSAGES = Statement(
    "SELECT m.institution_id, m.msgid, m.infno, m.fingerprint, m.outcome, m.owner, m.result_id"
    " FROM unnest(%s::bigint[], %s::text[]) AS k (institution_id, msgid)"
    " JOIN message m USING (institution_id, msgid)"
)
PATIENTS = Statement("SELECT owner, birth, sex FROM person WHERE owner = ANY(%s::bigint[])")
LOCK_PATIENTS = Statement(
    "SELECT owner, birth, sex FROM person WHERE owner = ANY(%s::bigint[])"
    " ORDER BY owner FOR NO KEY UPDATE"
)
ACCOUNTS = Statement(
    "SELECT owner, area, status, current_fen, carried_fen, year FROM account"
    " WHERE owner = ANY(%s::bigint[])"
)
LOCK_ACCOUNTS = {variant: Statement(locking.lock_sql(variant)) for variant in Variant}
COVERAGES = Statement(
    "SELECT owner, coverage_no, insutype, area, psn_type, retired, status, civil_servant,"
    f" aid_class, begun, paused, ended, {BREAKS_COLUMN} FROM coverage"
    " WHERE owner = ANY(%s::bigint[]) ORDER BY owner, coverage_no"
)
# A visit with the uploads of its charge batch, each with what it is settled by. Civil time by its
# offset (records.CIVIL_TIME): looking a zone up by its name costs more than the row.
VISITS = Statement(
    "SELECT v.owner, v.mdtrt_id, v.institution_id, v.setting, v.med_type, v.insutype,"
    " v.coverage_no, v.insured_area, v.admission_no,"
    " (v.begun_at AT TIME ZONE interval '8 hours')::date,"
    " (v.ended_at AT TIME ZONE interval '8 hours')::date, v.status, v.dise_codg,"
    " COALESCE((v.detail ->> 'filed')::int, 0), k.batch, f.settled_by,"
    " f.chrg_bchno, f.upload_no, f.total_fen, f.self_paid_fen, f.over_limit_fen,"
    " f.first_self_fen, f.in_policy_fen, f.unprescribed_fen"
    " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS k (owner, mdtrt_id, batch)"
    " JOIN visit v ON v.owner = k.owner AND v.mdtrt_id = k.mdtrt_id"
    " LEFT JOIN fee_batch f ON f.owner = k.owner AND f.mdtrt_id = k.mdtrt_id"
    " AND f.chrg_bchno = k.batch"
)
# What stands, in the order in which it was committed: settlements of one patient take their batch's
# number under the patient's lock (their own numbers are in order within a batch alone).
_IN_ORDER = (
    " JOIN entry e ON e.owner = s.owner AND e.entry_id = s.setl_id"
    " WHERE s.reversed_by IS NULL AND s.kind <> 2 ORDER BY e.batch_id, s.setl_id"
)
STANDING = Statement(
    f"SELECT {RECORD_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[]) AS k (owner, mdtrt_id)"
    f" JOIN settlement s USING (owner, mdtrt_id){_IN_ORDER}"
)
ALL_STANDING = Statement(
    f"SELECT {RECORD_COLUMNS} FROM unnest(%s::bigint[]) AS k (owner)"
    f" JOIN settlement s USING (owner){_IN_ORDER}"
)
RULE_SETS = Statement(
    "SELECT rules_id::bigint, body::text FROM rule_set WHERE rules_id = ANY(%s::bigint[])"
)
DIFFERENCES = Statement(
    "SELECT owner, year, scheme, sum(pooled_fen)::bigint, sum(large_fen)::bigint,"
    " sum(serious_fen)::bigint, sum(subsidy_fen)::bigint, sum(aid_fen)::bigint"
    " FROM fund_difference WHERE owner = ANY(%s::bigint[]) GROUP BY owner, year, scheme"
)
ACCUMULATORS = Statement(
    f"SELECT owner, year, scheme, {ACCUMULATOR_COLUMNS} FROM accumulator"
    " WHERE owner = ANY(%s::bigint[])"
)
CHRONIC = Statement(
    "SELECT owner, dise_code, dise_name, disease_class, begun, ended FROM chronic_filing"
    " WHERE owner = ANY(%s::bigint[]) ORDER BY owner, dise_code, begun"
)
