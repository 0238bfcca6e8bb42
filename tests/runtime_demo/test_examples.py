# SPDX-License-Identifier: Apache-2.0
"""The examples for vendors: each plays, is answered as stored, and is shown in the guide.

Write replies and page anew with ``make examples`` and read the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import recording
from recording import Told

from gongji.gateway.handlers import HANDLERS
from gongji.ledger.audit import audit
from gongji.runtime import cli, examples
from gongji.runtime.errors import UserError
from gongji.settlement.audit import CHECKS, documents

WRITE = os.environ.get("GOLDEN") == "write"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def told(db: str) -> list[Told]:
    return recording.record(db)


@pytest.mark.postgres
def test_replies_and_page_are_those_of_a_real_run(told: list[Told], db: str) -> None:
    written = {
        recording.replies_file(name): recording.replies(told, name) for name in examples.SHOWN
    }
    written[recording.PAGE] = recording.page(told)
    for file, text in written.items():
        if WRITE:
            file.write_text(text, encoding="utf-8")
        assert file.read_text(encoding="utf-8") == text, f"{file.name}: run make examples"
    # What a vendor reads is not only stored: it went well, and the books are in order.
    refused = [one for one in told if str(one.reply.get("infcode", "0")) != "0"]
    assert [(one.example, one.infno) for one in refused] == [("reversal", "2102")]
    with psycopg.connect(db) as conn:
        report = audit(conn, settlement_documents=documents, checks=list(CHECKS), replay=True)
    assert report.faults == []


@pytest.mark.postgres
def test_two_runs_differ_in_nothing(new_db: Callable[[], str]) -> None:
    first, second = recording.record(new_db()), recording.record(new_db())
    assert first == second


def amounts(told: list[Told], example: str, infno: str) -> list[tuple[str, ...]]:
    """total, funds, accounts, of relatives, cash of each reply of a kind."""
    names = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay")
    return [
        tuple(one.reply["output"]["setlinfo"][name].strip("<>") for name in names)
        for one in told
        if (one.example, one.infno) == (example, infno) and one.reply["output"]
    ]


@pytest.mark.postgres
def test_the_figures_are_those_of_the_rules(told: list[Told]) -> None:
    """By hand. Employees in service at level 1 in Nanchang, 3,015 yuan: 200 outside the catalogue
    and 10 % of the scan of 800 first, 2,735 in policy. What the fund pays is left to the packs;
    own account 1,200 first, then the husband; 200 in cash, which no account may pay."""
    trial, *settled = [
        *amounts(told, "outpatient", "2206"),
        *amounts(told, "outpatient", "2207"),
    ]
    total, funds, accounts, relatives, cash = (round(float(one) * 100) for one in trial)
    assert (total, cash) == (301_500, 20_000)
    assert accounts == total - funds - cash
    assert relatives == accounts - 120_000
    assert settled == [trial, trial], "the same message again is answered alike"
    (stay,) = amounts(told, "stay", "2304")
    assert amounts(told, "stay", "2303") == [stay]
    # 6,000 + 200 + 120 + 800 + 1,000 - 200; the 800 are outside the catalogue.
    assert (stay[0], stay[4]) == ("7920.00", "800.00")


@pytest.mark.postgres
def test_what_is_taken_back_goes_back_whole(told: list[Told]) -> None:
    for done, back in (("2102", "2103"), ("2207", "2208"), ("2304", "2305")):
        given = amounts(told, "reversal", done)[0]
        (returned,) = amounts(told, "reversal", back)
        assert [float(one) for one in returned] == [-float(one) for one in given]
    end = [one for one in told if one.infno == "3201"]
    assert [one.reply["output"]["stmtinfo"]["stmt_rslt"] for one in end] == ["0"]


@pytest.mark.postgres
def test_every_transaction_is_shown(told: list[Told]) -> None:
    shown = {one.infno for one in told}
    assert shown | set(recording.LIKE) == set(HANDLERS)
    assert "gateway-examples.md" in (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")


def test_the_list_names_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["examples"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    files = {file.name.partition(".")[0] for file in examples.FOLDER.glob("*.jsonl")}
    assert set(listed) == set(examples.SHOWN) == files
    for name in listed:
        assert (ROOT / "examples" / f"{name}.jsonl").is_file()
        assert cli.main(["examples", name]) == 0
        sent = capsys.readouterr().out.splitlines()
        assert cli.main(["examples", name, "--replies"]) == 0
        answered = capsys.readouterr().out.splitlines()
        assert len(sent) == len(answered) > 4
        assert all(json.loads(line)["infno"] for line in sent)


def test_they_are_copied_and_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "here"
    assert cli.main(["examples", "--out", str(folder)]) == 0
    assert len(list(folder.iterdir())) == 2 * len(examples.SHOWN)
    (folder / "stay.jsonl").write_text("mine")
    capsys.readouterr()
    assert cli.main(["examples", "--out", str(folder)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (folder / "stay.jsonl").read_text() == "mine"
    for wrong in (["nothing"], ["--replies"], ["stay", "--out", str(folder)]):
        assert cli.main(["examples", *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${now}", "2026-11-24 10:00:00"),
        ("${day}", "2026-11-24"),
        ("${day-24} 08:00:00", "2026-10-31 08:00:00"),
        ("${day+7}", "2026-12-01"),
        ("A${stamp}B", "A20261124100000B"),
        ("${setl_id}", "12"),
        ("${acct_pay}", "1.50"),
        ("$ {x} ${", "$ {x} ${"),
    ],
)
def test_what_is_left_open_is_filled_in(text: str, filled: str) -> None:
    filler = examples.Filler(recording.NOW)
    filler.learn(b'{"output": {"a": [{"setl_id": "11"}, {"setl_id": "12"}], "acct_pay": 1.50}}')
    body = filler.fill(json.dumps({"a": [{"b": text}]}).encode())
    assert json.loads(body) == {"a": [{"b": filled}]}


def test_what_nobody_has_answered_cannot_be_filled_in() -> None:
    filler = examples.Filler(recording.NOW)
    filler.learn(b"not a reply")
    filler.learn(b'{"output": null}')
    with pytest.raises(UserError, match="setl_id"):
        filler.fill(b'{"a": "${setl_id}"}')
    assert filler.fill(b"${ is no message") == b"${ is no message"


@pytest.mark.postgres
def test_a_newcomer_plays_all_of_them(
    db: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On the day of today, by the commands that the help names."""
    monkeypatch.setenv("GONGJI_DATABASE_URL", db)
    monkeypatch.setenv("GONGJI_DATA", str(tmp_path))
    monkeypatch.delenv("GONGJI_SECRET_KEY", raising=False)
    assert cli.main(["demo", "--prepare"]) == 0
    for name in examples.SHOWN:
        capsys.readouterr()
        code = cli.main(["settle", str(ROOT / "examples" / f"{name}.jsonl")])
        said = capsys.readouterr().out
        assert code == (1 if name == "reversal" else 0), said
        assert said.count("infcode -1") == code
