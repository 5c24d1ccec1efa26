"""Checks of a story: a line `ok ...` or `failed ...` for each, and the exit status at the end.

Knows nothing of phones, SIP or sound.
"""

import contextlib
import pathlib
import signal
import sys
import traceback

STORY_MAX = 55
"""Seconds after which a story ends itself, whatever it waits for, unless it says that it lasts longer."""


class Failure(Exception):
    """Something did not come true; its text says what, for the line of the check."""


class Checks:
    """The checks of one story."""

    def __init__(self, lasts=STORY_MAX):
        """Begins. From now on the process leaves in order, with its phones, when it is told to or is late."""
        self._all_passed = True
        for reason in (signal.SIGALRM, signal.SIGTERM):
            signal.signal(reason, _leave)
        signal.alarm(lasts)

    @contextlib.contextmanager
    def check(self, name):
        """One check. A story goes on after a check that failed: the next one begins from a quiet line."""
        try:
            yield
        except Failure as why:
            self._failed(name, str(why))
        except Exception as fault:  # PJSUA2 has errors of its own, which are none of Python's.
            traceback.print_exc()
            self._failed(name, f"{type(fault).__name__}: {getattr(fault, 'reason', fault)}")
        else:
            print(f"ok {name}", flush=True)

    def _failed(self, name, why):
        self._all_passed = False
        print(f"failed {name}: {why}", flush=True)

    def end(self):
        """Ends the process: 0 when all passed."""
        sys.exit(0 if self._all_passed else 1)


def process_of(folder):
    """The switch that runs on this folder."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if str(folder / "data").encode() in words and b"serve" in words:
                return process
    raise LookupError(f"no switch runs on {folder}")


def _leave(reason, _frame):
    sys.exit(f"the story was ended by {signal.Signals(reason).name}")


def expect(holds, otherwise):
    """Fails the check that is under way, unless it holds."""
    if not holds:
        raise Failure(otherwise)
