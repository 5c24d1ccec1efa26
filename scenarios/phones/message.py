"""A real phone leaves a message: PJSUA2 calls the menu, hears it, chooses the mailbox and speaks.

Usage: message.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import pathlib
import sys

import pjsua
import tone
from checks import Checks, expect

DOMAIN = "pbx.test"
MENU = "+12025550108"
MAILBOX_KEY = "2"
SKIP_GREETING = "#"
SAYS = 440
BEEP = 1000
SPEAKS = 3
KEPT = 2
"""Seconds of the tone that the message has to have of the seconds the caller speaks."""


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    prompt = tone.read(folder / "config/prompts/welcome.wav")
    prompt_pitch, prompt_lasts = tone.pitch(prompt), len(prompt) / tone.RATE
    checks = Checks()
    phone = pjsua.Phone("ana-desk", f"{switch.rpartition('.')[0]}.11", switch, folder)
    with contextlib.closing(phone):
        with checks.check("PJSUA2 registers"):
            phone.register(DOMAIN)
        with checks.check("the main number answers, a key chooses the mailbox, a message is left"):
            call = phone.call(MENU, DOMAIN)
            phone.wait("the answer", call.is_answered)
            phone.live(prompt_lasts + 0.5)
            call.press(MAILBOX_KEY)
            phone.live(1.0)
            call.press(SKIP_GREETING)
            phone.live(1.0)
            call.play(SAYS)
            phone.live(SPEAKS)
            expect(not call.is_over(), f"the switch ended the call with {call.status}")
            call.hang_up()
            phone.wait("the end", call.is_over)
        with checks.check("the caller hears the prompt, then the beep"):
            heard = phone.heard(call)
            lasts = tone.seconds_of(heard, prompt_pitch)
            expect(abs(lasts - prompt_lasts) < 0.3, f"{lasts:.2f} s of {prompt_lasts} s are heard")
            lasts = tone.seconds_of(heard, BEEP)
            expect(lasts >= 0.2, f"{lasts:.2f} s of the beep are heard")
        with checks.check("the message is in the mailbox, with what was said"):
            mailbox = folder / "data/voicemail/reception"
            message = phone.wait("the message's file", lambda: next(mailbox.glob("*.wav"), None))
            phone.live(0.5)
            lasts = tone.seconds_of(tone.read(message), SAYS)
            expect(lasts >= KEPT, f"{lasts:.2f} s of the tone are in {message}")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
