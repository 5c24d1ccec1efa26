"""A real phone hears its messages: baresip leaves one by the code, PJSUA2 sees its lamp, listens, and deletes it.

Usage: mailbox.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import pathlib
import sys

import tone
from checks import Checks, expect
from pairs import DOMAIN, Baresip, Pjsua, Story

LEAVE_FOR, LISTEN = "*99", "*97"
DELETE, END = "3", "*"
GREETING, SPEAKS, HEARD = 3.5, 3.0, 2.0
"""Seconds of greeting and beep, that the caller speaks then, and that have to be heard again."""
WORDS = 4.0
"""Seconds that it is said how many messages there are."""


def main(switch, folder):
    """Tells the story."""
    checks = Checks()
    folder = pathlib.Path(folder).resolve()
    mailbox = folder / "data/voicemail/ana"
    with Story.of((Pjsua, Baresip), switch, folder) as story:
        ana, ben = story.phones

        def lamp(shows):
            """New and old messages, as the lamp was told last."""
            story.wait(f"{shows} at the lamp", lambda: ana.phone.summary == shows)

        with checks.check("both register, and no message waits"):
            ana.phone.register(DOMAIN, asks_for_messages=True)
            ben.register()
            story.wait("the registration of baresip", ben.is_registered)
            lamp("0/0")
        with checks.check("baresip leaves a message by the code; nobody rings, and the lamp goes on"):
            ben.forget()
            ben.call(LEAVE_FOR + ana.number)
            story.wait("the answer", ben.is_up)
            ana.phone.live(GREETING + SPEAKS)
            expect(ana.phone.ringing is None, "PJSUA2 was rung")
            ben.hang_up()
            story.wait("the end at baresip", ben.is_over)
            lamp("1/0")
        with checks.check("PJSUA2 listens, and the message is old then"):
            call = ana.phone.call(LISTEN, DOMAIN)
            story.wait("the answer", call.is_answered)
            ana.phone.live(WORDS + SPEAKS)
            lamp("0/1")
        with checks.check("it deletes the message and ends; the file is gone, and the lamp knows"):
            expect(len(list(mailbox.glob("*.wav"))) == 1, f"there is not one message in {mailbox}")
            call.press(DELETE)
            ana.phone.live(0.5)
            expect(not call.is_over() and any(mailbox.iterdir()), "it went before the listener did")
            call.press(END)
            story.wait("the goodbye", call.is_over)
            lamp("0/0")
            story.wait("the file's end", lambda: not any(mailbox.iterdir()))
        with checks.check("it has heard what baresip said"):
            lasts = tone.seconds_of(ana.phone.heard(call), ben.says)
            expect(lasts >= HEARD, f"{lasts:.2f} s of {SPEAKS} s are heard")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
