"""Two real phones talk: PJSUA2 and baresip register and call each other, and each hears the other's tone.

Usage: talk.py SWITCH_IP:PORT FOLDER
"""

import contextlib
import pathlib
import sys

import baresip
import pjsua
import tone
from checks import Checks, expect

DOMAIN = "pbx.test"
ANA, BEN = "111", "112"
ANA_SAYS, BEN_SAYS = 440, 700
TALK = 2.5
HEARD = 1.5
"""Seconds of the other's tone that each has to hear of the seconds they talk."""


class Phones:
    """Ana's PJSUA2 and Ben's baresip."""

    def __init__(self, switch, folder, over):
        net = switch.rpartition(".")[0]
        if over == "tls":
            host, _, port = switch.rpartition(":")
            switch = f"{host}:{int(port) + 1};transport=tls"
        self.ana = pjsua.Phone("ana-desk", f"{net}.11", switch, folder, over)
        self.ben = baresip.Phone("ben-desk", DOMAIN, f"{net}.12", switch, folder / "baresip", BEN_SAYS)
        self._call = None

    def register(self):
        """Both register."""
        self.ana.register(DOMAIN)
        self.ben.register()
        self.ana.wait("the registration of baresip", lambda: self.ben.seen("REGISTER_OK"))

    def connect(self, caller):
        """One calls, the other rings and answers, and both see it."""
        self.ben.forget()
        self.ana.ringing = None
        if caller == "PJSUA2":
            self._call = self.ana.call(BEN, DOMAIN)
            self.ana.wait("the ringing of baresip", lambda: self.ben.seen("CALL_INCOMING"))
            self.ben.take()
        else:
            self.ben.call(ANA, DOMAIN)
            self._call = self.ana.wait("the ringing of PJSUA2", lambda: self.ana.ringing)
            self.ana.wait("the ringback at baresip", lambda: self.ben.seen("CALL_RINGING"))
            self._call.take()
        self.ana.wait("the answer at PJSUA2", self._call.is_answered)
        self.ana.wait("the answer at baresip", lambda: self.ben.seen("CALL_ESTABLISHED"))

    def talk(self):
        """Both say their tones for a while."""
        self._call.play(ANA_SAYS)
        self.ana.live(TALK)
        expect(not self._call.is_over(), f"PJSUA2's call ended with {self._call.status}")
        expect(not self.ben.seen("CALL_CLOSED"), "baresip's call ended")

    def hang_up(self, by):
        """One hangs up, and both see the end."""
        (self._call if by == "PJSUA2" else self.ben).hang_up()
        self.ana.wait("the end at PJSUA2", self._call.is_over)
        self.ana.wait("the end at baresip", lambda: self.ben.seen("CALL_CLOSED"))

    def compare(self):
        """Each has heard the other."""
        for who, sound, hertz in [
            ("PJSUA2", self.ana.heard(self._call), BEN_SAYS),
            ("baresip", tone.read(self.ben.recordings()[-1]), ANA_SAYS),
        ]:
            heard = tone.seconds_of(sound, hertz)
            expect(heard >= HEARD, f"{who} heard {hertz} Hz for {heard:.2f} s in {TALK} s")

    def quiet(self):
        """Ends what a failed check left."""
        self.ben.hang_up()
        self.ana.hang_up()

    def close(self):
        """Ends both."""
        self.ben.close()
        self.ana.close()


def main(switch, folder, over="udp"):
    """Tells the story."""
    checks = Checks()
    phones = Phones(switch, pathlib.Path(folder).resolve(), over)
    with contextlib.closing(phones):
        with checks.check("both register"):
            phones.register()
        for caller, callee in [("PJSUA2", "baresip"), ("baresip", "PJSUA2")]:
            for by in [caller, callee]:
                with checks.check(f"{caller} calls {callee}, each hears the other, {by} hangs up"):
                    phones.connect(caller)
                    phones.talk()
                    phones.hang_up(by)
                    phones.compare()
                phones.quiet()
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
