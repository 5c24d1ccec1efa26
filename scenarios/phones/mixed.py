"""Phones that have no codec in common talk with each other: the switch changes the sound of one into the other's.

PJSUA2 speaks G.711 alone, one baresip G.722 alone and another Opus alone. Who speaks Opus alone calls: nobody is offered
it who was not called by it.

Usage: mixed.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import pathlib
import sys

from checks import Checks, expect
from pairs import HEARD, TALK, Baresip, Pjsua, Story

LASTS = 90


class Narrow(Pjsua):
    """PJSUA2 that speaks G.711 alone."""

    name = "PJSUA2 (G.711)"
    codec = "PCMU"

    def register(self):
        self.phone.speak(f"{self.codec}/8000")
        super().register()


class Wide(Baresip):
    """baresip that speaks G.722 alone."""

    name, codec = "baresip (G.722)", "g722"


class Full(Baresip):
    """baresip that speaks Opus alone, as Cho's phone."""

    name, number, says = "baresip (Opus)", "113", 1000
    account, place, codec = "cho-desk", 13, "opus"


def main(switch, folder):
    """Tells the story."""
    checks = Checks(LASTS)
    with Story.of((Narrow, Wide, Full), switch, pathlib.Path(folder).resolve()) as story:
        narrow, wide, full = story.phones
        with checks.check("all three register"):
            story.register()
        for caller, callee in ((narrow, wide), (wide, narrow), (full, narrow), (full, wide)):
            with checks.check(f"{caller.name} calls {callee.name}, and each hears the other"):
                story.connect(caller, callee)
                if narrow in (caller, callee):
                    spoken = narrow.spoken()
                    expect(spoken == narrow.codec, f"PJSUA2 speaks {spoken}")
                story.live(TALK)
                story.part(caller, caller, callee)
                story.expect_heard(caller, callee, HEARD)
                story.expect_heard(callee, caller, HEARD)
                continue
            story.quiet()
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
