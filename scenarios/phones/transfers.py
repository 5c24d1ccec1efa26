"""What becomes of real phones after a transfer: one that fails leaves the two who talked with each other, and one that
succeeds shows the phone who is there now, and in the records the call that went on.

Usage: transfers.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `data/`.
"""

import contextlib
import pathlib
import re
import sqlite3
import sys

from checks import Checks, expect
from pairs import ALL, TALK, Story

AFTER, AGAIN = 1.5 * TALK, 2 * TALK
"""Seconds that the two talk once the transfer has failed, and that each has to hear of the other before and after."""
FRANK = "2025550109"
"""Who rings at baresip, and is as busy as it."""
SHOWN = re.compile(r"^UPDATE (?:.+\n)*?P-Asserted-Identity: *\"Cho Min\" *<sip:113@", re.MULTILINE)
"""The caller who is there now (RFC 3325 §9.1), in a request that changes nothing else."""


class Transfers(Story):
    """What the three do."""

    def fails(self, caller, transferor, target):
        """One who is called transfers the caller to somebody busy, and both talk on."""
        self.connect(caller, transferor)
        transferor.transfer(FRANK)
        self.wait(f"the ringing of {target.name}", target.rings)
        target.hang_up()
        self.wait(f"the end at {target.name}", target.is_over)
        self.live(AFTER)
        self.part(caller, caller, transferor)
        for phone, other in ((caller, transferor), (transferor, caller)):
            self.expect_heard(phone, other, AGAIN)


def records(folder):
    """The calls on record, the oldest first: who called, and the phones that had a leg that was answered."""
    database = sqlite3.connect(f"file:{folder}/data/ringplan.db?mode=ro", uri=True)
    legs = "SELECT party FROM legs WHERE call = ? AND status = 200 ORDER BY number"
    with contextlib.closing(database):
        calls = database.execute("SELECT id, caller FROM calls ORDER BY id").fetchall()
        return [(caller, [party for (party,) in database.execute(legs, (call,))]) for call, caller in calls]


def main(switch, folder):
    """Tells the story."""
    checks = Checks()
    folder = pathlib.Path(folder).resolve()
    with Transfers.of(ALL, switch, folder) as story:
        ana, ben, cho = story.phones
        with checks.check("all three register"):
            story.register()
        with checks.check("PJSUA2 transfers linphonec to somebody busy, and both hear each other again"):
            story.fails(cho, ana, ben)
            story.wait("its record", lambda: len(records(folder)) == 1)
            expect(records(folder) == [("113", ["phone:cho-desk", "phone:ana-desk"])], f"on record is {records(folder)}")
        story.quiet()
        with checks.check("baresip transfers linphonec, attended, to PJSUA2, which hears it"):
            story.transfer(cho, ben, True)
        with checks.check("PJSUA2 was told who is there now, and the record followed"):
            log = (folder / "pjsua.log").read_text(errors="replace").replace("\r", "")
            expect(len(SHOWN.findall(log)) == 1, "no UPDATE says so")
            story.wait("both records", lambda: len(records(folder)) >= 3)
            followed = [("113", ["phone:cho-desk", "phone:ben-desk", "phone:ana-desk"]), ("112", ["phone:ben-desk", "phone:ana-desk"])]
            expect(records(folder)[1:] == followed, f"on record is {records(folder)}")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
