"""A real phone's lamps: PJSUA2 is told of its messages, of a day/night key and of what its owner says of themselves.

Usage: lamps.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import pathlib
import sys

import pjsua
from checks import Checks, expect

DOMAIN = "pbx.test"
OWNER = "111"
DAY_NIGHT, DO_NOT_DISTURB, AVAILABLE = "*28", "*78", "*79"
AWAY, FORWARD, NO_FORWARD = "*76", "*72", "*73"
MOBILE = "+12025550143"
ABROAD = "011442079460000"
SHARED = "+12025550120"
"""A number whose callers leave messages that light the owner's lamp."""
SKIP_GREETING = "#"
SAYS = 440


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    checks = Checks()
    phone = pjsua.Phone("ana-desk", f"{switch.rpartition('.')[0]}.11", switch, folder)

    def dial(code, status=200):
        """Dials a code; the switch answers, plays its tone and hangs up, or refuses."""
        call = phone.call(code, DOMAIN)
        phone.wait(f"the end of the call to {code}", call.is_over)
        expect(call.status == status, f"{code} was answered {call.status}")

    with contextlib.closing(phone):
        with checks.check("PJSUA2 registers, and is told that no message waits"):
            phone.register(DOMAIN, asks_for_messages=True)
            phone.wait("the mailbox's lamp", lambda: phone.messages == "no")
        key = phone.watch(DAY_NIGHT, DOMAIN)
        owner = phone.watch(OWNER, DOMAIN)
        with checks.check("the key shows day, the owner is there"):
            phone.wait("the day/night key's lamp", key.is_open)
            phone.wait("the owner's lamp", owner.is_open)
        with checks.check("the key's code turns its lamp to night, and back"):
            dial(DAY_NIGHT)
            phone.wait("night", lambda: not key.is_open())
            dial(DAY_NIGHT)
            phone.wait("day", key.is_open)
        with checks.check("who is not to be disturbed is shown as busy, until they are there again"):
            dial(DO_NOT_DISTURB)
            phone.wait("the owner's lamp as busy", owner.is_busy)
            expect(not owner.is_open(), "the owner is shown as there")
            dial(AVAILABLE)
            phone.wait("the owner's lamp", lambda: owner.is_open() and not owner.is_busy())
        with checks.check("away is shown, lies beneath do not disturb, and is taken back by its own code"):
            dial(AWAY)
            phone.wait("the owner's lamp as away", lambda: not owner.is_open() and not owner.is_busy())
            dial(DO_NOT_DISTURB)
            phone.wait("the owner's lamp as busy", owner.is_busy)
            dial(DO_NOT_DISTURB)
            phone.wait("the owner's lamp as away", lambda: not owner.is_open() and not owner.is_busy())
            dial(AWAY)
            phone.wait("the owner's lamp", owner.is_open)
        with checks.check("a forward has a lamp of its own, and goes nowhere that its owner may not dial"):
            forward = phone.watch(FORWARD, DOMAIN)
            phone.wait("the forward's lamp, dark", lambda: not forward.is_busy())
            dial(FORWARD + MOBILE)
            phone.wait("the forward's lamp, lit", forward.is_busy)
            dial(FORWARD + ABROAD, 403)
            expect(forward.is_busy(), "a refused code has changed the forward")
            dial(NO_FORWARD)
            phone.wait("the forward's lamp, dark", lambda: not forward.is_busy())
        with checks.check("a message lights the mailbox's lamp"):
            expect(phone.messages == "no", "the lamp was lit before")
            call = phone.call(SHARED, DOMAIN)
            phone.wait("the answer", call.is_answered)
            phone.live(1.0)
            call.press(SKIP_GREETING)
            phone.live(1.0)
            call.play(SAYS)
            phone.live(2.0)
            call.hang_up()
            phone.wait("the end", call.is_over)
            phone.wait("the mailbox's lamp", lambda: phone.messages == "yes")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
