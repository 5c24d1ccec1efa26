"""Somebody without a phone sits down at a real one: Eva signs in at Ana's PJSUA2 by `*11`, extension and PIN, is called
and calls there, blocks a caller by `*30`, is reminded by `*34`, and signs out.

Usage: hotdesk.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import json
import pathlib
import re
import socket
import subprocess
import sys
import time

import baresip
import pjsua
import tone
from carrier import Carrier
from checks import Checks, expect, process_of

DOMAIN = "pbx.test"
ANA, BEN, EVA, PIN, WRONG = "111", "112", "115", "4711", "1234"
SIGN, BLOCK, REMIND = "*11", "*30", "*34"
EVAS_NUMBER, NUISANCE = "+12025550121", "+12025550142"
ANA_SAYS, BEN_SAYS, BEEP = 440, 700, 1000
TALK, HEARD = 1.5, 1.0
TYPES = 1.5
"""Seconds that four keys and what is said before them take at most."""
SOON, LASTS = 50, 150
"""The second of a minute from which the next is too near to be asked for, and how long all of it may last."""


def ask(folder, path):
    """What the running switch says, as its command line would be told."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / "data/control.sock"))
        line.sendall(json.dumps({"method": "GET", "path": path}).encode() + b"\n")
        return json.loads(line.makefile().readline())["body"]


def explains(folder, number):
    """What `ringplan explain` says of Ben's call to a number."""
    binary = process_of(folder) / "exe"
    words = ["explain", "--config", folder / "config", "--data", folder / "data", "--from", "ben-desk", "--to", number]
    return subprocess.run([binary, *words], capture_output=True, text=True, timeout=5, check=True).stdout


class Desk:
    """Ana's phone, whoever sits there, and Ben's."""

    def __init__(self, ana, ben, folder):
        self.ana, self.ben, self._folder = ana, ben, folder

    def signed_in(self):
        """Who has signed in at Ana's phone."""
        phones = ask(self._folder, "/v1/phones")
        return next(phone["signed_in"] for phone in phones if phone["name"] == "ana-desk")

    def dials(self, code, *typed):
        """Dials a code and types; the switch says its word and hangs up."""
        call = self.ana.call(code, DOMAIN)
        self.ana.wait(f"the answer to {code}", lambda: call.is_answered() or call.is_over())
        for keys in typed:
            self.ana.live(TYPES)
            call.press(keys)
        self.ana.wait(f"the end of the call to {code}", call.is_over)
        expect(call.status == 200, f"{code} was answered {call.status}")

    def is_called(self, number):
        """Ben calls, Ana's phone rings, and both are heard."""
        self.ana.ringing = None
        self.ben.forget()
        known = len(self.ben.recordings())
        self.ben.call(number)
        call = self.ana.wait(f"the ringing for {number}", lambda: self.ana.ringing)
        call.take()
        self.ana.wait("the answer", lambda: call.is_answered() and self.ben.seen("CALL_ESTABLISHED"))
        call.play(ANA_SAYS)
        self.ana.live(TALK)
        self.ben.hang_up()
        self.ana.wait("the end", call.is_over)
        lasts = tone.seconds_of(self.ana.heard(call), BEN_SAYS)
        expect(lasts >= HEARD, f"{lasts:.2f} s of Ben are heard")
        new = self.ana.wait("baresip's recording", lambda: self.ben.recordings()[known:])
        lasts = sum(tone.seconds_of(tone.read(it), ANA_SAYS) for it in new)
        expect(lasts >= HEARD, f"Ben heard {lasts:.2f} s")

    def is_reminded(self):
        """The phone rings when the time comes, and says so."""
        now = time.gmtime()
        minute = time.gmtime(time.time() + (120 if now.tm_sec >= SOON else 60))
        self.ana.ringing = None
        self.dials(REMIND + time.strftime("%H%M", minute))
        call = self.ana.wait("the reminder", lambda: self.ana.ringing, seconds=75)
        # A clock that is put right a little at a time may be behind the one that the switch counted by.
        came = time.gmtime(time.time() + 1)
        expect(came.tm_min == minute.tm_min, f"it rang at {time.strftime('%H:%M:%S', came)}")
        call.take()
        self.ana.wait("the end of the reminder", call.is_over, seconds=15)
        lasts = tone.seconds_of(self.ana.heard(call), BEEP)
        expect(lasts >= HEARD, f"{lasts:.2f} s of its tone are heard")


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    host, _, port = switch.rpartition(":")
    net = host.rpartition(".")[0]
    checks = Checks(LASTS)
    ana = pjsua.Phone("ana-desk", f"{net}.11", switch, folder)
    ben = baresip.Phone("ben-desk", DOMAIN, f"{net}.12", switch, folder / "baresip", BEN_SAYS)
    carrier = Carrier(f"{net}.2", int(port), switch)
    desk = Desk(ana, ben, folder)
    with contextlib.closing(ana), contextlib.closing(ben), contextlib.closing(carrier):
        with checks.check("both phones register, and nobody has signed in"):
            ana.register(DOMAIN)
            ben.register()
            ana.wait("baresip's registration", lambda: ben.seen("REGISTER_OK"))
            expect(desk.signed_in() is None, "somebody has")
        with checks.check("Eva signs in at Ana's phone by its keys, the second time with the right PIN"):
            desk.dials(SIGN, f"{EVA}#", f"{WRONG}#", f"{EVA}#", f"{PIN}#")
            expect(desk.signed_in() == "eva", f"signed in is {desk.signed_in()}")
        with checks.check("who calls Eva reaches her there, and both hear"):
            desk.is_called(EVA)
        with checks.check("the switch explains that, and that Ana has no phone"):
            expect("ana-desk (lent to eva) rings" in explains(folder, EVA), explains(folder, EVA))
            expect("ana-desk" not in explains(folder, ANA), explains(folder, ANA))
        with checks.check("whom she calls sees Eva"):
            ben.forget()
            call = ana.call(BEN, DOMAIN)
            ana.wait("the ringing of baresip", lambda: ben.seen("CALL_INCOMING"))
            call.hang_up()
            ana.wait("the end", call.is_over)
            shown = re.findall(r"^From: (.*?);tag", ben.log(), re.MULTILINE)[-1]
            expect("Eva Roth" in ben.log() and f"sip:{EVA}@" in ben.log(), f"the caller is shown as {shown}")
        with checks.check("a caller from outside rings her, until she blocks them by the code"):
            carrier.calls(NUISANCE, EVAS_NUMBER)
            ana.wait("the ringing for a call from outside", lambda: ana.ringing)
            carrier.hears(180)
            carrier.gives_up()
            ana.wait("its end", ana.ringing.is_over)
            desk.dials(BLOCK)
            ana.ringing = None
            carrier.calls(NUISANCE, EVAS_NUMBER)
            carrier.hears(200)
            ana.live(1.0)
            expect(ana.ringing is None, "a blocked caller rang")
            carrier.hangs_up()
        with checks.check("she is reminded when the time comes, where she has signed in"):
            desk.is_reminded()
        with checks.check("the code signs her out, and the phone is Ana's again"):
            desk.dials(SIGN)
            expect(desk.signed_in() is None, f"signed in is {desk.signed_in()}")
            desk.is_called(ANA)
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
