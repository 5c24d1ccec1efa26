"""Somebody hears their messages from a phone that is not theirs: baresip leaves one for Eva, who has no phone, and PJSUA2,
which is Ana's, hears it by `*98`, Eva's extension and her PIN, typed by its keys, and deletes it.

Usage: elsewhere.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import pathlib
import sys

import tone
from checks import Checks, expect
from pairs import DOMAIN, Baresip, Pjsua, Story

LEAVE_FOR, LISTEN = "*99", "*98"
EVA, PIN, WRONG = "115", "4711", "1234"
DELETE, END = "3", "*"
GREETING, SPEAKS, HEARD = 3.5, 3.0, 2.0
"""Seconds of greeting and beep, that the caller speaks then, and that have to be heard again."""
ASKED, WORDS = 2.5, 4.0
"""Seconds that typing takes with what is said in between, and that it is said how many messages there are."""
LASTS = 90


def main(switch, folder):
    """Tells the story."""
    checks = Checks(LASTS)
    folder = pathlib.Path(folder).resolve()
    mailbox = folder / "data/voicemail/eva"
    with Story.of((Pjsua, Baresip), switch, folder) as story:
        ana, ben = story.phones

        def messages():
            return list(mailbox.glob("*.wav"))

        def types(call, *texts):
            for text in texts:
                call.press(text + "#")
                ana.phone.live(ASKED)

        with checks.check("both register"):
            story.register()
        with checks.check("baresip leaves a message for somebody without a phone"):
            ben.forget()
            ben.call(LEAVE_FOR + EVA)
            story.wait("the answer", ben.is_up)
            ana.phone.live(GREETING + SPEAKS)
            expect(ana.phone.ringing is None, "PJSUA2 was rung")
            ben.hang_up()
            story.wait("the end at baresip", ben.is_over)
            story.wait("the message", messages)
        with checks.check("who types a wrong PIN at PJSUA2 hears nothing of it"):
            call = ana.phone.call(LISTEN, DOMAIN)
            story.wait("the answer", call.is_answered)
            types(call, EVA, WRONG)
            ana.phone.live(WORDS + SPEAKS)
            expect(not call.is_over(), "the switch has hung up")
            call.hang_up()
            story.wait("the end", call.is_over)
            lasts = tone.seconds_of(ana.phone.heard(call), ben.says)
            expect(lasts == 0, f"{lasts:.2f} s are heard")
        with checks.check("who types the right one hears the message and deletes it"):
            call = ana.phone.call(LISTEN, DOMAIN)
            story.wait("the answer", call.is_answered)
            types(call, EVA, PIN)
            ana.phone.live(WORDS + SPEAKS)
            call.press(DELETE)
            ana.phone.live(0.5)
            expect(not call.is_over() and messages(), "it went before the listener did")
            call.press(END)
            story.wait("the goodbye", call.is_over)
            story.wait("the file's end", lambda: not messages())
        with checks.check("it was what baresip said"):
            lasts = tone.seconds_of(ana.phone.heard(call), ben.says)
            expect(lasts >= HEARD, f"{lasts:.2f} s of {SPEAKS} s are heard")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
