# SPDX-License-Identifier: Apache-2.0
"""``gongji demo`` and ``gongji sandbox reset``: a running system with invented people.

The first start makes a database, loads policies and people and opens the gateway; later starts
keep what was done. demo.json is written when the gateway answers, and only then.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import fcntl
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gongji.kernel.errors import InvariantError
from gongji.members.privacy import PrivacyBox
from gongji.policy.library import PolicyLibrary
from gongji.runtime import migrate
from gongji.runtime.demo_catalogue import ITEMS
from gongji.runtime.demo_export import demo_json, write_demo_json, write_whole
from gongji.runtime.demo_families import PEOPLE
from gongji.runtime.demo_institutions import INSTITUTIONS
from gongji.runtime.demo_load import demo_version, load_demo, refuse_others
from gongji.runtime.demo_people import DemoPerson, certificate_of, psn_no_of
from gongji.runtime.demo_reset import reset
from gongji.runtime.errors import UserError
from gongji.runtime.postgres import connect
from gongji.runtime.printing import tell
from gongji.runtime.server import reserve, serve
from gongji.runtime.settings import PORT_MAX, Settings
from gongji.settlement.platform import civil_now

FILE = "demo.json"
LOCK = "demo.lock"  # locked by the demonstration that serves from the folder
EXAMPLE_INSTITUTION = "P36010000006"  # signs with a plain key, which curl can do
EXAMPLE_PERSON = "zhou"

DEMO_HELP = """\
The database is embedded in the data folder, or the one in GONGJI_DATABASE_URL. It is loaded once;
what is done in it stays. The gateway listens on 127.0.0.1 unless GONGJI_HOST says otherwise.

example:
  gongji demo
  gongji demo --data /tmp/gongji --port 8600
  gongji demo --reset
"""

SANDBOX_HELP = """\
Puts the demonstration back to its first day. Refused while a gateway runs on the database, on a
database that gongji demo has not made, and wherever an institution is registered that it has not
made. What was granted to other roles stays granted.

example:
  gongji sandbox reset
  gongji sandbox reset --data /tmp/gongji
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register ``demo`` and ``sandbox``."""
    demo = subparsers.add_parser(
        "demo",
        help="start everything with invented people and open the gateway",
        description="Start a complete system with invented people.",
        epilog=DEMO_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(demo)
    demo.add_argument("--port", type=int, help="port of the gateway, 0 = any free one")
    demo.add_argument("--reset", action="store_true", help="begin again with the first day")
    demo.add_argument(
        "--prepare", action="store_true", help="load and write demo.json, but do not serve"
    )
    sandbox = subparsers.add_parser(
        "sandbox",
        help="put the demonstration back to its first day",
        description="Put the demonstration back to its first day.",
        epilog=SANDBOX_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sandbox.add_argument("action", choices=["reset"], help="what to do")
    _add_common(sandbox)
    sandbox.add_argument("--port", type=int, help="port that demo.json names (else as before)")
    sandbox.add_argument(
        "--yes-really",
        action="store_true",
        help="also empty a database that gongji demo has not made, unless institutions are"
        " registered in it: ALL DATA ARE LOST",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="data folder (GONGJI_DATA, ./.data)")


def run(args: argparse.Namespace) -> int:
    """Run one of both commands; raises UserError."""
    settings = _settings(args)
    file = settings.data / FILE
    serves = args.command == "demo" and not args.prepare
    with contextlib.ExitStack() as stack:
        listener = _place(settings, stack) if serves else None
        alone = stack.enter_context(_lock(settings.data, keep=serves))
        if serves and not alone:
            raise _served(settings.data)
        old = _old_gateway(file)
        if alone:
            stack.enter_context(_without_old_file(file))
        url = stack.enter_context(settings.database(progress=tell))
        if args.command == "sandbox":
            reset(url, really=args.yes_really, progress=tell)
        elif args.reset:
            reset(url, really=False, progress=tell)
        library, box = _prepare(url, settings)
        if listener is not None:
            _serve(url, settings, listener, library, box)
            return 0
        # The address of a gateway that answers is left alone, and so is one that a reset found.
        keep = not alone or (args.command == "sandbox" and args.port is None)
        _write(url, settings, (keep and old) or _gateway_url(settings, settings.port), library, box)
    done = "prepared" if args.command == "demo" else "the demonstration is as on its first day"
    print(f"{done}: {file}")
    return 0


def _place(settings: Settings, stack: contextlib.ExitStack) -> socket.socket:
    """The port to serve on; what stands against it is told before anything is made."""
    if (settings.data / LOCK).exists():
        with _lock(settings.data, keep=False) as alone:
            if not alone:
                raise _served(settings.data)
    return stack.enter_context(contextlib.closing(reserve(settings.host, settings.port)))


def _served(data: Path) -> UserError:
    return UserError(f"another gongji demo serves from {data}: stop it first")


@contextlib.contextmanager
def _lock(data: Path, *, keep: bool) -> Iterator[bool]:
    """Whether no other demonstration serves from the folder; ``keep`` keeps others out meanwhile.

    The lock ends with the process, however that ends; the empty file stays.
    """
    data.mkdir(parents=True, exist_ok=True)
    with (data / LOCK).open("ab") as held:
        try:
            fcntl.flock(held, (fcntl.LOCK_EX if keep else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        if not keep:
            fcntl.flock(held, fcntl.LOCK_UN)
        yield True


def _old_gateway(file: Path) -> str | None:
    """The address in demo.json; None when there is no file, or not one of ours."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    found = content.get("gateway") if isinstance(content, dict) else None
    return found if isinstance(found, str) and found else None


