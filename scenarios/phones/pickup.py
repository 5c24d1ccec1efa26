"""Real phones pick up what rings at another: baresip calls PJSUA2, linphonec takes the call by PJSUA2's number, then by
the code of its group, and PJSUA2 is told that it was answered elsewhere.

Usage: pickup.py SWITCH_IP:PORT FOLDER
"""

import pathlib
import re
import sys

from checks import Checks, expect
from pairs import ALL, HEARD, TALK, Story

CANCELLED = 487
ELSEWHERE = re.compile(r"^CANCEL (?:.+\n)*?Reason: *SIP *; *cause=200\b", re.MULTILINE)
"""A CANCEL that says that somebody else has answered (RFC 3326 §2)."""


class Pickup(Story):
    """What the three do."""

    def takes(self, caller, called, taker, code):
        """One calls another, at whom it rings; a third dials the code, and has the call."""
        for phone in (caller, called, taker):
            phone.forget()
        caller.call(called.number)
        rings = self.wait(f"the ringing of {called.name}", called.rings)
        taker.call(code)
        for phone in (caller, taker):
            self.wait(f"the answer at {phone.name}", phone.is_up)
        self.wait(f"the silence of {called.name}", rings.is_over)
        expect(rings.status == CANCELLED, f"{called.name} ended with {rings.status}")
        self.live(2 * TALK)
        self.part(taker, caller, taker)
        for phone, other in ((caller, taker), (taker, caller)):
            self.expect_heard(phone, other, HEARD)


def main(switch, folder):
    """Tells the story."""
    checks = Checks()
    folder = pathlib.Path(folder).resolve()
    with Pickup.of(ALL, switch, folder) as story:
        ana, ben, cho = story.phones
        with checks.check("all three register"):
            story.register()
        for how, code in (("its number", f"**{ana.number}"), ("the code of its group", "*8")):
            with checks.check(f"baresip calls PJSUA2, linphonec takes it by {how}, and both hear"):
                story.takes(ben, ana, cho, code)
                continue
            story.quiet()
        with checks.check("PJSUA2 was told both times that it was answered elsewhere"):
            log = (folder / "pjsua.log").read_text(errors="replace").replace("\r", "")
            expect(len(ELSEWHERE.findall(log)) == 2, "no such CANCEL came")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
