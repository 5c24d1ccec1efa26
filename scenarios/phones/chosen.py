"""A real phone chooses which of its numbers a call shows: baresip dials `*51`, the choice and the number.

The carrier is a socket here: it reads what it is told, and is busy.

Usage: chosen.py SWITCH_IP:PORT FOLDER, where FOLDER has the switch's `config/` and `data/`.
"""

import contextlib
import pathlib
import re
import socket
import sys
import time

import baresip
from checks import Checks, expect

DOMAIN = "pbx.test"
SAYS = 440
CALLED = "2025550142"
CHOICES = [("", "+12025550100"), ("*511", "+12025550100"), ("*512", "+12025550101")]
"""What is dialled before the number, and what the carrier is to be shown."""
PATIENCE = 5
SOON = 1


class Carrier:
    """Takes INVITEs where the site says that the carrier lives."""

    def __init__(self, address):
        """Listens."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 15060))
        self._socket.settimeout(PATIENCE)
        self._known = set()

    def next_call(self):
        """The text of the next INVITE of a call not seen before, refused with 486."""
        while True:
            message, sender = self._socket.recvfrom(65536)
            text = message.decode()
            call = header(text, "Call-ID")
            if not text.startswith("INVITE "):
                continue
            kept = [f"{name}: {header(text, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
            kept += [f"To: {header(text, 'To')};tag=busy", "Content-Length: 0"]
            answer = "\r\n".join(["SIP/2.0 486 Busy Here", *kept, "", ""])
            self._socket.sendto(answer.encode(), sender)
            if call not in self._known:
                self._known.add(call)
                return text

    def is_quiet(self):
        """Whether no call comes that was not seen before: it would have been begun by the time that the phone is refused."""
        self._socket.settimeout(SOON)
        try:
            self.next_call()
        except TimeoutError:
            return True
        return False

    def close(self):
        """Leaves."""
        self._socket.close()


def header(text, name):
    """The value of a header, or nothing."""
    found = re.search(rf"^{name}: (.*)\r$", text, re.MULTILINE)
    return found[1] if found else ""


def wait(phone, kind):
    """Until the phone has seen something."""
    until = time.monotonic() + PATIENCE
    while not phone.seen(kind):
        expect(time.monotonic() < until, f"{kind} was never seen")
        time.sleep(0.05)


def main(switch, folder):
    """Tells the story."""
    folder = pathlib.Path(folder).resolve()
    net = switch.rpartition(".")[0]
    checks = Checks()
    carrier = Carrier(f"{net}.2")
    phone = baresip.Phone("dee-desk", DOMAIN, f"{net}.14", switch, folder / "baresip", SAYS)
    with contextlib.closing(phone), contextlib.closing(carrier):
        with checks.check("baresip registers"):
            phone.register()
            wait(phone, "REGISTER_OK")
        for choice, shown in CHOICES:
            with checks.check(f"what is dialled behind `{choice}` shows {shown}"):
                phone.forget()
                phone.call(choice + CALLED)
                invite = carrier.next_call()
                expect(invite.startswith(f"INVITE sip:+1{CALLED}@"), invite.splitlines()[0])
                expect(f"sip:{shown}@" in header(invite, "From"), header(invite, "From"))
                asserted = header(invite, "P-Asserted-Identity")
                expect(not asserted or f"sip:{shown}@" in asserted, asserted)
                wait(phone, "CALL_CLOSED")
        with checks.check("a third number, which it has not, leads nowhere"):
            phone.forget()
            phone.call("*513" + CALLED)
            wait(phone, "CALL_CLOSED")
            expect(carrier.is_quiet(), "and still the carrier is called")
    checks.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