@contextlib.contextmanager
def _without_old_file(file: Path) -> Iterator[None]:
    """Take demo.json away: it would name a gateway that does not answer yet.

    A start that fails puts it back: it may belong to a gateway in another place (same port).
    """
    old = file.read_bytes() if file.exists() else None
    file.unlink(missing_ok=True)
    try:
        yield
    except Exception:
        if old is not None and not file.exists():
            write_whole(file, old)
        raise


def _settings(args: argparse.Namespace) -> Settings:
    environ = dict(os.environ)
    if args.data is not None:
        environ["GONGJI_DATA"] = str(args.data)
    if args.port is not None:
        if not 0 <= args.port <= PORT_MAX:
            raise UserError(f"--port: {args.port} is not a number from 0 to {PORT_MAX}")
        environ["GONGJI_PORT"] = str(args.port)
    return Settings.from_environment(environ)


def _prepare(url: str, settings: Settings) -> tuple[PolicyLibrary, PrivacyBox]:
    """Schema, policies and people; quick when they are there."""
    with connect(url) as conn:
        fresh = not demo_version(conn)
        if fresh:
            refuse_others(conn)
    if fresh:
        tell("first start: this takes some seconds")
    migrate.migrate(url, tell)
    library = PolicyLibrary.load(accept=settings.accept_confidence)
    box = PrivacyBox(settings.secret_key())
    with connect(url) as conn:
        load_demo(
            conn,
            box,
            library,
            now=civil_now(),
            progress=tell,
            begin_again=_begin_again(settings.data),
        )
    return library, box


def _serve(
    url: str,
    settings: Settings,
    listener: socket.socket,
    library: PolicyLibrary,
    box: PrivacyBox,
) -> None:
    file = settings.data / FILE

    def ready(port: int) -> None:
        _write(url, settings, _gateway_url(settings, port), library, box)
        print(_invitation(_gateway_url(settings, port), file), flush=True)

    serve(url, settings, listener, on_ready=ready)


def _write(
    url: str, settings: Settings, gateway: str, library: PolicyLibrary, box: PrivacyBox
) -> None:
    with connect(url) as conn:
        content = demo_json(conn, box, gateway, library)
    write_demo_json(settings.data / FILE, content)


def _gateway_url(settings: Settings, port: int) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _invitation(gateway: str, file: Path) -> str:
    """What to try first, ready to paste."""
    moment = civil_now()
    return f"""\
Gongji answers on {gateway}
  pages for people (政策库、算一算、能不能用): {gateway}/policy
  {len(PEOPLE)} invented people, {len(INSTITUTIONS)} institutions and all keys: {file}

Try it: who is this patient? (transaction 1101)

{who_is(gateway, moment)}

Settle her bill at a pharmacy: 600 yuan, paid by her three children in order (2102)

{settle_a_purchase(gateway, moment)}

Stop with Ctrl-C; the data stay. To begin again with the first day:

  {_begin_again(file.parent)}"""


def _begin_again(data: Path) -> str:
    """The command that empties this demonstration, whatever folder it is called from."""
    program = sys.argv[0] if Path(sys.argv[0]).name == "gongji" else "gongji"
    return f"{program} sandbox reset --data {shlex.quote(str(data))}"


def who_is(gateway: str, moment: dt.datetime) -> str:
    """A curl command that the gateway answers: 1101 for a patient of the demonstration."""
    _, certno, _ = _example_patient()
    data = {"mdtrt_cert_type": "02", "mdtrt_cert_no": certno}
    return _curl(gateway, moment, "1101", {"data": data})


def settle_a_purchase(gateway: str, moment: dt.datetime) -> str:
    """A curl command that settles (2102), once: pasted again it gets the first answer."""
    psn_no, certno, person = _example_patient()
    now = f"{moment:%Y-%m-%d %H:%M:%S}"
    purchase = {
        "psn_no": psn_no,
        "mdtrt_cert_type": "02",
        "mdtrt_cert_no": certno,
        "insutype": str(person.scheme),
        "med_type": "41",
        "begntime": now,
        "medfee_sumamt": "600.00",
        "acct_used_flag": "1",
    }
    line = {
        "feedetl_sn": "1",
        "rx_circ_flag": "0",
        "fee_ocur_time": now,
        "med_list_codg": ITEMS[0].code,
        "medins_list_codg": "DEMO1",
        "cnt": "30",
        "pric": "20.00",
        "det_item_fee_sumamt": "600.00",
    }
    return _curl(gateway, moment, "2102", {"druginfo": purchase, "drugdetail": [line]})


def _example_patient() -> tuple[str, str, DemoPerson]:
    for index, person in enumerate(PEOPLE):
        if person.key == EXAMPLE_PERSON:
            return psn_no_of(index, person), certificate_of(index, person), person
    raise InvariantError(f"nobody is called {EXAMPLE_PERSON}")


def _curl(gateway: str, moment: dt.datetime, infno: str, content: dict[str, Any]) -> str:
    shop = next(one for one in INSTITUTIONS if one.code == EXAMPLE_INSTITUTION)
    message = {
        "infno": infno,
        "msgid": f"{shop.code}{moment:%Y%m%d%H%M%S}{infno}",
        "mdtrtarea_admvs": str(shop.area),
        "opter": "001",
        "inf_time": f"{moment:%Y-%m-%d %H:%M:%S}",
        "fixmedins_code": shop.code,
        "input": content,
    }
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    return f"  curl -s {gateway} -H 'apikey: {shop.keys['apikey']}' -d '{body}'"
