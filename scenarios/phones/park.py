"""A real phone parks a call as it transfers any other: PJSUA2 calls the slot first, then joins the two. It sees the
slot's lamp, and comes for the caller, who is baresip.

Usage: park.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/`.
"""

import pathlib
import sys

import tone
from checks import Checks, expect
from pairs import DOMAIN, Baresip, Pjsua, Story

SLOT, ANY_SLOT = "701", "*68"
TALK, HEARD = 1.5, 0.9
"""Seconds that they talk after the slot, and that the one who came has to hear of the other."""


def main(switch, folder):
    """Tells the story."""
    checks = Checks()
    folder = pathlib.Path(folder).resolve()
    with Story.of((Pjsua, Baresip), switch, folder) as story:
        ana, ben = story.phones

        def parks(slot):
            """Ben calls Ana, who consults the slot and joins the two."""
            for phone in story.phones:
                phone.forget()
            ben.call(ana.number)
            story.wait("the ringing", ana.rings)
            ana.take()
            for phone in story.phones:
                story.wait(f"the answer at {phone.name}", phone.is_up)
            ana.consult(slot)
            story.wait(f"the answer of {slot}", ana.is_up)
            ana.join()
            story.wait("the parting of Ana", ana.is_over)
            story.wait("the slot's lamp, lit", lambda: not lamp.is_open())
            expect(not ben.is_over(), "the parked call ended")

        with checks.check("both register, and the slot's lamp is out"):
            story.register()
            lamp = ana.phone.watch(SLOT, DOMAIN)
            story.wait("the slot's lamp", lamp.is_open)
        with checks.check("PJSUA2 calls the slot, joins, and the lamp is lit"):
            parks(SLOT)
        with checks.check("it comes for the caller, whom it hears, and the lamp is out"):
            ana.forget()
            ana.call(SLOT)
            story.wait("the answer", ana.is_up)
            story.wait("the slot's lamp, out", lamp.is_open)
            ana.phone.live(TALK)
            ana.hang_up()
            for phone in story.phones:
                story.wait(f"the end at {phone.name}", phone.is_over)
            heard = sum(tone.seconds_of(sound, ben.says) for sound in ana.sounds())
            expect(heard >= HEARD, f"PJSUA2 heard baresip for {heard:.2f} s of {TALK} s")
        with checks.check("it parks by the code in the same way; the caller hangs up, and the lamp is out"):
            parks(ANY_SLOT)
            ben.hang_up()
            story.wait("the end at baresip", ben.is_over)
            story.wait("the slot's lamp, out", lamp.is_open)
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
