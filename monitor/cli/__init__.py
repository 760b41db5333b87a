"""The command line: parse, run the command's module, turn every way it can end into an exit code."""

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from monitor.cli.exits import CommandError, DeclinedError, Exit
from monitor.cli.output import Output
from monitor.cli.parser import parse
from monitor.process_hardening import forgo_core_dumps

_DUMPABLE: Final = frozenset({"demo"})
"""Commands that read no secret of anybody's. The demo maps itself into a user namespace, which needs its own /proc."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Python's ssl would write the keys of every connection there, also of contexts that aiohttp makes when it is loaded.
    os.environ.pop("SSLKEYLOGFILE", None)
    arguments = parse(argv)
    if arguments.command not in _DUMPABLE:
        forgo_core_dumps()
    out = Output(arguments.output)
    try:
        module = _loaded(arguments.command)
        code = int(module.run(arguments, out))
        sys.stdout.flush()
    except DeclinedError as declined:
        out.note(declined.what)
        return declined.exit_code
    except CommandError as error:
        out.error(error.what, error.remedy)
        return error.exit_code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has enough (`| head`); keep Python from complaining at its own last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # noqa: BLE001 (the outermost fence)
        out.error(
            f"lỗi phần mềm: {type(error).__name__}: {error}",
            "chạy lại với --debug và gửi phần in ra cho người phát triển",
        )
        if arguments.debug:
            traceback.print_exc()
        return Exit.BUG
    return code


def _loaded(command: str) -> ModuleType:
    """Load the command's module late: `status` must not wait for what only the daemon needs."""
    # Modules stay for ever: looking for garbage among them would only cost time, now (7 %) and at every later round.
    gc.disable()
    try:
        return importlib.import_module(f"monitor.cli.{command.replace('-', '_')}")
    finally:
        gc.freeze()
        gc.enable()
