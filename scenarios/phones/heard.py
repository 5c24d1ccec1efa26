"""What real phones hear of the switch: music before an answer, music in a slot, and a prompt that one of them has recorded.

Usage: heard.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/`.
"""

import pathlib
import sys

import tone
from checks import Checks, expect
from pairs import DOMAIN, Baresip, Pjsua, Story

GROUP, SLOT, RECORD, NOTICE = "207", "701", "*771", "+12025550133"
STRAIGHT_TO_THE_TONE, SPOKEN, KEEP = "5", "#", "1"
LISTEN, TALK, SPEAKS = 2.0, 1.5, 2.5
"""Seconds that music is listened to, that they talk, and that a prompt is spoken for."""
HEARD = 1.0
"""Seconds that have to be heard of each."""


def main(switch, folder):
    """Tells the story."""
    checks = Checks()
    folder = pathlib.Path(folder).resolve()
    calm, parked = (tone.pitch(tone.read(folder / f"config/prompts/{name}.wav")) for name in ("welcome", "closed"))
    with Story.of((Pjsua, Baresip), switch, folder) as story:
        ana, ben = story.phones

        def heard(phone, hertz):
            """For how long a phone heard this in its last call."""
            return sum(tone.seconds_of(sound, hertz) for sound in phone.sounds())

        def expect_heard(phone, what, hertz):
            lasts = heard(phone, hertz)
            expect(lasts >= HEARD, f"{phone.name} heard {what} for {lasts:.2f} s")

        with checks.check("both register"):
            story.register()
        with checks.check("PJSUA2 hears the group's music before the answer, then baresip"):
            ana.forget()
            ana.call(GROUP)
            story.wait("the ringing", ben.rings)
            story.live(LISTEN)
            expect(not ana.is_up(), "the call was answered before anybody took it")
            ben.take()
            story.wait("the answer", ana.is_up)
            story.live(TALK)
            ana.hang_up()
            for phone in story.phones:
                story.wait(f"the end at {phone.name}", phone.is_over)
            expect_heard(ana, "music", calm)
            expect_heard(ana, "baresip", ben.says)
        with checks.check("baresip is parked and hears the music of the slots"):
            for phone in story.phones:
                phone.forget()
            ben.call(ana.number)
            story.wait("the ringing", ana.rings)
            ana.take()
            for phone in story.phones:
                story.wait(f"the answer at {phone.name}", phone.is_up)
            ana.consult(SLOT)
            story.wait("the answer of the slot", ana.is_up)
            ana.join()
            story.wait("the parting of PJSUA2", ana.is_over)
            story.live(LISTEN)
            ben.hang_up()
            story.wait("the end at baresip", ben.is_over)
            story.live(0.3)
            expect_heard(ben, "music", parked)
        with checks.check("PJSUA2 records a prompt by the code, hears it and keeps it"):
            call = ana.phone.call(RECORD, DOMAIN)
            story.wait("the answer", call.is_answered)
            story.live(0.5)
            call.press(STRAIGHT_TO_THE_TONE)
            story.live(1.0)
            call.play(ana.says)
            story.live(SPEAKS)
            call.press(SPOKEN)
            story.live(SPEAKS)
            call.press(KEEP)
            story.wait("the goodbye", call.is_over)
            lasts = tone.seconds_of(ana.phone.heard(call), ana.says)
            expect(lasts >= HEARD, f"it heard itself for {lasts:.2f} s")
        with checks.check("the next caller hears that, and no more what the config has"):
            call = ana.phone.call(NOTICE, DOMAIN)
            story.wait("the answer", call.is_answered)
            story.wait("the end", call.is_over)
            sound = ana.phone.heard(call)
            lasts = tone.seconds_of(sound, ana.says)
            expect(lasts >= HEARD, f"the prompt is heard for {lasts:.2f} s")
            expect(tone.seconds_of(sound, parked) == 0, "what the config has is heard")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
