# SPDX-License-Identifier: Apache-2.0
"""Settings: defaults, every refusal in one sentence that names the variable, the secret key."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from gongji.runtime.settings import Settings, SettingsError


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"GONGJI_PORT": "  "})
    assert settings.data == tmp_path / ".data"
    assert settings.database_url is None
    assert (settings.host, settings.workers) == ("127.0.0.1", 1)
    assert settings.accept_confidence == {"high", "medium", "decided"}
    assert not settings.data.exists(), "reading settings writes nothing"


def test_everything_can_be_set(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "GONGJI_DATABASE_URL": "postgresql://u:p@h:5432/d",
            "GONGJI_DATA": str(tmp_path),
            "GONGJI_HOST": "0.0.0.0",
            "GONGJI_PORT": "80",
            "GONGJI_WORKERS": "4",
            "GONGJI_SECRET_KEY": str(tmp_path / "k"),
            "GONGJI_ACCEPT_CONFIDENCE": "high, low",
        }
    )
    assert settings.database_url == "postgresql://u:p@h:5432/d"
    assert (settings.host, settings.port, settings.workers) == ("0.0.0.0", 80, 4)
    assert settings.secret_key_file == tmp_path / "k"
    assert settings.accept_confidence == {"high", "low"}
    assert "postgresql" not in repr(settings), "the URL may hold a password"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GONGJI_PORT", "http", "whole number from 0 to 65535"),
        ("GONGJI_PORT", "70000", "whole number from 0 to 65535"),
        ("GONGJI_PORT", "٨٠", "whole number"),
        ("GONGJI_WORKERS", "0", "whole number from 1"),
        ("GONGJI_HOST", "a b", "no host name"),
        ("GONGJI_DATABASE_URL", "mysql://x", "must begin with postgresql://"),
        ("GONGJI_DATABASE_URL", "postgresql://h/d?nonsense=1", "nonsense"),
        ("GONGJI_ACCEPT_CONFIDENCE", "high,unconfirmed", "unconfirmed cannot be accepted"),
        ("GONGJI_ACCEPT_CONFIDENCE", ",", "nothing cannot be accepted"),
        ("GONGJI_DATA", "/dev/null", "is not a folder"),
    ],
)
def test_refusals_name_the_variable(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({name: value})
    assert str(caught.value).startswith(name)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_key_is_made_once_private_and_kept(tmp_path: Path) -> None:
    settings = Settings.from_environment({"GONGJI_DATA": str(tmp_path / "new")})
    key = settings.secret_key()
    assert len(key) == 32
    assert settings.secret_key() == key
    assert settings.secret_key_file.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path / "new")) == ["secret.key"]


def test_many_starters_agree_on_one_key(tmp_path: Path) -> None:
    settings = Settings.from_environment({"GONGJI_DATA": str(tmp_path)})
    keys: list[bytes] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        keys.append(settings.secret_key())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


def test_a_key_that_others_may_read_or_of_another_length_is_refused(tmp_path: Path) -> None:
    settings = Settings.from_environment({"GONGJI_DATA": str(tmp_path)})
    settings.secret_key_file.write_bytes(bytes(31))
    settings.secret_key_file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        settings.secret_key()
    settings.secret_key_file.chmod(0o600)
    with pytest.raises(SettingsError, match="31 bytes, not 32"):
        settings.secret_key()
    settings.secret_key_file.unlink()
    settings.secret_key_file.mkdir()
    with pytest.raises(SettingsError, match="cannot use"):
        settings.secret_key()
